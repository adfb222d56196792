"""The roles of the workloads, each with exactly the statements of blueprint/permissions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import iam

from blueprint.permissions.scope import Scope
from blueprint.permissions.workloads import WORKLOADS, Workload
from components.base import BaseComponent, StackContext
from components.github_oidc import GitHubOidc, GitHubOidcArgs
from components.policy_document import document, service_trust


@dataclass(frozen=True)
class IamArgs:
    """The lake's key, and the secrets that ECS injects."""

    key_arn: pulumi.Input[str]
    fmp_secret_arn: pulumi.Input[str]
    prefect_auth_secret_arn: pulumi.Input[str]
    database_secret_arn: pulumi.Input[str]


class Iam(BaseComponent[IamArgs]):
    """One role a workload; with a GitHub repository also the deploy role of the stack.

    `role_arns` has the ARN of each role by workload, known when the role has its permissions.
    """

    area = "iam"

    def create(self) -> None:
        """Roles and their policies."""
        scope = scope_of(self.context, self.args)
        self.role_arns: dict[str, pulumi.Output[str]] = {
            name: self._role(name, workload, scope)
            for name, workload in WORKLOADS.items()
            if name != "api" or self.settings.api.enabled
        }
        self.deploy: GitHubOidc | None = None
        if self.settings.github.repository is not None:
            self.deploy = GitHubOidc(
                f"{self.name}-github",
                GitHubOidcArgs(config=self.settings.github, scope=scope),
                self.context,
                self.child(),
            )
            self.role_arns["deploy"] = self.deploy.role_arn

    def outputs(self) -> Mapping[str, pulumi.Input[Any]]:
        """ARNs of the roles by workload."""
        return {"roleArns": self.role_arns}

    def _role(self, name: str, workload: Workload, scope: Scope) -> pulumi.Output[str]:
        source = workload.source(scope) if workload.source else None
        role = iam.Role(
            f"{self.name}-{name}",
            name=self.names.role(name),
            description=workload.description,
            assume_role_policy=service_trust(
                workload.service, self.context.account_id, source_arn=source
            ),
            opts=self.child(),
        )
        statements = workload.statements(scope)
        if not statements:
            return role.arn
        policy = iam.RolePolicy(
            f"{self.name}-{name}-policy",
            name=name,
            role=role.name,
            policy=document(*statements),
            opts=self.child(),
        )
        # A task or job that starts before its role may do anything fails; so they wait for both.
        return pulumi.Output.all(role.arn, policy.id).apply(lambda made: str(made[0]))


def scope_of(context: StackContext, args: IamArgs) -> Scope:
    """What the statements of a stack are about."""
    return Scope(
        names=context.names,
        account_id=context.account_id,
        region=context.region,
        key_arn=args.key_arn,
        fmp_secret_arn=args.fmp_secret_arn,
        prefect_auth_secret_arn=args.prefect_auth_secret_arn,
        database_secret_arn=args.database_secret_arn,
        exec_enabled=context.settings.compute.exec_enabled,
        scaled=context.settings.orchestration.redis,
    )
