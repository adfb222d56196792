"""Makes the archive of Spark's classes: ``python -m local.cloud.glue.class_archive``.

Worth its half minute once after Spark or Java changed: every Glue run is faster by six seconds
from then on. Does nothing when the archive is there.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from local.cloud.glue.errors import LaunchError
from local.cloud.glue.java import find_java
from local.cloud.glue.spark import (
    SparkEnvironment,
    spark_properties,
    spark_variables,
    write_properties,
)

_TIMEOUT_SECONDS = 300
_SAMPLE = """
import sys
from pyspark.sql import SparkSession, Window, functions as F

spark = SparkSession.builder.appName("classes").getOrCreate()
rows = [(f"s{i % 5}", f"2024-01-0{i % 9 + 1}", i / 3, "{}") for i in range(50)]
frame = spark.createDataFrame(rows, "symbol string, day string, price double, extra string")
frame.write.mode("overwrite").parquet("s3://sample/raw/")
raw = spark.read.parquet("s3://sample/raw/")
latest = Window.partitionBy("symbol", "day").orderBy(F.col("price").desc())
clean = (
    raw.withColumn("date", F.to_date("day"))
    .withColumn("price", F.col("price").cast("decimal(18,6)"))
    .withColumn("row", F.row_number().over(latest))
    .filter("row = 1")
    .drop("row", "day")
)
clean.cache()
counts = clean.groupBy("date").agg(F.count("*").alias("rows"), F.max("price")).collect()
clean.repartition("date").write.mode("overwrite").partitionBy("date").parquet("s3://sample/out/")
clean.join(raw.select("symbol").distinct(), "symbol").write.mode("overwrite").json(
    "s3://sample/json/"
)
read = spark.read.json("s3://sample/json/").count()
hadoop = spark.sparkContext._jvm.org.apache.hadoop.fs
path = hadoop.Path("s3://sample/out/")
names = hadoop.FileSystem.get(path.toUri(), spark.sparkContext._jsc.hadoopConfiguration())
assert len(names.listStatus(path)) == len(counts) + 1 and read == clean.count()
gateway = spark.sparkContext._gateway
spark.stop()
# The virtual machine writes the archive when it ends, which PySpark does not wait for.
gateway.shutdown()
gateway.proc.stdin.close()
sys.exit(gateway.proc.wait())
"""


def make_class_archive(projects_dir: Path) -> Path:
    """Make the archive unless it is there; returns its path. Raises LaunchError."""
    environment = SparkEnvironment(projects_dir)
    environment.check()
    java = find_java()
    archive = environment.class_archive(java)
    if archive.exists():
        return archive
    archive.parent.mkdir(exist_ok=True)
    for old in archive.parent.glob("spark-classes-*.jsa*"):
        old.unlink()
    scratch = Path(tempfile.mkdtemp(prefix="finks-classes-"))
    try:
        # Beside its place until it is whole: a run may look for it at any time.
        unfinished = archive.with_suffix(f".jsa.{os.getpid()}")
        _dump(environment, scratch, unfinished)
        unfinished.replace(archive)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return archive


def _dump(environment: SparkEnvironment, scratch: Path, archive: Path) -> None:
    java = find_java()
    bucket = scratch / "sample"
    bucket.mkdir()
    script, properties = scratch / "sample.py", scratch / "spark.properties"
    script.write_text(_SAMPLE, encoding="utf-8")
    write_properties(
        properties,
        spark_properties(
            buckets={"sample": bucket},
            scratch=scratch,
            java_options=(f'"-XX:ArchiveClassesAtExit={archive}"',),
        ),
    )
    done = subprocess.run(
        [str(environment.python), str(script)],
        cwd=scratch,
        env={
            "PATH": os.defpath,
            "HOME": str(scratch),
            "LANG": "C.UTF-8",
            **spark_variables(environment, java, properties),
        },
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_SECONDS,
        check=False,
    )
    if done.returncode or not archive.exists():
        raise LaunchError(f"Spark's classes could not be archived:\n{done.stderr[-2000:]}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the archive; the exit code is 1, and runs only slower, when that fails."""
    parser = argparse.ArgumentParser(prog="python -m local.cloud.glue.class_archive")
    parser.add_argument(
        "--projects-dir", type=Path, required=True, help="folder with the four sibling projects"
    )
    options = parser.parse_args(arguments)
    try:
        archive = make_class_archive(options.projects_dir.resolve())
    except (LaunchError, OSError, subprocess.SubprocessError) as error:
        print(json.dumps({"archive": None, "error": str(error)}), file=sys.stderr)  # noqa: T201
        return 1
    print(json.dumps({"archive": str(archive), "bytes": archive.stat().st_size}))  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
