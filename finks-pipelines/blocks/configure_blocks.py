"""Registers the Prefect blocks of an environment; run it again whenever you like.

The flows themselves need none: they take their settings from the environment. The blocks are
for people who write ad-hoc flows, and for storing results and flow code in the artifacts bucket.
Credentials are not stored: on AWS the role of the task counts, elsewhere the environment.
"""

from __future__ import annotations

import os

from prefect_aws import AwsClientParameters, AwsCredentials
from prefect_aws.s3 import S3Bucket

from config import Settings

REGION = "ca-central-1"
ZONES = ("bronze", "silver", "gold", "artifacts")


def configure(settings: Settings) -> list[str]:
    """Save the blocks, replacing older versions; returns their slugs."""
    name = settings.names.prefix
    credentials = AwsCredentials(
        region_name=os.environ.get("AWS_REGION", REGION),
        aws_client_parameters=AwsClientParameters(
            endpoint_url=os.environ.get("AWS_ENDPOINT_URL") or None
        ),
    )
    credentials.save(name, overwrite=True)
    saved = [f"aws-credentials/{name}"]
    for zone in ZONES:
        bucket = S3Bucket(bucket_name=settings.names.bucket(zone), credentials=credentials)
        bucket.save(f"{name}-{zone}", overwrite=True)
        saved.append(f"s3-bucket/{name}-{zone}")
    return saved


def main() -> None:
    """Save the blocks of the environment that `FINKS_ENV` names."""
    for slug in configure(Settings()):
        print(slug)  # noqa: T201 (the output of the command)


if __name__ == "__main__":
    main()
