"""dbt's artifacts, kept in S3 under the id of the run."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import boto3

from runner.settings import Settings

ARTIFACTS = ("run_results.json", "manifest.json", "sources.json", "catalog.json")
LOG = "dbt.log"


def upload_artifacts(work_dir: Path, settings: Settings) -> list[str]:
    """Upload what dbt made to ``{ARTIFACTS_URI}{RUN_ID}/`` and return the URIs.

    run_results.json goes last: who finds it finds the others. Raises the botocore error of a
    failed upload.
    """
    if not settings.artifacts_uri:
        return []
    made = [work_dir / "target" / name for name in ARTIFACTS] + [work_dir / "logs" / LOG]
    found = sorted(
        (path for path in made if path.is_file()), key=lambda path: path.name == ARTIFACTS[0]
    )
    folder = urlsplit(f"{settings.artifacts_uri}{settings.run_id}/")
    client = boto3.client("s3", region_name=settings.region)
    for path in found:
        client.put_object(
            Bucket=folder.netloc,
            Key=f"{folder.path.lstrip('/')}{path.name}",
            Body=path.read_bytes(),
            ContentType="text/plain" if path.name == LOG else "application/json",
        )
    return [f"{folder.geturl()}{path.name}" for path in found]
