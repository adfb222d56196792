"""Calls that bring days of the whole market: which there are, and what one that fails costs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pyarrow as pa
import pytest

from connectors.answers import Answer
from connectors.coverage import Coverage
from connectors.datasets import Dataset
from connectors.endpoints import Ask, Endpoint
from connectors.errors import TransientSourceError
from connectors.fmp.schemas import Bar
from tests.connectors.test_plan import FEBRUARY, TODAY, day, plan
from utils.arrow import record_schema
from utils.dates import Window

ERROR = TransientSourceError("oops")


def _span(_symbols: Sequence[str], window: Window) -> dict[str, str]:
    return {"from": str(window.start), "to": str(window.end)}


DAILY = Endpoint("daily", _span, batch=None, days=1)
WEEKLY = Endpoint("weekly", _span, batch=None, days=7)
HISTORY = Endpoint("history", _span)
MARKET = Dataset("market", Bar, (DAILY,), date_field="date")


@pytest.mark.parametrize(("endpoint", "calls"), [(DAILY, 12), (WEEKLY, 2)])
def test_each_span_is_a_request_of_its_own(endpoint: Endpoint, calls: int) -> None:
    requests = endpoint.requests(Ask(("AAPL", "IBM"), FEBRUARY))

    assert [r.symbols for r in requests] == [("AAPL", "IBM")] * calls
    assert [len(r.calls) for r in requests] == [1] * calls
    assert (requests[0].window.start, requests[-1].window.end) == (FEBRUARY.start, FEBRUARY.end)


def test_spans_that_nobody_wants_need_no_call() -> None:
    wanted, ask = {day(11), day(21), day(22)}, Ask(("IBM",), FEBRUARY)

    assert [r.window.start for r in DAILY.requests(ask, wanted)] == sorted(wanted)
    assert len(WEEKLY.requests(ask, {day(22)})) == 1
    assert len(HISTORY.requests(ask, wanted)) == 1


@pytest.mark.parametrize(
    ("endpoints", "restated"), [((DAILY, HISTORY), ()), ((HISTORY, DAILY), ("close",))]
)
def test_where_the_frame_cannot_use_them_they_are_refused(
    endpoints: tuple[Endpoint, ...], restated: tuple[str, ...]
) -> None:
    with pytest.raises(ValueError, match="has to be the last"):
        Dataset("market", Bar, endpoints, date_field="date", restated=restated)


def coverage_of(*records: tuple[str, date]) -> Coverage:
    coverage = Coverage(MARKET, plan(), TODAY)
    schema = record_schema(Bar)
    rows = [dict.fromkeys(schema.names) | {"symbol": s, "date": d} for s, d in records]
    coverage.take(Answer(("AAPL", "IBM"), pa.Table.from_pylist(rows, schema)))
    return coverage


def test_a_span_that_fails_says_nothing_of_its_dates() -> None:
    coverage = coverage_of(("AAPL", day(11)), ("AAPL", day(22)), ("IBM", day(11)))
    coverage.fail(("AAPL", "IBM"), ERROR, Window(day(12), day(14)))
    coverage.fail(("IBM",), ERROR, Window(day(22), day(22)))

    assert coverage.failed == {}
    assert list(coverage.dates_failed) == [day(12), day(13), day(14), day(22)]
    assert coverage.without_records == [day(15), day(19), day(20), day(21)]
    assert [coverage.failed_on(day(n)) for n in (11, 22)] == [set(), {"IBM"}]
    assert coverage.empty(day(22)) == coverage.unexplained(day(22)) == []


def test_a_failure_of_all_dates_is_one_of_the_symbols() -> None:
    coverage = coverage_of()
    coverage.fail(("IBM",), ERROR, Window(day(1), day(28)))

    assert (coverage.failed, coverage.dates_failed) == ({"IBM": ERROR}, {})
