"""Who may do what with the data: buckets, catalog, queries, the key."""

from __future__ import annotations

from blueprint.permissions.workloads import WORKLOADS
from tests.unit.graph.iam.requests import Row, Rows, prefix, rows, via

PART = "fmp/historical_price_eod/run=r1/part-00000.parquet"
MANIFEST = "fmp/historical_price_eod/dt=2026-11-24/_manifest.json"
SILVER = "{silver}/fmp_quotes/date=2026-11-24/run=r1/part-00000.parquet"
STAGED = "{silver}/fmp_quotes/.spark-staging-1/date=2026-11-24/run=r1/part-00000.parquet"
AUDIT = "{silver}/_audits/fmp_quotes/date=2026-11-24/run=r1.json"
GOLD = "{gold}/finks_dev_gold/daily_portfolio_summary/4f/data/part.parquet"
RESULT = "{artifacts}/athena-results/4f.csv"
SILVER_TABLE = "{glue}:table/finks_dev_silver/fmp_quotes"
GOLD_TABLE = "{glue}:table/finks_dev_gold/daily_portfolio_summary"
GET, PUT, DELETE, LIST = "s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"
VERSION, ABORT = "s3:DeleteObjectVersion", "s3:AbortMultipartUpload"

_ALLOWED: Rows = {
    "fmp-ingestion": [
        (LIST, "{artifacts}", prefix("symbols/")),
        ((PUT, ABORT), f"{{bronze}}/{PART}"),
        (PUT, "{bronze}/fmp/_quarantine/quote/run=r1.jsonl"),
        ((PUT, GET), f"{{bronze}}/{MANIFEST}"),
        (LIST, "{bronze}", prefix("fmp/quote/dt=")),
        (LIST, "{bronze}"),  # without it a manifest that is absent were forbidden
        (GET, "{artifacts}/symbols/nasdaq.txt"),
        (("kms:Decrypt", "kms:GenerateDataKey"), "{key}", via("s3")),
    ],
    "flow-run": [
        (GET, f"{{bronze}}/{MANIFEST}"),
        (GET, f"{{bronze}}/{PART}"),
        (GET, SILVER),
        (GET, AUDIT),
        (LIST, "{silver}", prefix("fmp_quotes/date=2026-11-24/run=r1/")),
        (LIST, "{gold}"),  # HeadBucket of the stack check
        (("s3:PutObjectTagging", "s3:DeleteObjectTagging"), SILVER),
        (
            (
                "glue:GetTable",
                "glue:BatchGetPartition",
                "glue:CreatePartition",
                "glue:UpdatePartition",
            ),
            SILVER_TABLE,
        ),
        ("kms:Decrypt", "{key}", via("s3")),
    ],
    "glue": [
        (LIST, "{silver}", prefix("fmp_quotes/")),
        (LIST, "{artifacts}", prefix("glue/")),
        (GET, f"{{bronze}}/{PART}"),
        (LIST, "{bronze}", prefix("fmp/quote/")),
        (PUT, SILVER),
        (PUT, AUDIT),
        ((PUT, GET, DELETE), STAGED),
        (DELETE, "{silver}/fmp_quotes/_temporary/0/task/part-00000.parquet"),
        (DELETE, "{silver}/fmp_quotes_$folder$"),
        (GET, "{artifacts}/glue/bronze_to_silver-0123456789ab.py"),
        ((PUT, GET, DELETE), "{artifacts}/glue-temp/1"),
        ("kms:GenerateDataKey", "{key}", via("s3")),
    ],
    "crawler": [
        (LIST, "{bronze}", prefix("fmp/")),
        (GET, f"{{bronze}}/{PART}"),
        (("glue:CreateTable", "glue:UpdateTable"), "{glue}:table/finks_dev_crawler/quote"),
        ("kms:Decrypt", "{key}", via("s3")),
    ],
    "dbt": [
        (LIST, "{gold}", prefix("finks_dev_gold/")),
        ("s3:ListBucketMultipartUploads", "{gold}"),
        ("s3:GetBucketLocation", "{artifacts}"),
        (LIST, "{artifacts}", prefix("athena-results/")),
        ("athena:GetDataCatalog", "{athena}:datacatalog/AwsDataCatalog"),
        ("glue:GetDatabase", "{glue}:database/default"),
        ("glue:GetDatabases", "{glue}:database/finks_dev_gold"),
        (GET, SILVER),
        ((GET, PUT, DELETE), GOLD),
        ((GET, PUT), RESULT),
        (PUT, "{artifacts}/dbt/r1/run_results.json"),
        (("glue:GetTable", "glue:GetPartitions"), SILVER_TABLE),
        (("glue:CreateTable", "glue:UpdateTable", "glue:DeleteTable"), GOLD_TABLE),
        ("glue:DeleteTable", "{glue}:table/finks_dev_audit/int_portfolio_valuations"),
        ("athena:StartQueryExecution", "{athena}:workgroup/finks-dev-dbt"),
        ("kms:GenerateDataKey", "{key}", via("s3")),
    ],
    "api": [
        (("s3:GetBucketLocation", LIST), "{gold}"),
        ("s3:GetBucketLocation", "{artifacts}"),
        (LIST, "{artifacts}", prefix("athena-results/")),
        ("athena:GetDataCatalog", "{athena}:datacatalog/AwsDataCatalog"),
        ("glue:GetDatabase", "{glue}:database/default"),
        ("kms:Decrypt", "{key}", via("s3")),
        (GET, GOLD),
        ((GET, PUT), RESULT),
        ("glue:GetTable", GOLD_TABLE),
        (("athena:StartQueryExecution", "athena:GetQueryResults"), "{athena}:workgroup/finks-dev"),
    ],
}

