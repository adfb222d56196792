"""Spark as the job's script finds it: configured from outside, with ``s3://`` on plain folders.

Hadoop's view file system takes the scheme ``s3`` and has one mount table a bucket, whose whole
tree is a link to the bucket's folder. So the script reads and writes the URIs that it would
read and write on AWS, and needs neither S3A jars nor credentials.
"""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Mapping
from pathlib import Path

from local.cloud.glue.errors import LaunchError
from local.cloud.glue.java import Java

CORES = 2
DRIVER_MEMORY = "1g"
SHUFFLE_PARTITIONS = 4
START_UP_FLAGS = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto")
"""Local runs last seconds: what the optimising compiler and parallel collectors gain on long
runs costs more than it brings here. The whole of a small run takes 14 s with, 19 s without."""
_QUIET_CDS = ("-Xlog:cds=off", "-Xlog:cds+dynamic=off")


class SparkEnvironment:
    """The virtual environment of the Glue scripts and the Spark in it."""

    def __init__(self, projects_dir: Path) -> None:
        self.folder = projects_dir / "finks-pipelines" / "glue_scripts" / ".venv"
        self.python = self.folder / "bin" / "python"

    def check(self) -> None:
        """Raise LaunchError unless the environment is there."""
        if not self.python.exists():
            raise LaunchError("the Glue scripts have no virtual environment: run `make setup`")

    @property
    def jars(self) -> Path:
        """The folder with Spark's jars."""
        found = sorted(self.folder.glob("lib/python*/site-packages/pyspark/jars"))
        if not found:
            raise LaunchError("PySpark is not installed for the Glue scripts: run `make setup`")
        return found[0]

    def class_archive(self, java: Java) -> Path:
        """Where the archive of Spark's loaded classes lies, for this Java and these jars.

        The JVM maps it instead of reading and verifying some 20,000 classes: the whole of a
        small run takes 8 s instead of 14 s. It is made by `local.cloud.glue.class_archive`; a
        run without one is only slower.
        """
        jars = sorted(f"{jar.name} {jar.stat().st_size}" for jar in self.jars.iterdir())
        text = "\n".join([java.build, str(java.home), str(self.jars), *START_UP_FLAGS, *jars])
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        return self.folder / "var" / f"spark-classes-{digest}.jsa"


def spark_properties(
    *,
    buckets: Mapping[str, Path],
    scratch: Path,
    java_options: tuple[str, ...] = (),
    extra: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Spark's configuration for one run; ``buckets`` are their folders by name."""
    options = [*START_UP_FLAGS, *_QUIET_CDS, f'"-Djava.io.tmpdir={scratch}"', *java_options]
    properties = {
        "spark.master": f"local[{CORES}]",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.memory": DRIVER_MEMORY,
        "spark.driver.extraJavaOptions": " ".join(options),
        "spark.local.dir": str(scratch / "spark"),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": str(SHUFFLE_PARTITIONS),
        "spark.sql.warehouse.dir": (scratch / "warehouse").as_uri(),
        "spark.hadoop.fs.s3.impl": ("org.apache.hadoop.fs.viewfs.ViewFileSystemOverloadScheme"),
        # The default one beside it leaves a checksum file next to each file.
        "spark.hadoop.fs.file.impl": "org.apache.hadoop.fs.RawLocalFileSystem",
    }
    for bucket, folder in buckets.items():
        key = f"spark.hadoop.fs.viewfs.mounttable.{bucket}.linkFallback"
        properties[key] = folder.as_uri()
    return {**properties, **(extra or {})}


def write_properties(path: Path, properties: Mapping[str, str]) -> None:
    """Write a Java properties file."""
    lines = (f"{key}={value}" for key, value in properties.items())
    path.write_text("\n".join(lines).replace("\\", "\\\\") + "\n", encoding="utf-8")


def spark_variables(environment: SparkEnvironment, java: Java, properties: Path) -> dict[str, str]:
    """The environment variables by which PySpark finds Java and the configuration."""
    return {
        "JAVA_HOME": str(java.home),
        "PYSPARK_PYTHON": str(environment.python),
        "PYSPARK_DRIVER_PYTHON": str(environment.python),
        "PYSPARK_SUBMIT_ARGS": f"--properties-file {shlex.quote(str(properties))} pyspark-shell",
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_LAUNCHER_OPTS": " ".join(START_UP_FLAGS),
    }
