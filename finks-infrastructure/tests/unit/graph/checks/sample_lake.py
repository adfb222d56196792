"""Bucket, catalog, key, secret and role of the sample."""

from __future__ import annotations

from pulumi_aws import athena, glue, iam, kms, s3, secretsmanager

from components.policy_document import allow, deny, document, service_trust
from tests.unit.graph.checks.sample_network import SampleNetwork


class SampleLake(SampleNetwork):
    """Bucket, catalog, key, secret and role of the sample."""

    def _lake(self) -> None:
        opts = self.child()
        account = self.context.account_id
        self.key = kms.Key(
            "key",
            description="The lake",
            deletion_window_in_days=30,
            enable_key_rotation=True,
            policy=document(
                allow(
                    "Account",
                    ["kms:*"],
                    ["*"],
                    principals={"AWS": f"arn:aws:iam::{account}:root"},
                )
            ),
            opts=opts,
        )
        kms.Alias("key", name="alias/sample", target_key_id=self.key.key_id, opts=opts)
        self.bucket = s3.Bucket("bronze", bucket="sample-bronze", opts=opts)
        s3.BucketVersioning(
            "bronze",
            bucket=self.bucket.bucket,
            versioning_configuration={"status": "Enabled"},
            opts=opts,
        )
        s3.BucketPublicAccessBlock(
            "bronze", bucket=self.bucket.bucket, block_public_acls=True, opts=opts
        )
        s3.BucketServerSideEncryptionConfiguration(
            "bronze",
            bucket=self.bucket.bucket,
            rules=[
                {
                    "apply_server_side_encryption_by_default": {
                        "sse_algorithm": "aws:kms",
                        "kms_master_key_id": self.key.arn,
                    },
                    "bucket_key_enabled": True,
                }
            ],
            opts=opts,
        )
        s3.BucketLifecycleConfiguration(
            "bronze",
            bucket=self.bucket.bucket,
            rules=[
                {
                    "id": "age",
                    "status": "Enabled",
                    "filter": {"prefix": "fmp/"},
                    "transitions": [{"days": 30, "storage_class": "STANDARD_IA"}],
                    "noncurrent_version_expiration": {"noncurrent_days": 30},
                }
            ],
            opts=opts,
        )
        arn = "arn:aws:s3:::sample-bronze"
        s3.BucketPolicy(
            "bronze",
            bucket=self.bucket.bucket,
            policy=document(
                deny(
                    "TlsOnly",
                    ["s3:*"],
                    [arn, f"{arn}/*"],
                    principals="*",
                    condition={"Bool": {"aws:SecureTransport": "false"}},
                )
            ),
            opts=opts,
        )
        database = glue.CatalogDatabase("bronze", name="sample_bronze", opts=opts)
        glue.CatalogTable(
            "quotes",
            name="quotes",
            database_name=database.name,
            table_type="EXTERNAL_TABLE",
            storage_descriptor={
                "location": "s3://sample-bronze/quotes/",
                "columns": [{"name": "symbol", "type": "string"}],
            },
            opts=opts,
        )
        athena.Workgroup(
            "people",
            name="sample",
            configuration={
                "enforce_workgroup_configuration": True,
                "bytes_scanned_cutoff_per_query": 10_000_000_000,
                "result_configuration": {"output_location": "s3://sample-bronze/results/"},
            },
            opts=opts,
        )

    def _secrets(self) -> None:
        opts = self.child()
        account = self.context.account_id
        self.secret = secretsmanager.Secret(
            "key", name="sample/api-key", recovery_window_in_days=7, opts=opts
        )
        self.role = iam.Role(
            "task",
            name="sample-task",
            assume_role_policy=service_trust("ecs-tasks.amazonaws.com", account),
            opts=opts,
        )
        iam.RolePolicyAttachment(
            "task",
            role=self.role.name,
            policy_arn="arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
            opts=opts,
        )
        iam.RolePolicy(
            "task",
            name="task",
            role=self.role.name,
            policy=document(
                allow("Read", ["s3:GetObject"], ["arn:aws:s3:::sample-bronze/fmp/*"]),
                allow(
                    "Run",
                    ["ecs:RunTask"],
                    [f"arn:aws:ecs:ca-central-1:{account}:task-definition/sample:*"],
                ),
                allow("Pass", ["iam:PassRole"], [f"arn:aws:iam::{account}:role/sample-task"]),
            ),
            opts=opts,
        )
