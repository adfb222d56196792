"""Examples of rules/analytics.py."""

from __future__ import annotations

from typing import Any

from exported import Resource
from tests.case import Case, aws, but

KEY = "arn:aws:kms:ca-central-1:123456789012:key/1"


def workgroup(encryption: dict[str, str], **more: Any) -> Resource:
    return aws(
        "athena/workgroup:Workgroup",
        "workgroup",
        configuration={
            "resultConfiguration": {"encryptionConfiguration": encryption},
            "bytesScannedCutoffPerQuery": 10**10,
            **more,
        },
    )


SSE_KMS = {"encryptionOption": "SSE_KMS", "kmsKeyArn": KEY}
JOB = aws(
    "glue/job:Job",
    "job",
    securityConfiguration="security",
    timeout=60,
    maxRetries=0,
    glueVersion="6.0",
)
CRAWLER = aws("glue/crawler:Crawler", "crawler", securityConfiguration="security")


def security(s3: str) -> Resource:
    return aws(
        "glue/securityConfiguration:SecurityConfiguration",
        "security",
        "",
        name="security",
        encryptionConfiguration={
            "cloudwatchEncryption": {"cloudwatchEncryptionMode": "SSE-KMS", "kmsKeyArn": KEY},
            "jobBookmarksEncryption": {"jobBookmarksEncryptionMode": "CSE-KMS", "kmsKeyArn": KEY},
            "s3Encryption": {"s3EncryptionMode": s3, "kmsKeyArn": KEY},
        },
    )


CASES = (
    Case(
        "athena-results-encrypted",
        good=[workgroup(SSE_KMS)],
        bad=[workgroup({"encryptionOption": "SSE_S3"})],
        says="not encrypted with KMS",
    ),
    Case(
        "athena-results-encrypted",
        good=[workgroup(SSE_KMS)],
        bad=[workgroup({"encryptionOption": "SSE_KMS"})],
        says="without a key of ours",
    ),
    Case(
        "athena-bytes-limited",
        good=[workgroup(SSE_KMS)],
        bad=[workgroup(SSE_KMS, bytesScannedCutoffPerQuery=0)],
        says="may scan everything",
    ),
    Case(
        "glue-encrypted",
        good=[JOB, security("SSE-KMS")],
        bad=[but(JOB, securityConfiguration=None)],
        says="no security configuration",
    ),
    Case(
        "glue-encrypted",
        good=[CRAWLER, security("SSE-KMS")],
        bad=[CRAWLER, security("DISABLED")],
        says="leaves S3 in clear text",
    ),
    Case("glue-job-limited", [JOB], [but(JOB, timeout=None)], says="for 2880 minutes"),
    Case("glue-job-limited", [JOB], [but(JOB, timeout=600)], says="for 600 minutes"),
    Case("glue-job-limited", [JOB], [but(JOB, maxRetries=3)], says="tried 4 times"),
    Case("glue-version-supported", [JOB], [but(JOB, glueVersion="3.0")], says="3.0"),
    Case("glue-version-supported", [JOB], [but(JOB, glueVersion=None)], says="not set"),
)
