"""What the displays count, and the rate and the time left that they derive."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from console.tally import Tally, Wait
from tests.console.clocks import Clock


def test_calls_rows_and_retries_belong_to_their_dataset() -> None:
    tally = Tally()
    tally.begin("history", 3)
    tally.begin("quote", 1)
    with tally.counting("quote"):
        tally.retried("timed out", 1)
    with tally.counting("history"):
        pass
    tally.received("history", 250)
    tally.end("history")
    tally.end("history")
    tally.retried("of no call that is known", 1)

    history, quote = tally.snapshot().datasets
    assert (history.done, history.calls, history.rows, history.retries) == (1, 3, 250, 0)
    assert (quote.done, quote.calls, quote.rows, quote.retries) == (1, 1, 0, 1)
    assert history.ended_at is not None
    assert quote.ended_at is None


def test_beginning_again_adds_calls() -> None:
    tally = Tally()
    tally.begin("quote", 1)
    tally.begin("quote", 500)

    (quote,) = tally.snapshot().datasets
    assert quote.calls == 501


def test_more_calls_than_planned_are_no_more_than_all() -> None:
    tally = Tally()
    tally.begin("quote", 1)
    tally.called("quote")
    tally.called("quote")

    (quote,) = tally.snapshot().datasets
    assert (quote.done, quote.calls) == (2, 2)


def test_threads_lose_no_call() -> None:
    tally = Tally()
    tally.begin("history", 4000)

    def work(_: int) -> None:
        for _ in range(500):
            tally.called("history")
            tally.received("history", 2)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(work, range(8)))

    (history,) = tally.snapshot().datasets
    assert (history.done, history.rows) == (4000, 8000)


def test_the_rate_is_that_of_the_last_minute() -> None:
    clock = Clock()
    tally = Tally(clock=clock)
    tally.begin("history", 1000)
    assert tally.snapshot().calls_a_minute is None
    for _ in range(120):
        clock.now += 0.25
        tally.called("history")

    state = tally.snapshot()
    assert state.calls_a_minute == 240
    assert state.seconds_left(state.datasets[0]) == 220
    clock.now += 120
    state = tally.snapshot()
    assert state.calls_a_minute == 0
    assert state.seconds_left(state.datasets[0]) is None


def test_calls_that_the_limit_lets_pass_at_once_promise_no_higher_rate() -> None:
    clock = Clock()
    tally = Tally(300, clock=clock)
    tally.begin("history", 900)
    for _ in range(300):
        clock.now += 0.01
        tally.called("history")

    state = tally.snapshot()
    assert state.calls_a_minute == 300
    assert state.seconds_left(state.datasets[0]) == 120


def test_the_longest_wait_is_told_until_it_is_over() -> None:
    clock = Clock()
    tally = Tally(clock=clock)
    tally.begin("history", 1)
    tally.retried("the limit", 40)
    tally.retried("timed out", 2)

    clock.now += 10
    assert tally.snapshot().wait == Wait("the limit", 30)
    clock.now += 30
    assert tally.snapshot().wait is None


def test_a_wait_for_the_limit_is_no_retry_and_short_ones_are_not_shown() -> None:
    tally = Tally(clock=Clock())
    tally.begin("history", 1)
    tally.held(0.2)
    assert tally.snapshot().wait is None

    tally.held(42)
    state = tally.snapshot()
    assert state.wait == Wait("the limit of calls a minute", 42)
    assert state.retries == 0


def test_what_is_left_takes_no_less_time_than_the_wait() -> None:
    clock = Clock()
    tally = Tally(30, clock=clock)
    tally.begin("history", 40)
    for _ in range(30):
        clock.now += 0.1
        tally.called("history")
    tally.held(57)

    state = tally.snapshot()
    assert state.seconds_left(state.datasets[0]) == 57


def test_what_comes_before_any_dataset_is_no_mistake() -> None:
    tally = Tally()
    tally.called("history")
    tally.received("history", 1)
    tally.retried("timed out", 1)
    tally.end("quote")

    assert tally.snapshot().datasets == ()
