"""How often and how long calls are repeated, on a clock that only sleeping moves."""

from __future__ import annotations

import pytest

from connectors.errors import AccountError, TransientSourceError
from connectors.fmp.errors import RateLimitedError, UnreachableError
from connectors.fmp.retries import MAX_RATE_LIMIT_WAITS, RetryPolicy


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0
        self.naps: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += seconds


class Source:
    """Fails as listed, then answers."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "data"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def policy(clock: Clock) -> RetryPolicy:
    return RetryPolicy(60, sleep=clock.sleep, clock=clock, wall_clock=clock)


def test_transient_errors_are_retried(policy: RetryPolicy, clock: Clock) -> None:
    source = Source(TransientSourceError("a"), TransientSourceError("b"))

    assert policy.call(source) == "data"
    assert (source.calls, policy.retries, len(clock.naps)) == (3, 2, 2)


def test_permanent_errors_are_not(policy: RetryPolicy) -> None:
    source = Source(AccountError("no"))

    with pytest.raises(AccountError):
        policy.call(source)
    assert source.calls == 1


def test_a_failing_source_is_given_up_within_the_budget(policy: RetryPolicy, clock: Clock) -> None:
    source = Source(*[TransientSourceError("down")] * 1000)

    with pytest.raises(TransientSourceError):
        policy.call(source)
    assert 40 < clock.now - 1000 <= 60

    calls = source.calls
    with pytest.raises(TransientSourceError):
        policy.call(source)
    assert source.calls == calls + 1, "the budget is the source's, not the call's"


def test_a_refused_connection_gets_a_quarter(policy: RetryPolicy, clock: Clock) -> None:
    source = Source(*[UnreachableError("refused", refused=True)] * 1000)

    with pytest.raises(UnreachableError):
        policy.call(source)
    assert 5 < clock.now - 1000 <= 15


def test_a_success_gives_the_budget_back_but_not_without_end(
    policy: RetryPolicy, clock: Clock
) -> None:
    for _ in range(20):
        with pytest.raises(TransientSourceError):
            policy.call(Source(*[TransientSourceError("bad symbol")] * 1000))
        assert policy.call(Source()) == "data"
    assert clock.now - 1000 <= 5 * 60


def test_a_used_up_minute_is_waited_for(policy: RetryPolicy, clock: Clock) -> None:
    clock.now = 60 * 20 + 12.0

    assert policy.call(Source(RateLimitedError("limit"))) == "data"
    assert clock.naps == [48.5]


def test_waiting_for_minutes_ends(policy: RetryPolicy, clock: Clock) -> None:
    with pytest.raises(RateLimitedError):
        policy.call(Source(*[RateLimitedError("limit")] * 1000))
    assert len(clock.naps) == MAX_RATE_LIMIT_WAITS