_DENIED: Rows = {
    "fmp-ingestion": [
        (PUT, "{bronze}/other/quote/run=r1/part-00000.parquet"),
        ((PUT, GET), "{bronze}/fmp_bulk/eod_bulk/run=r1/part-00000.parquet"),
        (LIST, "{bronze}", prefix("fmp_bulk/")),
        (PUT, "{bronze}/_manifest.json"),
        ((PUT, ABORT), SILVER),
        (PUT, GOLD),
        (PUT, "{artifacts}/symbols/nasdaq.txt"),
        (PUT, "{logs_bucket}/s3/forged"),
        ((DELETE, VERSION), f"{{bronze}}/{PART}"),
        (DELETE, f"{{bronze}}/{MANIFEST}"),
        (GET, SILVER),
        (GET, "{artifacts}/dbt/r1/manifest.json"),
        (LIST, "{bronze}", prefix("other/")),
        (LIST, "{silver}"),
        (PUT, f"{{bronze}}/{PART}", {"aws:SecureTransport": "false"}),
        (PUT, f"{{bronze}}/{PART}", {"s3:x-amz-server-side-encryption": "AES256"}),
        ("s3:PutBucketPolicy", "{bronze}"),
        (("kms:Decrypt", "kms:GenerateDataKey"), "{key}"),
        ("kms:Decrypt", "{key}", via("secretsmanager")),
        ("glue:CreatePartition", SILVER_TABLE),
    ],
    "flow-run": [
        (PUT, f"{{bronze}}/{MANIFEST}"),
        (DELETE, f"{{bronze}}/{PART}"),
        ((PUT, DELETE), SILVER),
        ("s3:PutObjectTagging", AUDIT),
        ("s3:PutObjectTagging", f"{{bronze}}/{PART}"),
        (GET, GOLD),
        ("glue:UpdatePartition", GOLD_TABLE),
        (("glue:DeletePartition", "glue:UpdateTable", "glue:DeleteTable"), SILVER_TABLE),
        ("kms:Decrypt", "{key}"),
    ],
    "glue": [
        ((PUT, DELETE), f"{{bronze}}/{PART}"),
        (DELETE, SILVER),
        (DELETE, AUDIT),
        (GET, GOLD),
        (PUT, GOLD),
        (PUT, "{artifacts}/glue/bronze_to_silver-0123456789ab.py"),
        (("glue:CreatePartition", "glue:UpdatePartition"), SILVER_TABLE),
        ("kms:GenerateDataKey", "{key}"),
    ],
    "crawler": [
        (PUT, f"{{bronze}}/{PART}"),
        (GET, SILVER),
        ("glue:UpdateTable", SILVER_TABLE),
        ("glue:CreateTable", "{glue}:table/finks_dev_bronze/quote"),
    ],
    "dbt": [
        ((PUT, DELETE), SILVER),
        (GET, f"{{bronze}}/{PART}"),
        (
            (
                "glue:UpdateTable",
                "glue:DeleteTable",
                "glue:UpdatePartition",
                "glue:BatchDeletePartition",
            ),
            SILVER_TABLE,
        ),
        ("glue:DeleteDatabase", "{glue}:database/finks_dev_gold"),
        ("athena:StartQueryExecution", "{athena}:workgroup/finks-dev"),
        ("athena:StartQueryExecution", "{athena}:workgroup/primary"),
        (DELETE, RESULT),
        (PUT, "{artifacts}/glue/bronze_to_silver-0123456789ab.py"),
        ("kms:Decrypt", "{key}"),
    ],
    "api": [
        ((PUT, DELETE), GOLD),
        (GET, f"{{bronze}}/{PART}"),
        ("glue:UpdateTable", GOLD_TABLE),
        ("athena:StartQueryExecution", "{athena}:workgroup/finks-dev-dbt"),
        (GET, "{artifacts}/dbt/r1/manifest.json"),
    ],
    "prefect-server": [(GET, GOLD), (LIST, "{gold}"), ("kms:Decrypt", "{key}", via("s3"))],
    "prefect-worker": [(GET, SILVER), ("kms:Decrypt", "{key}", via("s3"))],
    "ecs-execution": [(GET, SILVER), ("kms:Decrypt", "{key}", via("s3"))],
    "arn:aws:iam::123456789012:root": [
        ((DELETE, VERSION), f"{{bronze}}/{PART}"),
    ],
}

_NOBODY: Rows = {
    workload: [(VERSION, f"{{bronze}}/{MANIFEST}"), ("s3:PutBucketVersioning", "{bronze}")]
    for workload in WORKLOADS
}
"""Bronze is kept, whatever runs."""

LAKE: list[Row] = [
    *rows(_ALLOWED, allowed=True),
    *rows(_DENIED, allowed=False),
    *rows(_NOBODY, allowed=False),
]
