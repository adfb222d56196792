"""The command that prints this project's side of the contracts."""

from __future__ import annotations

import json

import pytest

from connectors.__main__ import main
from tests.conftest import Extract, Lake


def test_the_contract_is_what_a_run_writes(
    extract: Extract, lake: Lake, capsys: pytest.CaptureFixture[str]
) -> None:
    extract(EXTRACTION_DATE="2013-03-01", RUN_ID="run-1")
    assert main(["contract"]) == 0
    contract = json.loads(capsys.readouterr().out)

    assert set(contract["datasets"]) == {"historical_price_eod", "quote", "company_profile"}
    for name, dataset in contract["datasets"].items():
        schema = lake.table(f"fmp/{name}/run=run-1/part-00000.parquet").schema
        assert [[f.name, str(f.type)] for f in schema] == dataset["columns"]
        manifest = lake.manifest(name, "2013-03-01")
        assert list(manifest) == contract["bronze"]["manifest_fields"]
        assert list(manifest["files"][0]) == contract["bronze"]["manifest_file_fields"]
    assert contract["exit_codes"] == {
        "complete": 0,
        "bad_configuration": 2,
        "permanent_source_error": 3,
        "incomplete": 4,
        "transient_error": 5,
        "interrupted": 6,
    }
    assert contract["environment"]["required"] == ["FMP_API_KEY", "S3_BUCKET"]
