"""PostgreSQL of the Prefect server, on RDS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_random as random
from pulumi_aws import cloudwatch, iam, rds

from blueprint.database import (
    ALWAYS_ON,
    CA_CERTIFICATE,
    DATABASE_USER,
    INSIGHTS_DAYS,
    LOG_EXPORTS,
    MONITORING_SECONDS,
    OFFICE_HOURS,
    PARAMETERS,
    POSTGRES_FAMILY,
    POSTGRES_VERSION,
)
from blueprint.network import POSTGRES_PORT
from blueprint.prefect import DATABASE_NAME
from components.base import BaseComponent
from components.policy_document import allow, document, service_trust
from components.secret import ManagedSecret, ManagedSecretArgs
from config import sections


@dataclass(frozen=True)
class DatabaseArgs:
    """Configuration, private subnets, the security group and the KMS key."""

    config: sections.Database
    subnet_ids: Sequence[pulumi.Input[str]]
    security_group_id: pulumi.Input[str]
    key_arn: pulumi.Input[str]


class Database(BaseComponent[DatabaseArgs]):
    """An encrypted, private instance that speaks TLS alone.

    RDS makes the master password, keeps it in a secret of its own (`master_secret_arn`: JSON with
    username and password) and rotates it weekly. `address` is the host name.
    """

    area = "database"

    def create(self) -> None:
        """Groups, log groups, the monitoring role, the instance and the connection's secret."""
        self._parameters = self._parameter_group()
        self._subnets = rds.SubnetGroup(
            f"{self.name}-subnets",
            name=self.names.database_instance,
            description="Private subnets of the Prefect server's database",
            subnet_ids=self.args.subnet_ids,
            opts=self.child(),
        )
        self._monitoring_role = self._enhanced_monitoring()
        self.instance = self._instance(self._log_groups())
        self.address: pulumi.Output[str] = self.instance.address
        self.master_secret_arn: pulumi.Output[str] = self.instance.master_user_secrets.apply(
            lambda secrets: str(secrets[0].secret_arn)
        )
        self.connection = ManagedSecret(
            f"{self.name}-connection",
            ManagedSecretArgs(
                self.names.prefect_database_secret,
                "Where Prefect's database is; the password is in the secret masterSecretArn",
                pulumi.Output.json_dumps(
                    {
                        "host": self.address,
                        "port": POSTGRES_PORT,
                        "dbname": DATABASE_NAME,
                        "masterSecretArn": self.master_secret_arn,
                    }
                ),
                self.args.key_arn,
            ),
            self.context,
            self.child(),
        )

    def outputs(self) -> Mapping[str, pulumi.Input[Any]]:
        """The instance, and where the way to it and its password are kept."""
        return {
            "databaseInstance": self.instance.identifier,
            "databaseAddress": self.address,
            "databasePort": POSTGRES_PORT,
            "databaseName": DATABASE_NAME,
            "databaseMasterSecretArn": self.master_secret_arn,
            "prefectDatabaseSecret": self.names.prefect_database_secret,
            "prefectDatabaseSecretArn": self.connection.arn,
        }

    def _instance(self, log_groups: list[cloudwatch.LogGroup]) -> rds.Instance:
        config, key = self.args.config, self.args.key_arn
        kept = self.settings.environment in {"staging", "prod"}
        windows = OFFICE_HOURS if self.settings.orchestration.office_hours else ALWAYS_ON
        return rds.Instance(
            f"{self.name}-instance",
            identifier=self.names.database_instance,
            engine="postgres",
            engine_version=POSTGRES_VERSION,
            auto_minor_version_upgrade=True,
            allow_major_version_upgrade=False,
            instance_class=config.instance_class,
            multi_az=config.multi_az,
            storage_type="gp3",
            allocated_storage=config.allocated_storage,
            max_allocated_storage=config.max_allocated_storage,
            storage_encrypted=True,
            kms_key_id=key,
            db_name=DATABASE_NAME,
            port=POSTGRES_PORT,
            username=DATABASE_USER,
            manage_master_user_password=True,
            master_user_secret_kms_key_id=key,
            db_subnet_group_name=self._subnets.name,
            vpc_security_group_ids=[self.args.security_group_id],
            publicly_accessible=False,
            parameter_group_name=self._parameters.name,
            ca_cert_identifier=CA_CERTIFICATE,
            backup_retention_period=config.backup_retention_days,
            backup_window=windows.backup,
            maintenance_window=windows.maintenance,
            copy_tags_to_snapshot=True,
            delete_automated_backups=not kept,
            skip_final_snapshot=not kept,
            final_snapshot_identifier=self._final_snapshot() if kept else None,
            deletion_protection=config.deletion_protection,
            # Outside dev a change of size waits for the window: it restarts the server.
            apply_immediately=not kept,
            database_insights_mode="standard" if config.performance_insights else None,
            performance_insights_enabled=config.performance_insights,
            performance_insights_retention_period=(
                INSIGHTS_DAYS if config.performance_insights else None
            ),
            performance_insights_kms_key_id=key if config.performance_insights else None,
            monitoring_interval=MONITORING_SECONDS,
            monitoring_role_arn=self._monitoring_role,
            enabled_cloudwatch_logs_exports=list(LOG_EXPORTS),
            opts=self.child(
                protect=self.settings.environment == "prod",
                depends_on=log_groups,
            ),
        )

    def _parameter_group(self) -> rds.ParameterGroup:
        return rds.ParameterGroup(
            f"{self.name}-parameters",
            # With the family in its name a group of the next major version can be made beside it.
            name=f"{self.names.database_instance}-{POSTGRES_FAMILY}",
            family=POSTGRES_FAMILY,
            description="TLS forced, slow statements logged",
            parameters=[
                {
                    "name": parameter.name,
                    "value": parameter.value,
                    "apply_method": "pending-reboot" if parameter.static else "immediate",
                }
                for parameter in PARAMETERS
            ],
            opts=self.child(),
        )

    def _final_snapshot(self) -> pulumi.Output[str]:
        """A name that no earlier instance of this stack left its last snapshot under."""
        suffix = random.RandomId(
            f"{self.name}-final-snapshot",
            byte_length=4,
            keepers={"identifier": self.names.database_instance},
            opts=self.child(),
        )
        return pulumi.Output.concat(f"{self.names.database_instance}-final-", suffix.hex)

    def _log_groups(self) -> list[cloudwatch.LogGroup]:
        """The groups that RDS exports to; it would make them itself, and keep them for ever."""
        return [
            cloudwatch.LogGroup(
                f"{self.name}-{log}-log",
                name=f"/aws/rds/instance/{self.names.database_instance}/{log}",
                retention_in_days=self.settings.logs.retention_days,
                kms_key_id=self.args.key_arn,
                opts=self.child(),
            )
            for log in LOG_EXPORTS
        ]

    def _enhanced_monitoring(self) -> pulumi.Output[str]:
        """ARN of the role with which RDS writes operating system metrics, once it may write.

        The rights are those of AWS's AmazonRDSEnhancedMonitoringRole, for this account's groups.
        """
        role = iam.Role(
            f"{self.name}-monitoring-role",
            name=self.names.database_monitoring_role,
            description="RDS writes operating system metrics of its instances",
            assume_role_policy=service_trust(
                "monitoring.rds.amazonaws.com",
                self.context.account_id,
                source_arn=self.context.arn("rds", f"db:{self.names.database_instance}"),
            ),
            opts=self.child(),
        )
        groups = self.context.arn("logs", "log-group:RDS*")
        policy = iam.RolePolicy(
            f"{self.name}-monitoring-policy",
            name="write-metrics",
            role=role.name,
            policy=document(
                allow("MakeGroups", ["logs:CreateLogGroup", "logs:PutRetentionPolicy"], [groups]),
                allow(
                    "WriteStreams",
                    [
                        "logs:CreateLogStream",
                        "logs:DescribeLogStreams",
                        "logs:GetLogEvents",
                        "logs:PutLogEvents",
                    ],
                    [f"{groups}:log-stream:*"],
                ),
            ),
            opts=self.child(),
        )
        return pulumi.Output.all(role.arn, policy.id).apply(lambda made: str(made[0]))
