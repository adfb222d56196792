from __future__ import annotations

import re

from runner.__main__ import PROJECT_DIR
from runner.contract import contract, model_columns, source_columns

SELECTED = re.compile(r"^    (?:(\w+),?|(\w+) as \w+,)$", re.MULTILINE)


def test_sources_name_the_columns_that_staging_reads() -> None:
    models = PROJECT_DIR / "models/staging/fmp"
    for table, model in (
        ("fmp_quotes", "stg_fmp_quotes"),
        ("fmp_company_profiles", "stg_fmp_company_profile"),
    ):
        sql = (models / f"{model}.sql").read_text().rsplit("\n)\n", 1)[1]
        read = {match[1] or match[2] for match in SELECTED.finditer(sql)}
        assert read == set(source_columns(PROJECT_DIR)[table]), table


def test_documented_columns_are_those_of_the_model() -> None:
    sql = (PROJECT_DIR / "models/marts/finance/daily_portfolio_summary.sql").read_text()
    written = [match[1] for match in SELECTED.finditer(sql.split("\nselect\n", 1)[1])]
    assert written == list(model_columns(PROJECT_DIR)["daily_portfolio_summary"])


def test_contract_names_what_others_rely_on() -> None:
    made = contract(PROJECT_DIR)
    assert made["container"]["entry_point"] == ["python", "-m", "runner"]
    assert {"START_DATE", "RUN_ID"} <= set(made["container"]["environment"]["optional"])
    assert (PROJECT_DIR / f"tests/dbt/{made['blocked_test'].split('.')[2]}.sql").is_file()
