"""The command that runs a job's script."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.cloud.glue.arguments import RunArguments
from local.cloud.glue.errors import LaunchError
from local.cloud.glue.java import find_java
from local.cloud.glue.spark import (
    SparkEnvironment,
    spark_properties,
    spark_variables,
    write_properties,
)
from local.cloud.processes import STATE_MARKER
from local.cloud.service import AwsError, CloudContext

SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"


@dataclass(frozen=True)
class LaunchCommand:
    """What is started for a run."""

    arguments: list[str]
    environment: dict[str, str]


def launch_command(
    context: CloudContext, job: dict[str, Any], arguments: RunArguments, scratch: Path
) -> LaunchCommand:
    """Lay out the script and its Spark configuration in the run's own folder.

    The script is copied there first, as Glue does it: a run goes on with what it began with.
    Raises LaunchError, with the remedy, when something that it needs is missing.
    """
    environment = SparkEnvironment(context.projects_dir)
    environment.check()
    java = find_java()
    location = (job.get("Command") or {}).get("ScriptLocation", "")
    script = _fetch(context, location, scratch)
    archive = environment.class_archive(java)
    properties = scratch / "spark.properties"
    write_properties(
        properties,
        spark_properties(
            buckets=buckets_of(context),
            scratch=scratch,
            java_options=(f'"-XX:SharedArchiveFile={archive}"',) if archive.exists() else (),
            extra=arguments.spark,
        ),
    )
    return LaunchCommand(
        arguments=[str(environment.python), str(script), *arguments.script],
        environment={
            "PATH": f"{environment.python.parent}:{java.home / 'bin'}:{SYSTEM_PATH}",
            "HOME": str(scratch),
            "TMPDIR": str(scratch),
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "PYTHONUNBUFFERED": "1",
            "PYTHONPATH": _python_path(context, arguments, scratch),
            **spark_variables(environment, java, properties),
            **context.client_environment(),
            STATE_MARKER: str(context.state_dir),
        },
    )


def buckets_of(context: CloudContext) -> dict[str, Path]:
    """The folders of all buckets by name; hidden folders beside them are none."""
    if not context.s3_root.is_dir():
        return {}
    return {
        folder.name: folder
        for folder in sorted(context.s3_root.iterdir())
        if folder.is_dir() and not folder.name.startswith(".")
    }


def _python_path(context: CloudContext, arguments: RunArguments, scratch: Path) -> str:
    """Modules of ``--extra-py-files``: the folder of ``.py`` files, and each archive."""
    folder = scratch / "python"
    folder.mkdir()
    paths = [str(folder)]
    for uri in arguments.python_files:
        copy = _fetch(context, uri, folder)
        if copy.suffix != ".py":
            paths.append(str(copy))
    return os.pathsep.join(paths)


def _fetch(context: CloudContext, uri: str, folder: Path) -> Path:
    try:
        source = context.objects.path_of(uri)
        return Path(shutil.copy(source, folder / source.name))
    except (OSError, AwsError) as error:
        raise LaunchError(
            f"FileNotFoundError: {uri or 'ScriptLocation'} cannot be read ({error}): upload the "
            "script, or correct the job's ScriptLocation"
        ) from error
