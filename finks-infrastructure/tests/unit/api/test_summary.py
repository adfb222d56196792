"""The summary against Athena of the local cloud, on an Iceberg table like that of dbt."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Callable

import pytest

from api import handler as entry
from tests.unit.api.conftest import Answer, Gold

Ask = Callable[..., Answer]

COLUMNS = {
    "portfolio_id": "varchar",
    "date": "date",
    "market_value": "decimal(18,6)",
    "cost_basis": "decimal(18,6)",
    "unrealized_pnl": "decimal(18,6)",
    "daily_pnl": "decimal(18,6)",
    "daily_return": "double",
    "cumulative_return": "double",
    "drawdown": "double",
    "volatility_20d": "double",
    "position_count": "integer",
    "top_symbol": "varchar",
    "top_weight": "double",
}
DAYS = (
    "('growth', date '2013-02-27', 100.5, 90, 10.5, null, null, 0, 0, null, 2, 'AAPL', 0.6)",
    "('growth', date '2013-02-28', 110.000001, 90, 20.000001, 9.500001, 0.0945, 0.0945, 0,"
    " 0.21, 2, 'AAPL', 0.625)",
    "('growth', date '2013-03-01', 99, 90, 9, -11.000001, -0.1, -0.015, -0.1, 0.3, 1, 'MSFT', 1)",
    "('income', date '2013-02-28', 7, 7, 0, 0, 0, 0, 0, null, 1, 'IBM', 1)",
)


@pytest.fixture
def filled(gold: Gold) -> Gold:
    selected = ", ".join(f'cast("{name}" as {kind}) as "{name}"' for name, kind in COLUMNS.items())
    names = ", ".join(f'"{name}"' for name in COLUMNS)
    gold.run(
        "create table daily_portfolio_summary with (table_type='iceberg', is_external=false,"
        f" location='{gold.location}/{uuid.uuid4().hex}', format='parquet') as"
        f" select {selected} from (values {', '.join(DAYS)}) v({names})"
    )
    return gold


@pytest.mark.usefixtures("filled")
def test_figures_of_the_days_asked_for_in_order(summary_of: Ask) -> None:
    answer = summary_of("growth", **{"from": "2013-02-28", "to": "2013-03-01"})
    assert answer.status == 200, answer.body
    assert {key: answer.body[key] for key in ("portfolio_id", "from", "to", "currency")} == {
        "portfolio_id": "growth",
        "from": "2013-02-28",
        "to": "2013-03-01",
        "currency": "USD",
    }
    assert [day["date"] for day in answer.body["days"]] == ["2013-02-28", "2013-03-01"]
    assert answer.body["days"][0] == {
        "date": "2013-02-28",
        "market_value": "110.000001",
        "cost_basis": "90.000000",
        "unrealized_pnl": "20.000001",
        "daily_pnl": "9.500001",
        "daily_return": 0.0945,
        "cumulative_return": 0.0945,
        "drawdown": 0.0,
        "volatility_20d": 0.21,
        "position_count": 2,
        "top_symbol": "AAPL",
        "top_weight": 0.625,
    }


@pytest.mark.usefixtures("filled")
def test_what_is_null_in_gold_is_null(summary_of: Ask) -> None:
    (day,) = summary_of("growth", **{"from": "2013-02-27", "to": "2013-02-27"}).body["days"]
    assert [name for name, value in day.items() if value is None] == [
        "daily_pnl",
        "daily_return",
        "volatility_20d",
    ]


@pytest.mark.usefixtures("filled")
def test_another_portfolio_or_another_year_has_no_days(summary_of: Ask) -> None:
    for portfolio, year in (("unknown", "2013"), ("growth", "2012")):
        answer = summary_of(portfolio, **{"from": f"{year}-01-01", "to": f"{year}-12-31"})
        assert (answer.status, answer.body["days"]) == (200, [])


def test_more_rows_than_a_page_of_athena_holds(gold: Gold, summary_of: Ask) -> None:
    figures = ", ".join(
        f'cast(0 as {kind}) as "{name}"'
        for name, kind in COLUMNS.items()
        if name not in {"portfolio_id", "date"}
    )
    gold.run(
        "create table daily_portfolio_summary with (table_type='iceberg', is_external=false,"
        f" location='{gold.location}/{uuid.uuid4().hex}', format='parquet') as"
        f" select 'growth' as portfolio_id, d as \"date\", {figures} from"
        " unnest(sequence(date '2009-01-01', date '2012-12-31', interval '1' day)) t(d)"
    )
    days = summary_of("growth", **{"from": "2009-01-01", "to": "2012-12-31"}).body["days"]
    assert len(days) == 1461
    assert (days[0]["date"], days[-1]["date"]) == ("2009-01-01", "2012-12-31")


@pytest.mark.usefixtures("gold")
def test_a_table_that_is_not_there_is_our_failure_and_names_nothing(
    summary_of: Ask, caplog: pytest.LogCaptureFixture
) -> None:
    answer = summary_of("growth", **{"from": "2013-02-27", "to": "2013-02-27"})
    assert answer.status == 502
    assert answer.body == {
        "error": {"code": "query_failed", "message": "the figures cannot be read now"}
    }
    # What Athena said is in the log.
    (record,) = [record for record in caplog.records if record.name == "finks.api"]
    assert record.levelname == "ERROR"
    assert "daily_portfolio_summary" in vars(record)["detail"]


def test_a_query_that_takes_too_long_is_stopped(
    filled: Gold, summary_of: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped: list[str] = []

    class Slow:
        """Athena that never finishes; the query itself is the real one."""

        def __getattr__(self, name: str) -> object:
            return getattr(filled.athena, name)

        def get_query_execution(self, **_: str) -> dict[str, object]:
            return {"QueryExecution": {"Status": {"State": "RUNNING"}}}

        def stop_query_execution(self, QueryExecutionId: str) -> None:  # noqa: N803 (boto3's)
            stopped.append(QueryExecutionId)

    short = dataclasses.replace(filled.settings, query_seconds=0.05)
    monkeypatch.setattr(entry, "_athena", Slow)
    monkeypatch.setattr(entry, "_settings", lambda: short)
    answer = summary_of("growth", **{"from": "2013-02-27", "to": "2013-02-27"})
    assert (answer.status, answer.body["error"]["code"]) == (504, "query_timeout")
    assert len(stopped) == 1
