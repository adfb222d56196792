"""Secrets of a container, resolved from Secrets Manager when its task starts."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from local.cloud.ecs.errors import TaskStartError

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

_ARN = re.compile(
    r"(?P<arn>arn:aws[\w-]*:secretsmanager:[\w-]+:\d{12}:secret:[^:]+)"
    r"(?::(?P<key>[^:]*):(?P<stage>[^:]*):(?P<version>[^:]*))?"
)


@dataclass(frozen=True)
class SecretReference:
    """The ``valueFrom`` of a secret: ``arn``, or ``arn:json-key:version-stage:version-id``."""

    arn: str
    json_key: str = ""
    version_stage: str = ""
    version_id: str = ""

    @classmethod
    def parse(cls, value_from: str) -> SecretReference:
        """Read a ``valueFrom``; raises TaskStartError when it is not a secret's ARN."""
        match = _ARN.fullmatch(value_from)
        if match is None:
            raise _failure(
                f"invalid valueFrom {value_from!r}: give the ARN of a Secrets Manager secret, "
                "alone or followed by :json-key:version-stage:version-id"
            )
        return cls(match["arn"], match["key"] or "", match["stage"] or "", match["version"] or "")


def resolve_secrets(client: SecretsManagerClient, secrets: list[dict[str, Any]]) -> dict[str, str]:
    """The values of a container's ``secrets`` by variable; raises TaskStartError."""
    return {
        secret["name"]: _value(client, SecretReference.parse(secret["valueFrom"]))
        for secret in secrets
    }


def _value(client: SecretsManagerClient, reference: SecretReference) -> str:
    selection: dict[str, Any] = {"SecretId": reference.arn}
    if reference.version_stage:
        selection["VersionStage"] = reference.version_stage
    if reference.version_id:
        selection["VersionId"] = reference.version_id
    try:
        answer = client.get_secret_value(**selection)
    except ClientError as error:
        detail = error.response["Error"]
        raise _failure(
            f"failed to fetch secret {reference.arn} from secrets manager: "
            f"{detail['Code']}: {detail['Message']}"
        ) from error
    except BotoCoreError as error:
        raise _failure(
            f"failed to fetch secret {reference.arn} from secrets manager: {error}"
        ) from error
    text = answer.get("SecretString") or answer.get("SecretBinary", b"").decode()
    if not reference.json_key:
        return text
    try:
        value = json.loads(text)[reference.json_key]
    except (ValueError, KeyError, TypeError) as error:
        raise _failure(
            f"retrieved secret from Secrets Manager did not contain json key {reference.json_key}"
        ) from error
    return value if isinstance(value, str) else json.dumps(value)


def _failure(detail: str) -> TaskStartError:
    return TaskStartError(
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource "
        "retrieval failed: unable to retrieve secret from asm: service call has been retried "
        f"1 time(s): {detail}"
    )
