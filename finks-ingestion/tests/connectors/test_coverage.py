"""What a run has got, and what that says of each date and symbol."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.answers import Answer, Refusal
from connectors.coverage import Absence, Coverage
from connectors.errors import RequestError
from connectors.fmp.datasets import HISTORICAL_PRICE_EOD, QUOTES
from connectors.fmp.schemas import Bar, Quote
from connectors.plan import Plan
from tests.connectors.test_plan import TODAY, day, manifest, plan
from utils.arrow import record_schema
from utils.dates import Window

FIXED = settings(derandomize=True, database=None, deadline=None, max_examples=80)
ERROR = RequestError("oops")
WEEK = Window(day(11), day(15))
NAMES = ("AAPL", "IBM", "MSFT")


def covering(symbols: Sequence[str] = NAMES, planned: Plan | None = None) -> Coverage:
    planned = planned or plan(symbols=tuple(symbols), asked=WEEK)
    return Coverage(HISTORICAL_PRICE_EOD, planned, TODAY)


def answer(asked: Sequence[str], records: Sequence[tuple[str, date]], *refused: Refusal) -> Answer:
    schema = record_schema(Bar)
    rows = [dict.fromkeys(schema.names) | {"symbol": s, "date": d} for s, d in records]
    return Answer(tuple(asked), pa.Table.from_pylist(rows, schema), list(refused))


def test_rows_of_planned_dates_alone_are_kept() -> None:
    """Those beside them are of the overlap, or of a day on which nobody should have traded."""
    coverage = covering()
    records = [("IBM", day(n)) for n in (8, 11, 15, 18)]

    kept = coverage.take(answer(["IBM"], records))

    assert kept["date"].to_pylist() == [day(11), day(15)]
    assert coverage.unplanned_days == {day(8): 1, day(18): 1}
    assert coverage.dates == [day(11), day(15)]
    assert coverage.without_records == [day(12), day(13), day(14)]


def test_rows_of_later_answers_are_not_filtered_by_earlier_ones() -> None:
    coverage = covering()
    coverage.take(answer(["IBM"], [("IBM", day(8))]))

    kept = coverage.take(answer(["AAPL"], [("AAPL", day(11)), ("AAPL", day(12))]))

    assert len(kept) == 2


def test_a_symbol_may_have_a_good_and_a_refused_record_of_one_day() -> None:
    coverage = covering()
    coverage.take(answer(["IBM"], [("IBM", day(11))], Refusal("bad", None, "IBM", day(11))))

    assert coverage.received(day(11)) == coverage.rejected(day(11)) == ["IBM"]
    assert (coverage.refused, coverage.harmful_refusals) == (1, 1)


def test_a_repetition_takes_nothing_away() -> None:
    coverage = covering()
    again = Refusal("repeats", None, "IBM", day(11), harmless=True)
    coverage.take(answer(["IBM"], [("IBM", day(11))], again))

    assert coverage.rejected(day(11)) == []
    assert (coverage.refused, coverage.harmful_refusals) == (1, 0)


def test_refusals_make_a_date_as_far_as_they_are_placed() -> None:
    coverage = covering()
    coverage.take(
        answer(
            NAMES,
            [],
            Refusal("no symbol", None, None, day(12)),
            Refusal("no day", None, "IBM", None),
            Refusal("not asked for", None, "IBM", day(28)),
        )
    )
    assert coverage.dates == []
    assert coverage.undated_refusals

    coverage.take(answer(["AAPL"], [], Refusal("bad", None, "AAPL", day(13))))
    assert coverage.dates == [day(13)]
    assert coverage.rejected(day(13)) == ["AAPL"]


def test_who_is_absent_without_a_reason() -> None:
    coverage = covering()
    coverage.take(answer(["AAPL"], [("AAPL", day(n)) for n in range(11, 16)]))
    coverage.take(answer(["IBM"], [("IBM", day(14))]))
    coverage.take(answer(["MSFT"], []))

    assert coverage.without_any == ["MSFT"]
    assert coverage.empty(day(13)) == ["IBM", "MSFT"]
    assert coverage.unexplained(day(13)) == ["MSFT"], "IBM's first day came later"
    assert coverage.unexplained(day(15)) == ["IBM", "MSFT"], "IBM was traded before"

    coverage.absence = Absence(listed={"MSFT": day(14)})
    assert coverage.unexplained(day(13)) == []


def test_a_bar_before_the_planned_dates_proves_that_a_symbol_is_traded() -> None:
    """The overlap brings it."""
    coverage = covering(["IBM", "AAPL"])
    coverage.take(answer(["AAPL"], [("AAPL", day(11))]))
    coverage.take(answer(["IBM"], [("IBM", day(8))]))

    assert coverage.without_any == []
    assert coverage.unexplained(day(11)) == ["IBM"]


def test_a_refused_record_is_not_nothing() -> None:
    coverage = covering(["IBM"])
    coverage.take(answer(["IBM"], [], Refusal("bad", None, "IBM", None)))

    assert coverage.without_any == []


def test_a_failed_symbol_is_neither_empty_nor_absent() -> None:
    coverage = covering(["AAPL", "IBM"])
    coverage.take(answer(["AAPL"], [("AAPL", day(11))]))
    coverage.fail(["IBM"], ERROR)
    coverage.fail(["IBM"], RequestError("later"))

    assert coverage.empty(day(11)) == coverage.unexplained(day(11)) == coverage.without_any == []
    assert coverage.failed == {"IBM": ERROR}, "the first reason stays"


def test_days_after_the_last_record_may_still_come() -> None:
    coverage = covering(["IBM"])
    coverage.take(answer(["IBM"], [("IBM", day(12))]))

    assert coverage.without_records == [day(11), day(13), day(14), day(15)]
    assert coverage.pending == [day(13), day(14), day(15)]


def test_days_before_a_complete_one_do_not_come_any_more() -> None:
    planned = plan(manifest(15), symbols=("IBM",), asked=WEEK)
    coverage = covering(planned=planned)
    coverage.take(answer(["IBM"], [("IBM", day(12))]))

    assert coverage.pending == []


def test_where_nobody_is_listed_nothing_is_pending() -> None:
    coverage = covering(["IBM"])
    coverage.take(answer(["IBM"], []))
    assert coverage.pending == list(WEEK.days())

    coverage.absence = Absence(listed={"IBM": day(18)})
    assert coverage.pending == []


def test_observations_are_of_today() -> None:
    planned = plan(symbols=NAMES, asked=Window(TODAY, TODAY), dataset=QUOTES)
    coverage = Coverage(QUOTES, planned, TODAY)
    schema = record_schema(Quote)
    records = [
        dict.fromkeys(schema.names) | {"symbol": s, "timestamp": n, "price": 1}
        for s, n in (("AAPL", 1), ("AAPL", 2), ("IBM", 1))
    ]
    rows = pa.Table.from_pylist(records, schema)

    assert coverage.take(Answer(NAMES, rows)).equals(rows)
    assert coverage.received(TODAY) == ["AAPL", "IBM"]
    assert coverage.without_any == coverage.unexplained(TODAY) == ["MSFT"]


RECORDS = st.lists(
    st.tuples(st.sampled_from(NAMES), st.dates(day(8), day(19))), unique=True, max_size=20
)


@FIXED
@given(records=RECORDS, failed=st.sets(st.sampled_from(NAMES)), batched=st.booleans())
def test_every_symbol_is_in_one_state_on_every_date(
    records: list[tuple[str, date]], failed: set[str], batched: bool
) -> None:
    """However the records come: one symbol at a time, or all together."""
    coverage = covering()
    answered = [s for s in NAMES if s not in failed]
    good = [(s, d) for s, d in records if s not in failed]
    groups = [answered] if batched else [[s] for s in answered]
    kept = 0
    for group in groups:
        kept += len(coverage.take(answer(group, [(s, d) for s, d in good if s in group])))
    coverage.fail(sorted(failed), ERROR)

    planned = [(s, d) for s, d in good if d in WEEK]
    assert kept == len(planned)
    assert sum(coverage.unplanned_days.values()) == len(good) - kept
    assert coverage.dates == sorted({d for _, d in planned})
    assert coverage.symbols_received == {s for s, _ in planned}
    assert set(coverage.without_any) == set(answered) - {s for s, _ in good}
    for moment in coverage.dates:
        received, empty = coverage.received(moment), coverage.empty(moment)
        assert received == sorted(s for s, d in planned if d == moment)
        assert sorted([*received, *empty, *coverage.failed_on(moment)]) == list(NAMES)
        assert set(coverage.unexplained(moment)) <= set(empty)
    assert set(coverage.pending) <= set(coverage.without_records)
