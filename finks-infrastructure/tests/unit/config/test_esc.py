"""The ESC environments: they log in by OIDC, set only what the stack knows, and hold no secret."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from blueprint.names import PROJECT, REGION
from config.settings import parse

INFRASTRUCTURE = Path(__file__).resolve().parents[3]
STACKS = ("dev", "staging", "prod")


def values_of(stack: str) -> dict[str, Any]:
    document = yaml.safe_load((INFRASTRUCTURE / "esc" / f"{stack}.yaml").read_text())
    assert set(document) == {"values"}
    values: dict[str, Any] = document["values"]
    return values


def looked_up(values: dict[str, Any], reference: str) -> object:
    """What `${a.b}` stands for; the result of a login is known by its keys alone."""
    path = re.fullmatch(r"\$\{([\w.]+)\}", reference)
    assert path, reference
    found: Any = values
    for part in path[1].split("."):
        if "fn::open::aws-login" in found:
            assert part in {"accessKeyId", "secretAccessKey", "sessionToken"}
            return part
        found = found[part]
    return found


def test_every_stack_on_aws_has_one() -> None:
    found = {file.stem for file in (INFRASTRUCTURE / "esc").glob("*.yaml")}
    stacks = {file.name.split(".")[1] for file in INFRASTRUCTURE.glob("Pulumi.*.yaml")}
    assert found == stacks - {"local"} == set(STACKS)


@pytest.mark.parametrize("stack", STACKS)
def test_it_logs_in_with_the_role_of_its_own_stack(stack: str) -> None:
    oidc = values_of(stack)["aws"]["login"]["fn::open::aws-login"]["oidc"]
    assert re.fullmatch(rf"arn:aws:iam::\d{{12}}:role/{PROJECT}-{stack}-esc", oidc["roleArn"])
    assert oidc["sessionName"] == f"{PROJECT}-{stack}"
    assert "currentEnvironment.name" in oidc["subjectAttributes"]
    assert re.fullmatch(r"\d+[hm]", oidc["duration"])


@pytest.mark.parametrize("stack", STACKS)
def test_every_reference_leads_somewhere(stack: str) -> None:
    values = values_of(stack)
    texts = [*values["environmentVariables"].values(), *values["pulumiConfig"].values()]
    references = [text for text in texts if text.startswith("${")]
    assert len(references) == 4
    assert all(looked_up(values, reference) is not None for reference in references)
    assert values["environmentVariables"]["AWS_SECRET_ACCESS_KEY"] == (
        "${aws.login.secretAccessKey}"
    )


@pytest.mark.parametrize("stack", STACKS)
def test_its_configuration_is_one_that_the_stack_knows(stack: str) -> None:
    config = values_of(stack)["pulumiConfig"]
    assert config["aws:region"] == REGION
    given = yaml.safe_load((INFRASTRUCTURE / f"Pulumi.{stack}.yaml").read_text())["config"]
    prefix = f"{PROJECT}:"
    merged = {
        key.removeprefix(prefix): value
        for key, value in {**config, **given}.items()
        if key.startswith(prefix)
    }
    assert parse(stack, merged).fmp_api_key == "${fmp.apiKey}"


@pytest.mark.parametrize("stack", STACKS)
def test_the_key_in_the_file_is_a_placeholder_and_secret(stack: str) -> None:
    assert values_of(stack)["fmp"]["apiKey"] == {"fn::secret": "REPLACE-WITH-PULUMI-ENV-SET"}
