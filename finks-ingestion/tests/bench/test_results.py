from __future__ import annotations

from dataclasses import replace

import pytest

from bench.results import BARE, DLT, FINKS, Goal, Result, differing_records, figures, goals
from bench.table import render

RECORDS = {"historical_price_eod": 900, "quote": 50, "company_profile": 50}
OURS = Result(FINKS, 64, 2.0, 1.2, 100, RECORDS, 1005, 1005)
THEIRS = Result(DLT, 64, 8.0, 6.0, 200, RECORDS, 1005, 1005)
BARELY = Result(BARE, 64, 1.5, 1.0, 30, {}, 1005, 1005)


def values(*results: Result) -> dict[str, tuple[float, bool]]:
    return {goal.name: (goal.value, goal.passed) for goal in goals(figures(results))}


def test_figures_are_medians_of_the_rounds() -> None:
    rounds = [replace(OURS, process_seconds=seconds) for seconds in (9.0, 2.0, 4.0)]
    (found,) = figures(rounds)
    assert (found.rounds, found.process_seconds) == (3, 4.0)
    assert found.records_a_second == 250


def test_of_records_and_calls_the_worst_round_counts() -> None:
    worse = replace(OURS, records={"quote": 1}, calls_made=1007, calls_needed=1004)
    (found,) = figures([OURS, worse, OURS])
    assert (found.records, found.calls_made, found.calls_needed) == (1, 1007, 1004)


def test_every_goal_is_a_ratio_of_the_same_run() -> None:
    assert values(OURS, THEIRS, BARELY) == {
        "records a second over dlt's at concurrency 64": (4.0, True),
        "peak memory over dlt's at concurrency 64": (0.5, True),
        "time over the bare client's at concurrency 64": (1.2, True),
        "API calls made over needed at concurrency 64": (1.0, True),
    }


def test_a_goal_needs_both_sides() -> None:
    assert list(values(OURS)) == ["API calls made over needed at concurrency 64"]
    at_eight = [replace(result, concurrency=8) for result in (OURS, BARELY)]
    assert list(values(*at_eight)) == ["API calls made over needed at concurrency 8"]


@pytest.mark.parametrize(
    ("comparison", "value", "passed"),
    [
        ("at least", 3.0, True),
        ("at least", 2.99, False),
        ("at most", 3.0, True),
        ("at most", 3.01, False),
        ("exactly", 3.0, True),
        ("exactly", 3.001, False),
    ],
)
def test_bounds(comparison: str, value: float, passed: bool) -> None:
    goal = Goal("x", value, comparison, 3)  # type: ignore[arg-type]
    assert goal.passed is passed


def test_different_records_are_told_with_the_contender() -> None:
    assert differing_records([OURS, THEIRS, BARELY]) == ""
    fewer = replace(THEIRS, records=RECORDS | {"quote": 49})
    assert "dlt_pipeline: {'historical_price_eod': 900, 'quote': 49" in differing_records(
        [OURS, fewer]
    )


def test_the_table_names_every_contender_and_every_goal() -> None:
    table = figures([OURS, replace(THEIRS, process_seconds=4.0), BARELY])
    text = render(table, goals(table))
    assert "this connector" in text
    assert "bare client" in text
    assert "MISS  records a second over dlt's at concurrency 64" in text
    assert "2.00  (at least 3)" in text
