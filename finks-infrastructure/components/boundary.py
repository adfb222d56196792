"""The permissions boundary of the stack's roles (blueprint/permissions/boundary.py)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi_aws import iam

from blueprint.names import PROJECT
from blueprint.permissions.boundary import boundary
from blueprint.permissions.scope import Scope
from blueprint.statements import VERSION
from components.base import BaseComponent, StackContext
from config.sections import GitHub


class Boundary(BaseComponent[GitHub]):
    """A policy that roles name as their boundary; it is there before any of them. `arn` is its ARN.

    Only stacks that GitHub deploys have one: people who deploy are administrators already.
    """

    area = "iam"

    def create(self) -> None:
        """The policy."""
        policy = iam.Policy(
            f"{self.name}-policy",
            name=self.names.boundary,
            description=f"What no role of {self.names.prefix} exceeds, whoever changes it",
            policy=json.dumps(
                {"Version": VERSION, "Statement": boundary(_scope(self.context))},
                separators=(",", ":"),
            ),
            opts=self.child(protect=self.settings.environment == "prod"),
        )
        self.arn: pulumi.Output[str] = policy.arn

    def outputs(self) -> Mapping[str, pulumi.Input[Any]]:
        """The policy."""
        return {"permissionsBoundaryArn": self.arn}


def _scope(context: StackContext) -> Scope:
    """The stack before it has a key and secrets: the ends of their ARNs are open."""
    secrets = context.arn("secretsmanager", f"secret:{PROJECT}/{context.settings.environment}/*")
    return Scope(
        names=context.names,
        account_id=context.account_id,
        region=context.region,
        key_arn=context.arn("kms", "key/*"),
        fmp_secret_arn=secrets,
        prefect_auth_secret_arn=secrets,
        database_secret_arn=context.arn("secretsmanager", "secret:rds!*"),
        exec_enabled=context.settings.compute.exec_enabled,
    )
