"""Bucket and key of Pulumi's state, in moto's account."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from blueprint.names import REGION
from config import env_files
from operations.__main__ import main
from operations.state_backend import ensure

OF_THE_STACK = (env_files.VARIABLE, env_files.STACK_VARIABLE)
BUCKET = "finks-dev-pulumi-state-123456789012"


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[boto3.Session]:
    for variable in ("AWS_PROFILE", "AWS_ENDPOINT_URL", *OF_THE_STACK):
        monkeypatch.delenv(variable, raising=False)
    for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(key, "test")
    with mock_aws():
        yield boto3.Session(region_name=REGION)


def test_it_makes_what_pulumi_logs_in_to(session: boto3.Session) -> None:
    found = ensure(session, "dev")
    assert found.url == f"s3://{BUCKET}?region={REGION}&awssdk=v2"
    assert found.secrets_provider == f"awskms://alias/finks-dev-pulumi?region={REGION}"
    s3: Any = session.client("s3")
    assert s3.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"
    rules = s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"] == {
        "SSEAlgorithm": "aws:kms",
        "KMSMasterKeyID": "alias/finks-dev-pulumi",
    }
    block = s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"]
    assert len(block) == 4
    assert all(block.values())
    policy = json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"])
    assert policy["Statement"][0]["Effect"] == "Deny"
    assert policy["Statement"][0]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    lifecycle = s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"]
    assert lifecycle[0]["NoncurrentVersionExpiration"] == {"NoncurrentDays": 90}


def test_the_key_rotates(session: boto3.Session) -> None:
    ensure(session, "dev")
    kms = session.client("kms")
    key = kms.describe_key(KeyId="alias/finks-dev-pulumi")["KeyMetadata"]["KeyId"]
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]


def test_a_second_time_changes_nothing(session: boto3.Session) -> None:
    assert len(ensure(session, "dev").made) == 8
    assert ensure(session, "dev").made == ()
    assert len(session.client("kms").list_keys()["Keys"]) == 1


def test_what_was_changed_by_hand_is_mended(session: boto3.Session) -> None:
    ensure(session, "dev")
    s3 = session.client("s3")
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"})
    s3.delete_bucket_policy(Bucket=BUCKET)
    assert ensure(session, "dev").made == (f"{BUCKET}: versioned", f"{BUCKET}: over TLS only")


def test_the_command_prints_what_to_do_next(
    session: boto3.Session, capsys: pytest.CaptureFixture[str]
) -> None:
    """The keys are in the environment, so that the profile of dev's file is not asked for."""
    assert session
    assert main(["state-backend", "--stack", "dev"]) == 0
    printed = capsys.readouterr().out
    assert f"pulumi login 's3://{BUCKET}?region={REGION}&awssdk=v2'" in printed
    assert "pulumi stack init dev --secrets-provider='awskms://" in printed
    assert main(["state-backend", "--stack", "dev"]) == 0
    assert "everything was there already" in capsys.readouterr().out


def test_without_credentials_it_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for variable in OF_THE_STACK:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    assert main(["state-backend", "--stack", "dev"]) == 2
    assert "'aws configure sso --profile no-such-profile'" in capsys.readouterr().err


def test_a_shell_of_another_stack_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(env_files.STACK_VARIABLE, "dev")
    assert main(["state-backend", "--stack", "prod"]) == 2
    assert "for the stack prod, but FINKS_PULUMI_STACK" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["state-backend"], ["state-backend", "--stack", "x"]])
def test_wrong_use_ends_with_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
