"""What a refusal changes, and how the configured rate comes back."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.utils.rate_limit.simulation import (
    FixedWindows,
    Journey,
    SlidingWindow,
    VirtualClock,
    limiter,
    simulate,
)
from utils.rate_limit import LimitPolicy, MemoryLog, Permit, RateLimit
from utils.rate_limit.policy import MIN_SHARE


def passing(limit: RateLimit, clock: VirtualClock, seconds: float) -> int:
    """Calls that pass within some time, each answered at once."""
    end, calls = clock.now + seconds, 0
    while clock.now < end:
        outcome = limit.try_acquire()
        if isinstance(outcome, Permit):
            limit.answered(outcome)
            calls += 1
        else:
            clock.now += min(outcome, end - clock.now) or 1e-6
    return calls


def test_a_refusal_pauses_until_the_next_minute_and_shrinks_the_rate() -> None:
    clock = VirtualClock(now=6000.0)
    limit = limiter(LimitPolicy(100), clock)
    clock.now = 6012.0
    permit = limit.acquire()

    permit.refused()

    assert limit.acquire().granted_at == pytest.approx(6060.5)
    assert passing(limit, clock, 60) < 90


def test_a_retry_after_decides_the_pause() -> None:
    clock = VirtualClock(now=6012.0)
    limit = limiter(LimitPolicy(100), clock)

    limit.acquire().refused(retry_after=7.0)

    assert limit.acquire().granted_at == pytest.approx(6019.5)


def test_refusals_of_calls_under_way_count_as_one() -> None:
    clock = VirtualClock(now=6010.0)
    logs = [MemoryLog(), MemoryLog()]
    one, many = (limiter(LimitPolicy(100), clock, log) for log in logs)
    one.acquire().refused()
    for permit in [many.acquire() for _ in range(20)]:
        permit.refused()

    shares = []
    for log in logs:
        with log.locked() as state:
            shares.append(state.share)
    assert shares == [0.75, 0.75]
    assert many.acquire().granted_at == pytest.approx(6060.5)


def test_the_configured_rate_comes_back_by_steps() -> None:
    clock = VirtualClock(now=6000.0)
    limit = limiter(LimitPolicy(200, guard=0, max_transit=0), clock)
    limit.acquire().refused(retry_after=0)
    clock.now += 0.5

    minutes = [passing(limit, clock, 60) for _ in range(6)]

    assert 150 <= minutes[0] < 180
    assert minutes == sorted(minutes)
    assert minutes[-1] == 200


def test_a_call_that_was_sent_before_the_pause_may_lengthen_it() -> None:
    clock = VirtualClock(now=6000.0)
    limit = limiter(LimitPolicy(100), clock)
    first, second = limit.acquire(), limit.acquire()

    first.refused(retry_after=5)
    second.refused(retry_after=20)
    second.refused(retry_after=1)

    assert limit.acquire().granted_at == pytest.approx(6020.5)


@pytest.mark.parametrize("allowed", [10, 100])
@pytest.mark.parametrize("server", [FixedWindows, SlidingWindow])
def test_a_limit_that_is_set_too_high_costs_few_refusals(
    allowed: int, server: type[FixedWindows] | type[SlidingWindow]
) -> None:
    """The account allows a third less than configured: most calls still pass."""
    chance = random.Random(allowed)
    clock = VirtualClock()
    outcome = simulate(
        [limiter(LimitPolicy(allowed * 3 // 2), clock)],
        clock,
        [server(allowed)],
        lambda: Journey(chance.uniform(0, 0.1), chance.uniform(0, 0.1)),
        until=clock.now + 3600,
        workers=8,
    )

    made = len(outcome.sent) - len(outcome.refused)
    assert len(outcome.refused) < len(outcome.sent) * 0.12
    assert made > 0.5 * 60 * allowed


@given(st.lists(st.floats(0, 200), max_size=30))
def test_the_share_stays_within_its_bounds_and_comes_back(pauses: list[float]) -> None:
    clock, log = VirtualClock(), MemoryLog()
    limit = limiter(LimitPolicy(50), clock, log)
    for pause in pauses:
        limit.acquire().refused(retry_after=0)
        with log.locked() as state:
            assert MIN_SHARE <= state.share <= 1
        clock.now += pause
    clock.now += 60 * 11

    assert passing(limit, clock, 1) == 50
