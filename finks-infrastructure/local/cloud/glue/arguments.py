"""The arguments of a job run: what the script sees, and what Glue keeps to itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_KEPT = frozenset(
    {
        "--additional-python-modules",
        "--class",
        "--conf",
        "--customer-driver-env-vars",
        "--customer-executor-env-vars",
        "--datalake-formats",
        "--disable-proxy-v2",
        "--executor-cores",
        "--extra-files",
        "--extra-jars",
        "--extra-py-files",
        "--job-language",
        "--python-modules-installer-option",
        "--scriptLocation",
        "--spark-event-logs-path",
        "--use-postgres-driver",
        "--user-jars-first",
    }
)
_KEPT_PREFIXES = ("--enable-", "--continuous-log-", "--write-shuffle-", "--job-insights-")
_WITHOUT_EFFECT = frozenset(
    {
        "--additional-python-modules",
        "--customer-driver-env-vars",
        "--customer-executor-env-vars",
        "--datalake-formats",
        "--extra-files",
        "--extra-jars",
    }
)
_CONF = re.compile(r"(?:^|\s+--conf\s+)(?P<key>[\w.-]+)=(?P<value>.*?)(?=\s+--conf\s|$)")


@dataclass(frozen=True)
class RunArguments:
    """Arguments of a run, taken apart."""

    script: tuple[str, ...]
    """``sys.argv[1:]`` of the script."""
    spark: dict[str, str] = field(default_factory=dict)
    """Spark properties from ``--conf``."""
    python_files: tuple[str, ...] = ()
    """S3 URIs of ``--extra-py-files``."""
    without_effect: tuple[str, ...] = ()
    """Arguments that mean something on AWS and nothing here."""


def merge(
    defaults: Mapping[str, str], given: Mapping[str, str], fixed: Mapping[str, str]
) -> dict[str, str]:
    """The job's defaults, the run's own over them, the job's non-overridable ones over all."""
    return {**defaults, **given, **fixed}


def read_arguments(job: str, run_id: str, arguments: Mapping[str, str]) -> RunArguments:
    """Take merged arguments apart.

    Like Glue, passes the script its own arguments and the names of job and run, and not those
    by which the job itself is set up (``--job-language`` and its like).
    """
    script = ["--JOB_NAME", job, "--JOB_RUN_ID", run_id]
    for key, value in arguments.items():
        if key not in _KEPT and not key.startswith(_KEPT_PREFIXES):
            script += [key, value] if value != "" else [key]
    return RunArguments(
        script=tuple(script),
        spark={m["key"]: m["value"] for m in _CONF.finditer(arguments.get("--conf", ""))},
        python_files=tuple(
            uri.strip() for uri in arguments.get("--extra-py-files", "").split(",") if uri.strip()
        ),
        without_effect=tuple(sorted(_WITHOUT_EFFECT & arguments.keys())),
    )
