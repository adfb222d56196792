"""Deployment from GitHub Actions without keys: the OIDC provider and the stack's deploy role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import iam

from blueprint.permissions.deploy import deploy
from blueprint.permissions.scope import Scope
from components.base import BaseComponent
from components.policy_document import Statement, allow, document
from config.sections import GitHub

HOST = "token.actions.githubusercontent.com"
AUDIENCE = "sts.amazonaws.com"
MAIN = "refs/heads/main"
SESSION_SECONDS = 2 * 60 * 60
"""A first deployment waits for a database and images; GitHub renews nothing in between."""


@dataclass(frozen=True)
class GitHubOidcArgs:
    """The repository, and what the deploy role's statements are about."""

    config: GitHub
    scope: Scope


class GitHubOidc(BaseComponent[GitHubOidcArgs]):
    """The provider, if the account has none, and the role `finks-{env}-deploy`.

    The role is taken by jobs of the repository's GitHub environment of the stack's name, which is
    where reviewers are asked for; in dev also by any job on main.
    """

    area = "iam"

    def create(self) -> None:
        """Provider, role and its documents."""
        provider_arn = self._identity_provider()
        role = iam.Role(
            f"{self.name}-deploy",
            name=self.names.role("deploy"),
            description=f"GitHub Actions of {self.args.config.repository} deploys this stack",
            assume_role_policy=self._trust(provider_arn),
            max_session_duration=SESSION_SECONDS,
            opts=self.child(),
        )
        attached = [
            self._attach(role, name, statements)
            for name, statements in deploy(
                self.args.scope, self.context.arn("iam", self._boundary, region=False)
            ).items()
        ]
        self.role_arn: pulumi.Output[str] = pulumi.Output.all(role.arn, *attached).apply(
            lambda made: str(made[0])
        )

    def outputs(self) -> Mapping[str, pulumi.Input[Any]]:
        """The role that the workflow names."""
        return {"deployRoleArn": self.role_arn}

    @property
    def _boundary(self) -> str:
        return f"policy/{self.names.boundary}"

    def _identity_provider(self) -> pulumi.Output[str]:
        if not self.args.config.create_provider:
            arn = self.context.arn("iam", f"oidc-provider/{HOST}", region=False)
            return pulumi.Output.from_input(arn)
        provider = iam.OpenIdConnectProvider(
            f"{self.name}-provider",
            url=f"https://{HOST}",
            client_id_lists=[AUDIENCE],
            opts=self.child(protect=self.settings.environment == "prod"),
        )
        return provider.arn

    def _trust(self, provider_arn: pulumi.Input[str]) -> pulumi.Output[str]:
        repository = self.args.config.repository
        environment = self.settings.environment
        subjects = [f"repo:{repository}:environment:{environment}"]
        if environment == "dev":
            subjects.append(f"repo:{repository}:ref:{MAIN}")
        return document(
            allow(
                "GitHubActions",
                ["sts:AssumeRoleWithWebIdentity"],
                principals={"Federated": provider_arn},
                condition={"StringEquals": {f"{HOST}:aud": AUDIENCE, f"{HOST}:sub": subjects}},
            )
        )

    def _attach(self, role: iam.Role, name: str, statements: list[Statement]) -> pulumi.Output[str]:
        # Together they are longer than what IAM takes inline.
        policy = iam.Policy(
            f"{self.name}-deploy-{name}",
            name=f"{self.names.role('deploy')}-{name}",
            description=f"Deployment of {self.names.prefix}: {name}",
            policy=document(*statements),
            opts=self.child(),
        )
        attachment = iam.RolePolicyAttachment(
            f"{self.name}-deploy-{name}-attachment",
            role=role.name,
            policy_arn=policy.arn,
            opts=self.child(),
        )
        return attachment.id
