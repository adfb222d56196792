"""What statements are about: the resources of one stack by their ARNs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from blueprint.names import CONNECTORS, Names
from blueprint.statements import Condition, Statement, allow

type Arn = Any
"""A text, or the output of a resource that has still to be made."""

ECS_TASKS = "ecs-tasks.amazonaws.com"


@dataclass(frozen=True)
class Scope:
    """The stack. ARNs of keys and secrets end in what AWS makes up, so they are given."""

    names: Names
    account_id: str
    region: str
    key_arn: Arn
    fmp_secret_arn: Arn
    prefect_auth_secret_arn: Arn
    database_secret_arn: Arn
    exec_enabled: bool = False
    scaled: bool = True
    """Whether Prefect's background loops run in a service of their own."""
    connectors: tuple[str, ...] = CONNECTORS
    """What the ingestion task may run."""

    @property
    def server_services(self) -> tuple[str, ...]:
        """The services, and task families, of the Prefect server that the stack has."""
        loops = (self.names.prefect_services,) if self.scaled else ()
        return (self.names.prefect_server, *loops)

    def arn(self, service: str, resource: str) -> str:
        """ARN of a regional resource of the account."""
        return f"arn:aws:{service}:{self.region}:{self.account_id}:{resource}"

    def role(self, workload: str) -> str:
        """ARN of a workload's role."""
        return f"arn:aws:iam::{self.account_id}:role/{self.names.role(workload)}"

    def bucket(self, zone: str) -> str:
        """ARN of the bucket of a zone."""
        return f"arn:aws:s3:::{self.names.bucket(zone)}"

    def objects(self, zone: str, *patterns: str) -> list[str]:
        """ARNs of the objects of a zone whose keys match."""
        return [f"{self.bucket(zone)}/{pattern}" for pattern in patterns or ("*",)]

    def log_streams(self, *groups: str) -> list[str]:
        """ARNs of log groups together with their streams, as CloudWatch Logs compares them."""
        return [self.arn("logs", f"log-group:{group}:*") for group in groups]

    def tables(self, *layers: str) -> list[str]:
        """ARNs that Glue asks for about tables: themselves, their databases, the catalog.

        "All operations on a Data Catalog resource require permission on the resource and all its
        ancestors" (AWS Glue Developer Guide, "Granting permissions on Data Catalog resources").
        """
        databases = [self.names.database(layer) for layer in layers]
        return [
            self.arn("glue", "catalog"),
            *(self.arn("glue", f"database/{database}") for database in databases),
            *(self.arn("glue", f"table/{database}/*") for database in databases),
        ]

    def in_our_cluster(self) -> Condition:
        """The call is about the stack's ECS cluster."""
        return {"ArnEquals": {"ecs:cluster": self.arn("ecs", f"cluster/{self.names.cluster}")}}

    def task_definitions(self, *families: str) -> list[str]:
        """ARNs of all revisions of task definitions."""
        return [self.arn("ecs", f"task-definition/{family}:*") for family in families]

    def tasks(self) -> list[str]:
        """ARNs of the tasks of the cluster."""
        return [self.arn("ecs", f"task/{self.names.cluster}/*")]

    def uses_key(self, *actions: str, through: str) -> Statement:
        """Use of the lake's key, but only by a service on the role's behalf."""
        return allow(
            f"UseKeyThrough{through.title()}",
            [f"kms:{action}" for action in actions],
            [self.key_arn],
            condition={
                "StringEquals": {"kms:ViaService": f"{through}.{self.region}.amazonaws.com"}
            },
        )

    def passes_roles(self, *workloads: str) -> Statement:
        """Handing these roles, and no other, to ECS tasks."""
        return allow(
            "PassRolesToTasks",
            ["iam:PassRole"],
            [self.role(workload) for workload in workloads],
            condition={"StringEquals": {"iam:PassedToService": ECS_TASKS}},
        )


def lists_bucket(scope: Scope, sid: str, zone: str, *prefixes: str) -> Statement:
    """Listing of keys below prefixes.

    IfExists: a read of an object that is absent is answered 404 instead of 403 to those alone
    who may list, and that question carries no prefix. The workloads tell absent from forbidden.
    """
    return allow(
        sid,
        ["s3:ListBucket"],
        [scope.bucket(zone)],
        condition={"StringLikeIfExists": {"s3:prefix": [f"{prefix}*" for prefix in prefixes]}},
    )


def puts_metrics(namespace: str) -> Statement:
    """CloudWatch knows no metrics as resources; the namespace is what can be asked for."""
    return allow(
        "PutMetrics",
        ["cloudwatch:PutMetricData"],
        ["*"],
        condition={"StringEquals": {"cloudwatch:namespace": namespace}},
    )


def writes_logs(scope: Scope, groups: Iterable[str]) -> Statement:
    """Streams and lines in log groups that are there already."""
    return allow(
        "WriteLogs",
        ["logs:CreateLogStream", "logs:PutLogEvents"],
        scope.log_streams(*groups),
    )


def execs(scope: Scope) -> list[Statement]:
    """A shell in the running task (ECS Exec), where the stack has it switched on."""
    if not scope.exec_enabled:
        return []
    return [
        allow(
            "ExecChannels",
            [
                "ssmmessages:CreateControlChannel",
                "ssmmessages:CreateDataChannel",
                "ssmmessages:OpenControlChannel",
                "ssmmessages:OpenDataChannel",
            ],
            ["*"],
        ),
        allow(
            "WriteExecLog",
            ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            scope.log_streams(scope.names.exec_log_group),
        ),
        allow("FindExecLog", ["logs:DescribeLogGroups"], ["*"]),
    ]
