"""Secrets that containers are started with: FMP's key, and the way into Prefect's API.

The password of Prefect's database is not here: RDS makes, keeps and rotates it itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_random as random

from components.base import BaseComponent
from components.secret import ManagedSecret, ManagedSecretArgs
from config.local import REPLAY_API_KEY

PREFECT_USER = "admin"
PASSWORD_LENGTH = 32


@dataclass(frozen=True)
class SecretsArgs:
    """The KMS key of the secrets."""

    key_arn: pulumi.Input[str]


class Secrets(BaseComponent[SecretsArgs]):
    """The secrets that the stack's configuration or a generator gives the value of."""

    area = "secrets"

    def create(self) -> None:
        """FMP's key as configured, Prefect's user and a generated password."""
        # The stack local talks to the replay, which takes this key and no other.
        key = self.settings.fmp_api_key or REPLAY_API_KEY
        fmp = self._secret(
            "fmp-api-key",
            self.names.fmp_secret,
            "API key of Financial Modeling Prep",
            pulumi.Output.secret(key),
        )
        # Letters and digits alone: the text is user:password and goes through environments.
        password = random.RandomPassword(
            f"{self.name}-prefect-password",
            length=PASSWORD_LENGTH,
            special=False,
            opts=self.child(additional_secret_outputs=["result"]),
        )
        prefect = self._secret(
            "prefect-auth",
            self.names.prefect_auth_secret,
            "User and password of Prefect's UI and API, as user:password",
            pulumi.Output.secret(pulumi.Output.concat(f"{PREFECT_USER}:", password.result)),
        )
        self.fmp_key_arn: pulumi.Output[str] = fmp.arn
        self.prefect_auth_arn: pulumi.Output[str] = prefect.arn

    def outputs(self) -> Mapping[str, pulumi.Input[Any]]:
        """Names and ARNs of the secrets, never their values."""
        return {
            "fmpApiKeySecret": self.names.fmp_secret,
            "fmpApiKeySecretArn": self.fmp_key_arn,
            "prefectAuthSecret": self.names.prefect_auth_secret,
            "prefectAuthSecretArn": self.prefect_auth_arn,
        }

    def _secret(
        self, name: str, secret_name: str, description: str, value: pulumi.Input[str]
    ) -> ManagedSecret:
        return ManagedSecret(
            f"{self.name}-{name}",
            ManagedSecretArgs(secret_name, description, value, self.args.key_arn),
            self.context,
            self.child(),
        )
