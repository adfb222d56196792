from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import Any

import pytest

from components.secrets import Secrets, SecretsArgs
from config.local import REPLAY_API_KEY
from config.settings import SettingsError
from graph import simulation
from graph.model import Graph, Resource
from graph.recorder import MASK
from tests.unit.components.conftest import RecordComponent

KEY = "arn:aws:kms:ca-central-1:123456789012:key/k"
IAM = "arn:aws:iam::123456789012"
SECRET = "aws:secretsmanager/secret:Secret"
VALUE = "aws:secretsmanager/secretVersion:SecretVersion"


@pytest.fixture
def record(record_component: RecordComponent) -> RecordComponent:
    def recorded(stack: str = "dev", **changes: Any) -> Graph:
        return record_component(
            lambda context: Secrets("secrets", SecretsArgs(key_arn=KEY), context),
            stack=stack,
            **changes,
        )

    return recorded


def policies(graph: Graph) -> dict[str, dict[str, dict[str, Any]]]:
    """Statements by sid, by the name of the secret's component."""
    return {
        policy.name.removesuffix("-policy"): {
            statement["Sid"]: statement
            for statement in json.loads(policy.inputs["policy"])["Statement"]
        }
        for policy in graph.of_type("aws:secretsmanager/secretPolicy:SecretPolicy")
    }


def test_the_names_of_the_contract_under_our_key(record: RecordComponent) -> None:
    secrets = record().of_type(SECRET)
    assert {secret.inputs["name"] for secret in secrets} == {
        "finks/dev/fmp-api-key",
        "finks/dev/prefect-auth",
    }
    assert {secret.inputs["kmsKeyId"] for secret in secrets} == {KEY}


def test_values_are_secrets_of_the_state_and_belong_to_their_secret(
    record: RecordComponent,
) -> None:
    graph = record()
    for value in graph.of_type(VALUE):
        assert value.secrets == ("secretString",)
        assert value.inputs["secretString"] == MASK
        secret = graph.named(value.name.removesuffix("-value") + "-secret")
        assert value.inputs["secretId"] == secret.id


def test_outputs_are_names_and_arns(record: RecordComponent) -> None:
    graph = record()
    fmp, prefect = (
        graph.named(f"secrets-{name}-secret").outputs["arn"]
        for name in ("fmp-api-key", "prefect-auth")
    )
    assert graph.named("secrets").outputs == {
        "fmpApiKeySecret": "finks/dev/fmp-api-key",
        "fmpApiKeySecretArn": fmp,
        "prefectAuthSecret": "finks/dev/prefect-auth",
        "prefectAuthSecretArn": prefect,
    }


def values(monkeypatch: pytest.MonkeyPatch, record: RecordComponent, stack: str) -> dict[str, str]:
    """What would be stored, by secret: seen before the recorder masks it."""
    seen: dict[str, str] = {}
    identity = simulation._IDENTITIES[VALUE]

    def spy(name: str, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        seen[name] = inputs["secretString"]
        return identity(name, inputs)

    monkeypatch.setitem(simulation._IDENTITIES, VALUE, spy)
    record(stack, **({} if stack == "local" else {"fmpApiKey": "key-of-the-configuration"}))
    return seen


def test_fmps_key_is_the_configured_one_and_prefects_password_is_generated(
    monkeypatch: pytest.MonkeyPatch, record: RecordComponent
) -> None:
    stored = values(monkeypatch, record, "dev")
    assert stored["secrets-fmp-api-key-value"] == "key-of-the-configuration"
    user, _, password = stored["secrets-prefect-auth-value"].partition(":")
    assert user == "admin"
    assert len(password) == 32
    assert ":" not in password


def test_the_local_stack_has_the_key_of_the_replay(
    monkeypatch: pytest.MonkeyPatch, record: RecordComponent
) -> None:
    assert values(monkeypatch, record, "local")["secrets-fmp-api-key-value"] == REPLAY_API_KEY


@pytest.mark.parametrize(
    ("stack", "days", "protected"),
    [("local", 0, False), ("dev", 0, False), ("staging", 7, False), ("prod", 30, True)],
)
def test_a_deleted_secret_can_be_brought_back_outside_dev(
    record: RecordComponent, stack: str, days: int, protected: bool
) -> None:
    secrets: list[Resource] = record(stack).of_type(SECRET)
    assert {secret.inputs["recoveryWindowInDays"] for secret in secrets} == {days}
    assert {secret.protect for secret in secrets} == {protected}


def test_every_secret_has_a_policy_that_only_refuses(record: RecordComponent) -> None:
    graph = record()
    found = policies(graph)
    assert set(found) == {"secrets-fmp-api-key", "secrets-prefect-auth"}
    for name, statements in found.items():
        policy = graph.named(f"{name}-policy")
        assert policy.inputs["secretArn"] == graph.named(f"{name}-secret").outputs["arn"]
        assert policy.inputs["blockPublicPolicy"] is True
        assert {statement["Effect"] for statement in statements.values()} == {"Deny"}
        assert statements["OnlyTls"]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


@pytest.mark.parametrize(
    ("principal", "reads"),
    [
        ("root", True),
        ("role/finks-dev-ecs-execution", True),
        ("role/finks-dev-deploy", False),  # there is none without a repository
        ("role/aws-reserved/sso.amazonaws.com/ca-central-1/AWSReservedSSO_Admin_1", True),
        ("user/first-person", True),
        ("role/finks-dev-flow-run", False),
        ("role/finks-dev-glue", False),
        ("role/finks-dev-api", False),
        ("role/finks-prod-ecs-execution", False),
    ],
)
def test_only_who_has_to_read_is_not_refused(
    record: RecordComponent, principal: str, reads: bool
) -> None:
    for statements in policies(record()).values():
        refusal = statements["OnlyReaders"]
        assert refusal["Action"] == ["secretsmanager:GetSecretValue"]
        patterns = refusal["Condition"]["ArnNotLike"]["aws:PrincipalArn"]
        matched = any(fnmatchcase(f"{IAM}:{principal}", pattern) for pattern in patterns)
        assert matched is reads


def test_deployments_read_where_there_are_any(record: RecordComponent) -> None:
    (statements, *_) = policies(record(github={"repository": "acme/finks"})).values()
    patterns = statements["OnlyReaders"]["Condition"]["ArnNotLike"]["aws:PrincipalArn"]
    assert f"{IAM}:role/finks-dev-deploy" in patterns


def test_readers_can_be_configured_but_not_every_role(record: RecordComponent) -> None:
    (statements, *_) = policies(record(secrets={"readers": ["role/Admin"]})).values()
    patterns = statements["OnlyReaders"]["Condition"]["ArnNotLike"]["aws:PrincipalArn"]
    assert f"{IAM}:role/Admin" in patterns
    assert f"{IAM}:user/*" not in patterns
    with pytest.raises(SettingsError, match=r"secrets\.readers.*every workload"):
        record(secrets={"readers": ["role/*"]})
    with pytest.raises(SettingsError, match=r"secrets\.readers"):
        record(secrets={"readers": ["*"]})
