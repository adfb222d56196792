"""Stacks whose files an owner has changed, as docs/aws/bring-up.md tells them to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from config.settings import SettingsError
from graph import stack_file
from graph.stacks import configuration, record_stack

OWN = Path(stack_file.INFRASTRUCTURE)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of stack files of the test's own."""
    monkeypatch.setattr(stack_file, "INFRASTRUCTURE", tmp_path)
    return tmp_path


def changed(folder: Path, stack: str, **keys: Any) -> None:
    document = yaml.safe_load((OWN / f"Pulumi.{stack}.yaml").read_text())
    document["config"].update({f"finks:{key}": value for key, value in keys.items()})
    (folder / f"Pulumi.{stack}.yaml").write_text(yaml.safe_dump(document))


def test_encrypted_secrets_have_stand_ins(folder: Path) -> None:
    secret = {"secure": "v1:abc:def"}
    changed(folder, "dev", fmpApiKey=secret, monitoring={"pagerDutyUrl": secret})
    graph = record_stack("dev")
    assert "v1:abc" not in graph.dumps()
    assert graph.named("monitoring-topics-pager-duty").inputs["protocol"] == "https"


def test_what_the_owner_says_wins_over_stand_ins(folder: Path) -> None:
    changed(
        folder, "dev", github={"repository": "own/finks"}, monitoring={"emails": ["own@own.org"]}
    )
    text = record_stack("dev").dumps()
    assert "repo:own/finks" in text
    assert "own@own.org" in text
    assert "example" not in text.replace("fmpApiKey", "")


def test_an_account_id_is_checked_for_its_form_and_simulated(folder: Path) -> None:
    changed(folder, "dev", accountId="210987654321")
    assert "210987654321" not in record_stack("dev").dumps()
    changed(folder, "dev", accountId="21")
    with pytest.raises(SettingsError, match="finks:accountId"):
        record_stack("dev")


@pytest.mark.parametrize(
    ("key", "value"),
    [("monitoring", {"emails": ["nobody"]}), ("github", "foo"), ("symbols", ["AAPL", "a b"])],
)
def test_a_wrong_value_of_the_owner_is_refused(folder: Path, key: str, value: object) -> None:
    changed(folder, "dev", **{key: value})
    with pytest.raises(SettingsError, match=f"finks:{key}"):
        record_stack("dev")


def test_a_region_that_the_simulation_does_not_know_is_said_so(folder: Path) -> None:
    text = (OWN / "Pulumi.dev.yaml").read_text()
    (folder / "Pulumi.dev.yaml").write_text(text.replace("ca-central-1", "eu-west-1"))
    with pytest.raises(SettingsError, match=r"aws:region is eu-west-1.*infra-preview"):
        record_stack("dev")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("config: [", r"Pulumi.dev.yaml: line 1: .*mend the YAML"),
        ("config:\n\tfinks:owner: x\n", "mend the YAML"),
        ("", "there has to be a mapping 'config:'"),
        ("configs: {}", "there has to be a mapping 'config:'"),
        ("config:\n", "there has to be a mapping 'config:'"),
        ("config: [a]", "there has to be a mapping 'config:'"),
    ],
)
def test_a_file_that_pulumi_could_not_read_is_refused(
    folder: Path, text: str, message: str
) -> None:
    (folder / "Pulumi.dev.yaml").write_text(text)
    with pytest.raises(SettingsError, match=message):
        configuration("dev")


def test_a_file_that_is_gone_is_named(folder: Path) -> None:
    with pytest.raises(SettingsError, match=r"Pulumi.dev.yaml is not there"):
        configuration("dev")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("key", ["environment", "region"])
def test_what_pulumi_says_itself_is_no_key(folder: Path, key: str) -> None:
    changed(folder, "dev", **{key: "prod"})
    with pytest.raises(SettingsError, match=f"finks:{key} is not a key of Finks"):
        record_stack("dev")
