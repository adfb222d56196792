"""prefect.yaml and the contract say what the code does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from prefect.flows import load_flow_from_entrypoint

import contract

PROJECT = Path(__file__).resolve().parents[1]


def test_every_deployment_has_a_flow_and_its_published_name() -> None:
    deployments = yaml.safe_load((PROJECT / "prefect.yaml").read_text())["deployments"]
    names = {
        f"{load_flow_from_entrypoint(str(PROJECT / entry['entrypoint'])).name}/{entry['name']}"
        for entry in deployments
    }
    assert names == {
        "daily-pipeline/daily",
        "ingestion/manual",
        "transformation/manual",
        "stack-check/check",
    }


def test_the_contract_is_json_of_this_environment(capsys: pytest.CaptureFixture[str]) -> None:
    contract.main()
    printed = json.loads(capsys.readouterr().out)
    assert printed["glue"]["arguments"] == ["--END_DATE", "--RUN_ID", "--START_DATE"]
    assert printed["ingestion"]["exit_codes"]["incomplete"] == 4
    assert printed["silver"]["fmp_quotes"]["files"] == "fmp_quotes/date=2013-03-01/run=r1/"
    assert printed["buckets"]["bronze"] == "finks-local-bronze"
