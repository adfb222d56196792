"""Athena and Glue: encrypted results, and limits to what a query or a job may cost."""

from __future__ import annotations

from collections.abc import Iterator

from rules.rule import Stack, Subject, has, resource_rule, stack_rule

WORKGROUP = "aws:athena/workgroup:Workgroup"
SECURITY = "aws:glue/securityConfiguration:SecurityConfiguration"
_LONGEST_MINUTES = 240


@resource_rule(
    "athena-results-encrypted",
    WORKGROUP,
    why="Query results are copies of the data, in a folder that nobody thinks of.",
    remedy="set configuration.resultConfiguration.encryptionConfiguration to SSE_KMS and the key",
)
def athena_results_encrypted(workgroup: Subject) -> Iterator[str]:
    """Results of every workgroup, under a key of ours."""
    results = workgroup.within("configuration").get("resultConfiguration") or {}
    encryption = results.get("encryptionConfiguration") or {}
    if encryption.get("encryptionOption") not in {"SSE_KMS", "CSE_KMS"}:
        yield "results are not encrypted with KMS"
    elif not has(encryption, "kmsKeyArn"):
        yield "results are encrypted without a key of ours"


@resource_rule(
    "athena-bytes-limited",
    WORKGROUP,
    why="A query without a date scans the whole lake, at 5 USD a TB, each time.",
    remedy="set configuration.bytesScannedCutoffPerQuery",
)
def athena_bytes_limited(workgroup: Subject) -> Iterator[str]:
    """A limit for every workgroup."""
    if not workgroup.within("configuration").get("bytesScannedCutoffPerQuery"):
        yield "a query may scan everything"


@stack_rule(
    "glue-encrypted",
    "aws:glue/job:Job",
    "aws:glue/crawler:Crawler",
    why="Spark's shuffle files, bookmarks and logs hold the data that the job reads.",
    remedy="name a SecurityConfiguration that encrypts S3, CloudWatch and bookmarks with KMS",
)
def glue_encrypted(job: Subject, stack: Stack) -> Iterator[str]:
    """Jobs and crawlers have a security configuration, and it encrypts."""
    if not job.has("securityConfiguration"):
        yield "it has no security configuration"
        return
    for security in stack.referred(job, "securityConfiguration", SECURITY):
        encryption = security.within("encryptionConfiguration")
        modes = {
            "CloudWatch": (encryption.get("cloudwatchEncryption") or {}).get(
                "cloudwatchEncryptionMode"
            ),
            "bookmarks": (encryption.get("jobBookmarksEncryption") or {}).get(
                "jobBookmarksEncryptionMode"
            ),
            "S3": (encryption.get("s3Encryption") or {}).get("s3EncryptionMode"),
        }
        plain = [place for place, mode in modes.items() if mode in {None, "DISABLED"}]
        if plain:
            yield f"{security.name} leaves {', '.join(plain)} in clear text"


@resource_rule(
    "glue-job-limited",
    "aws:glue/job:Job",
    why="A job that hangs is billed for Glue's default of 48 hours.",
    remedy=f"set timeout to {_LONGEST_MINUTES} minutes or less, and maxRetries to 1 or less",
)
def glue_job_limited(job: Subject) -> Iterator[str]:
    """A time limit, and no retries behind the flow's back."""
    minutes = job.get("timeout")
    if not minutes or int(minutes) > _LONGEST_MINUTES:
        yield f"it may run for {int(minutes) if minutes else 2880} minutes"
    if int(job.get("maxRetries") or 0) > 1:
        yield f"it is tried {int(job.get('maxRetries')) + 1} times"


@resource_rule(
    "glue-version-supported",
    "aws:glue/job:Job",
    why="Old versions of Glue run Spark and Python that get no fixes.",
    remedy="set glueVersion to 5.0 or newer",
)
def glue_version_supported(job: Subject) -> Iterator[str]:
    """Glue 5 or newer."""
    version = str(job.get("glueVersion") or "")
    try:
        supported = float(version) >= 5.0
    except ValueError:
        supported = False
    if not supported:
        yield f"the version is {version or 'not set'}"
