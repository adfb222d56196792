"""How often and how long calls are repeated, on a clock that only sleeping moves."""

from __future__ import annotations

import logging
import re

import pytest

from connectors.errors import (
    AccountError,
    DeadlineError,
    GivenUpError,
    RateLimitedError,
    TransientSourceError,
    UnreachableError,
)
from connectors.retries import (
    FIRST_WAIT,
    LONGEST_WAIT,
    MAX_ATTEMPTS,
    MAX_RATE_LIMIT_WAITS,
    PROBES,
    RetryPolicy,
)


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
    return RetryPolicy(60, sleep=clock.sleep, clock=clock)


def test_transient_errors_are_retried(policy: RetryPolicy, clock: Clock) -> None:
    source = Source(TransientSourceError("a"), TransientSourceError("b"))

    assert policy.call(source) == "data"
    assert (source.calls, policy.retries, len(clock.naps)) == (3, 2, 2)


def test_permanent_errors_are_not(policy: RetryPolicy) -> None:
    source = Source(AccountError("no"))

    with pytest.raises(AccountError):
        policy.call(source)
    assert source.calls == 1


def down(times: int = 1000) -> Source:
    return Source(*[TransientSourceError("down")] * times)


def test_waits_are_drawn_from_a_range_that_doubles(clock: Clock) -> None:
    """Full jitter: many clients of a server that comes back do not come all at once."""
    waits: dict[int, list[float]] = {}
    for _ in range(300):
        patient = RetryPolicy(10_000, sleep=clock.sleep, clock=clock)
        clock.naps.clear()
        with pytest.raises(TransientSourceError):
            patient.call(down())
        for number, nap in enumerate(clock.naps):
            waits.setdefault(number, []).append(nap)
    assert len(waits) == MAX_ATTEMPTS - 1
    for number, drawn in waits.items():
        bound = min(LONGEST_WAIT, FIRST_WAIT * 2**number)
        assert 0 <= min(drawn) < bound * 0.1
        assert bound * 0.9 < max(drawn) <= bound


def test_the_wait_that_the_source_asks_for_is_kept(policy: RetryPolicy, clock: Clock) -> None:
    assert policy.call(Source(TransientSourceError("busy", retry_after=7))) == "data"
    assert clock.naps == [7]


def test_one_call_that_fails_is_given_up_and_others_go_on(policy: RetryPolicy) -> None:
    """Whatever the number of threads: the source is there, as the calls between show."""
    for _ in range(50):
        bad = down()
        with pytest.raises(TransientSourceError):
            policy.call(bad)
        assert bad.calls <= MAX_ATTEMPTS
        assert policy.call(Source()) == "data"


def test_a_source_that_is_dead_is_given_up(policy: RetryPolicy, clock: Clock) -> None:
    sources = [down() for _ in range(100)]
    for source in sources:
        with pytest.raises(TransientSourceError, match="down") as raised:
            policy.call(source)
        assert isinstance(raised.value, GivenUpError) == (not source.calls)
    assert clock.now - 1000 <= 60, "the patience is the source's, not the call's"
    asked = [source for source in sources if source.calls]
    assert PROBES < len(asked) < 30, "the others fail without being asked"


def test_a_source_that_comes_back_is_asked_again(policy: RetryPolicy, clock: Clock) -> None:
    with pytest.raises(TransientSourceError):
        policy.call(down())
    clock.now += 60
    with pytest.raises(TransientSourceError):
        policy.call(down())
    assert policy.call(Source()) == "data"
    assert policy.call(down(2)) == "data", "with new patience"


def test_a_refused_connection_gets_a_quarter(policy: RetryPolicy, clock: Clock) -> None:
    while clock.now < 1015:
        refused = Source(*[UnreachableError("refused", refused=True)] * 1000)
        with pytest.raises((UnreachableError, GivenUpError), match="refused"):
            policy.call(refused)
        if not refused.calls:
            break
    assert clock.now <= 1015


def test_a_limit_is_waited_for_elsewhere_but_not_without_end(
    policy: RetryPolicy, clock: Clock
) -> None:
    source = Source(*[RateLimitedError("limit")] * 1000)
    with pytest.raises(RateLimitedError):
        policy.call(source)
    assert source.calls == MAX_RATE_LIMIT_WAITS + 1
    assert clock.naps == []


def test_no_call_begins_after_the_deadline(clock: Clock) -> None:
    policy = RetryPolicy(1000, deadline=1003, sleep=clock.sleep, clock=clock)
    with pytest.raises(TransientSourceError):
        policy.call(Source(*[TransientSourceError("slow", retry_after=2)] * 9))
    assert clock.now == 1002, "a wait beyond the deadline is not begun"

    clock.now = 1004
    source = Source()
    with pytest.raises(DeadlineError, match="RUN_DEADLINE_SECONDS"):
        policy.call(source)
    assert source.calls == 0


def test_a_warning_says_what_failed_and_leaves_the_remedy_to_the_end(
    policy: RetryPolicy, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        policy.call(Source(TransientSourceError("it is down; run again later")))

    (warning,) = caplog.messages
    assert re.fullmatch(r"it is down; trying again in \d\.\d s", warning)
