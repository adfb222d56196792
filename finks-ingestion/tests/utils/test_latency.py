from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from utils.latency import LatencySnapshot, LatencyStatistic


def test_without_a_call_all_figures_are_zero() -> None:
    assert LatencyStatistic().snapshot() == LatencySnapshot(0, 0, 0, 0)


@given(st.lists(st.floats(min_value=0, max_value=3600), min_size=1))
def test_the_figures_are_those_of_the_calls(latencies: list[float]) -> None:
    statistic = LatencyStatistic()
    for seconds in latencies:
        statistic.add(seconds)
    found = statistic.snapshot()
    assert found.count == len(latencies)
    assert found.total == pytest.approx(sum(latencies))
    assert (found.minimum, found.maximum) == (min(latencies), max(latencies))


def test_no_call_of_any_thread_is_lost() -> None:
    statistic = LatencyStatistic()

    def calls(thread: int) -> None:
        for _ in range(2000):
            statistic.add(thread)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(calls, range(1, 9)))
    assert statistic.snapshot() == LatencySnapshot(16_000, 72_000, 1, 8)


def test_a_snapshot_stays_as_it_was() -> None:
    statistic = LatencyStatistic()
    statistic.add(1)
    before = statistic.snapshot()
    statistic.add(2)
    assert before == LatencySnapshot(1, 1, 1, 1)
