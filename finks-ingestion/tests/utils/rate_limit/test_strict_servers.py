"""No refusal by servers that count strictly, at 97 % and more of what they allow."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.utils.rate_limit.simulation import (
    FixedWindows,
    Journey,
    SlidingWindow,
    VirtualClock,
    limiter,
    simulate,
    utilisation,
)
from utils.rate_limit import FileLog, LimitPolicy

PLANS = (5, 60, 300, 750, 3000)
WINDOWS = 12


def strict(calls: int, phase: float) -> list[FixedWindows | SlidingWindow]:
    return [FixedWindows(calls, phase=phase), SlidingWindow(calls)]


@pytest.mark.parametrize("calls", PLANS)
@pytest.mark.parametrize(
    ("out", "back"),
    [
        ((0.0, 0.0), (0.001, 0.001)),
        ((0.005, 0.05), (0.02, 0.3)),
        ((0.01, 1.19), (0.0, 0.2)),
        ((0.05, 0.4), (2.0, 9.0)),  # a slow server, and a way to it that is not
    ],
    ids=["local", "usual", "jitter", "slow"],
)
def test_full_speed_without_one_refusal(
    calls: int, out: tuple[float, float], back: tuple[float, float]
) -> None:
    chance = random.Random(f"{calls}{out}{back}")
    clock = VirtualClock()
    outcome = simulate(
        [limiter(LimitPolicy(calls), clock)],
        clock,
        strict(calls, phase=chance.uniform(0, 60)),
        lambda: Journey(chance.uniform(*out), chance.uniform(*back)),
        until=clock.now + WINDOWS * 61.4,
        workers=max(16, calls // 4),
        drift=5e-4,
    )

    reached = utilisation(outcome.sent, calls)
    print(f"{calls} calls a minute: {reached:.2%}, {len(outcome.refused)} refused")  # noqa: T201
    assert outcome.refused == []
    assert 0.97 <= reached <= 1


@pytest.mark.parametrize("calls", [60, 750])
def test_processes_share_one_limit(calls: int, tmp_path: Path) -> None:
    chance = random.Random(calls)
    clock = VirtualClock()
    logs = [FileLog(tmp_path / "calls") for _ in range(4)]
    outcome = simulate(
        [limiter(LimitPolicy(calls), clock, log) for log in logs],
        clock,
        strict(calls, phase=17.0),
        lambda: Journey(chance.uniform(0, 0.5), chance.uniform(0, 1)),
        until=clock.now + WINDOWS * 61.4,
        workers=max(16, calls // 8),
    )

    reached = utilisation(outcome.sent, calls)
    print(f"{calls} calls a minute, 4 processes: {reached:.2%}")  # noqa: T201
    assert outcome.refused == []
    assert reached >= 0.97
    for process in range(4):
        assert outcome.clients.count(process) > len(outcome.sent) / 8, "each gets its part"


@settings(max_examples=60, deadline=None)
@given(
    calls=st.integers(1, 40),
    workers=st.integers(1, 24),
    phase=st.floats(0, 60),
    seed=st.integers(0, 2**32),
    transit=st.floats(0, 1.2),
    answer=st.floats(0, 20),
    pause=st.floats(0, 30),
    drift=st.floats(-5e-4, 5e-4),
)
def test_whatever_the_delays_the_server_never_counts_too_many(
    calls: int,
    workers: int,
    phase: float,
    seed: int,
    transit: float,
    answer: float,
    pause: float,
    drift: float,
) -> None:
    chance = random.Random(seed)
    clock = VirtualClock()
    outcome = simulate(
        [limiter(LimitPolicy(calls), clock)],
        clock,
        strict(calls, phase),
        lambda: Journey(chance.uniform(0, transit), chance.uniform(0, answer)),
        until=clock.now + 400,
        workers=workers,
        drift=drift,
        think=lambda: chance.uniform(0, pause),
    )

    assert outcome.sent
    assert outcome.refused == []


@settings(max_examples=30, deadline=None)
@given(calls=st.integers(3, 40), other=st.integers(1, 2), seed=st.integers(0, 2**32))
def test_the_way_to_the_server_may_take_longer_when_answers_tell(
    calls: int, other: int, seed: int
) -> None:
    """What is assumed of the way only matters for calls whose answer takes longer than that."""
    chance = random.Random(seed)
    clock = VirtualClock()
    policy = LimitPolicy(calls, max_transit=30)
    outcome = simulate(
        [limiter(policy, clock)],
        clock,
        strict(calls, phase=float(other)),
        lambda: Journey(chance.uniform(0, 14), chance.uniform(0, 14)),
        until=clock.now + 600,
        workers=2 * calls,
    )

    assert outcome.refused == []
