"""Requests as the tables write them, and what their placeholders stand for in a graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from blueprint.names import REGION, ROLES, ZONES, Names
from graph.iam.document import Request
from graph.model import Graph
from graph.simulation import ACCOUNT_ID

NAMES = Names("dev", ACCOUNT_ID)
SERVICES = (
    *("application-autoscaling", "athena", "cloudtrail", "cloudwatch", "ec2", "ecr", "ecs"),
    *("elasticache", "elasticloadbalancing", "events", "glue", "lambda", "logs", "rds"),
    *("scheduler", "secretsmanager", "servicediscovery", "sns", "sqs", "states"),
)

type Context = Mapping[str, str]

CLUSTER: Context = {"ecs:cluster": f"arn:aws:ecs:{REGION}:{ACCOUNT_ID}:cluster/finks-dev"}
OTHER_CLUSTER: Context = {"ecs:cluster": f"arn:aws:ecs:{REGION}:{ACCOUNT_ID}:cluster/other"}
TO_TASKS: Context = {"iam:PassedToService": "ecs-tasks.amazonaws.com"}
TO_LAMBDA: Context = {"iam:PassedToService": "lambda.amazonaws.com"}


def via(service: str) -> Context:
    """The call comes from a service on the principal's behalf."""
    return {"kms:ViaService": f"{service}.{REGION}.amazonaws.com"}


def prefix(value: str) -> Context:
    """A listing of the keys below a prefix."""
    return {"s3:prefix": value}


@dataclass(frozen=True)
class Row:
    """Who (workload, or a principal's ARN), what, on which resource, and the answer."""

    who: str
    action: str
    resource: str
    context: Context
    allowed: bool

    def __str__(self) -> str:
        extra = ",".join(self.context.values())
        return f"{self.who} {self.action} {self.resource}" + (f" [{extra}]" if extra else "")

    def request(self, places: Mapping[str, str]) -> Request:
        """The request with the placeholders filled in."""
        principal = f"{places['role']}-{self.who}" if self.who in ROLES else self.who
        return Request(principal, self.action, self.resource.format_map(places), self.context)


type Rows = Mapping[str, list[tuple[Any, ...]]]
"""By principal: (action, resource) or (action, resource, context)."""


def rows(table: Rows, *, allowed: bool) -> list[Row]:
    """The rows of a table; an action may be a tuple of several with the same answer."""
    return [
        Row(who, action, resource, context[0] if context else {}, allowed)
        for who, entries in table.items()
        for actions, resource, *context in entries
        for action in ((actions,) if isinstance(actions, str) else actions)
    ]


def places(graph: Graph) -> dict[str, str]:
    """What the placeholders of the resources stand for."""
    secrets = {
        secret.inputs["name"]: secret.outputs["arn"]
        for secret in graph.of_type("aws:secretsmanager/secret:Secret")
    }
    (database,) = graph.of_type("aws:rds/instance:Instance")
    return {
        **{zone: f"arn:aws:s3:::{NAMES.bucket(zone)}" for zone in ZONES if zone != "logs"},
        "logs_bucket": f"arn:aws:s3:::{NAMES.bucket('logs')}",
        **{service: f"arn:aws:{service}:{REGION}:{ACCOUNT_ID}" for service in SERVICES},
        "iam": f"arn:aws:iam::{ACCOUNT_ID}",
        "role": f"arn:aws:iam::{ACCOUNT_ID}:role/finks-dev",
        "key": graph.named("storage-kms-key").outputs["arn"],
        "fmp": secrets[NAMES.fmp_secret],
        "auth": secrets[NAMES.prefect_auth_secret],
        "connection": secrets[NAMES.prefect_database_secret],
        "master": database.outputs["masterUserSecrets"][0]["secretArn"],
    }
