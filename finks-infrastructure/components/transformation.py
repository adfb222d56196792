"""Glue and Athena: the catalog, the job from bronze to silver, and how queries are limited."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
from pulumi_aws import athena, cloudwatch, glue, s3

from blueprint import jobs
from components.base import BaseComponent
from components.catalog import Catalog, CatalogArgs
from components.lake_formation import LakeFormation, LakeFormationArgs
from config.sections import Transformation as TransformationConfig

SCRIPT = Path(__file__).parents[2] / "finks-pipelines" / "glue_scripts" / "bronze_to_silver.py"
_DIGEST_LENGTH = 12


@dataclass(frozen=True)
class TransformationArgs:
    """Buckets by zone, the lake's key, and the roles by workload (glue and crawler are read)."""

    config: TransformationConfig
    bucket_names: Mapping[str, pulumi.Input[str]]
    key_arn: pulumi.Input[str]
    role_arns: Mapping[str, pulumi.Input[str]]


class Transformation(BaseComponent[TransformationArgs]):
    """Databases, tables, crawler, the Glue job with its script, and the workgroups."""

    area = "transformation"

    def create(self) -> None:
        """Everything that turns bronze into silver and lets silver and gold be queried."""
        self.catalog = Catalog(
            f"{self.name}-catalog",
            CatalogArgs(bucket_names=self.args.bucket_names),
            self.context,
            self.child(),
        )
        self.security = self._security()
        self.job = self._job()
        self.crawler = self._crawler()
        self.workgroups = [self._workgroup(group) for group in self._groups()]
        if self.args.config.lake_formation:
            LakeFormation(
                f"{self.name}-lake-formation",
                LakeFormationArgs(key_arn=self.args.key_arn),
                self.context,
                self.child(),
            )

    def outputs(self) -> Mapping[str, pulumi.Input[Any]]:
        """Names that people and deployments ask for."""
        people, dbt = self.workgroups
        return {
            "glueJob": self.job.name,
            "glueScript": self.job.command.script_location,
            "crawler": self.crawler.name,
            "athenaWorkgroup": people.name,
            "athenaDbtWorkgroup": dbt.name,
            "glueDatabases": self.catalog.database_names,
        }

    def _security(self) -> glue.SecurityConfiguration:
        key = self.args.key_arn
        return glue.SecurityConfiguration(
            f"{self.name}-security",
            name=self.names.glue_security,
            encryption_configuration={
                "cloudwatch_encryption": {
                    "cloudwatch_encryption_mode": "SSE-KMS",
                    "kms_key_arn": key,
                },
                "job_bookmarks_encryption": {
                    "job_bookmarks_encryption_mode": "CSE-KMS",
                    "kms_key_arn": key,
                },
                "s3_encryption": {"s3_encryption_mode": "SSE-KMS", "kms_key_arn": key},
            },
            opts=self.child(),
        )

    def _job(self) -> glue.Job:
        groups = [
            cloudwatch.LogGroup(
                f"{self.name}-log-{number}",
                name=name,
                retention_in_days=self.settings.logs.retention_days,
                kms_key_id=self.args.key_arn,
                opts=self.child(),
            )
            for number, name in enumerate(jobs.glue_log_groups(self.names), start=1)
        ]
        script = self._script()
        job = jobs.bronze_to_silver(self.names)
        return glue.Job(
            f"{self.name}-job",
            name=job.name,
            description="Cleanses bronze into silver; the flows publish what passed the audit",
            role_arn=self.args.role_arns["glue"],
            glue_version=jobs.GLUE_VERSION,
            worker_type=jobs.GLUE_WORKER_TYPE,
            number_of_workers=self.args.config.glue_workers,
            timeout=jobs.GLUE_TIMEOUT_MINUTES,
            # The flow tells permanent from transient failures and repeats the latter itself.
            max_retries=0,
            execution_property={"max_concurrent_runs": jobs.GLUE_MAX_CONCURRENT_RUNS},
            command={
                "name": "glueetl",
                "python_version": "3",
                "script_location": pulumi.Output.concat("s3://", script.bucket, "/", script.key),
            },
            default_arguments={**job.default_arguments, **jobs.aws_arguments(self.names)},
            security_configuration=self.security.name,
            opts=self.child(depends_on=groups),
        )

    def _script(self) -> s3.BucketObjectv2:
        digest = hashlib.sha256(SCRIPT.read_bytes()).hexdigest()[:_DIGEST_LENGTH]
        return s3.BucketObjectv2(
            f"{self.name}-script",
            bucket=self.args.bucket_names["artifacts"],
            key=self.names.glue_script_key(digest),
            source=pulumi.FileAsset(str(SCRIPT)),
            content_type="text/x-python",
            opts=self.child(),
        )

    def _crawler(self) -> glue.Crawler:
        # No schedule: it is a tool to look into bronze. Over silver it would publish runs that no
        # audit has passed.
        return glue.Crawler(
            f"{self.name}-crawler",
            name=self.names.crawler,
            description="On demand: what lies in bronze, described in a database of its own",
            database_name=self.catalog.database_names["crawler"],
            role=self.args.role_arns["crawler"],
            s3_targets=[
                {
                    "path": pulumi.Output.concat(
                        "s3://", self.args.bucket_names["bronze"], "/fmp/"
                    ),
                    "exclusions": ["_quarantine/**", "**/_manifest.json"],
                }
            ],
            schema_change_policy={"delete_behavior": "LOG", "update_behavior": "LOG"},
            recrawl_policy={"recrawl_behavior": "CRAWL_EVERYTHING"},
            security_configuration=self.security.name,
            opts=self.child(),
        )

    def _groups(self) -> tuple[jobs.Workgroup, ...]:
        return jobs.workgroups(self.names, bytes_scanned_limit=self.args.config.bytes_scanned_limit)

    def _workgroup(self, group: jobs.Workgroup) -> athena.Workgroup:
        kind = "people" if group.enforced else "dbt"
        return athena.Workgroup(
            f"{self.name}-workgroup-{kind}",
            name=group.name,
            description=group.description,
            force_destroy=self.settings.environment != "prod",
            configuration={
                "enforce_workgroup_configuration": group.enforced,
                "publish_cloudwatch_metrics_enabled": True,
                "bytes_scanned_cutoff_per_query": group.bytes_scanned_limit,
                "engine_version": {"selected_engine_version": jobs.ATHENA_ENGINE},
                "result_configuration": {
                    "output_location": group.output_location,
                    "encryption_configuration": {
                        "encryption_option": "SSE_KMS",
                        "kms_key_arn": self.args.key_arn,
                    },
                },
            },
            opts=self.child(),
        )
