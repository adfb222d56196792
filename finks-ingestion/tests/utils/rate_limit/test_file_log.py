"""The shared log: the same as the one in memory, whole after any accident."""

from __future__ import annotations

import fcntl
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.utils.rate_limit.simulation import VirtualClock, limiter
from utils.rate_limit import FileLog, LimitPolicy, MemoryLog, Permit, RateLimit, StateFileError

START = 5000.0


def outcomes(limit: RateLimit, clock: VirtualClock, steps: list[tuple[int, float]]) -> list[object]:
    """What a limit does in a series of steps: calls in a row, then a pause in seconds."""
    clock.now = START
    results: list[object] = []
    for calls, pause in steps:
        for number in range(calls):
            outcome = limit.try_acquire()
            if isinstance(outcome, Permit):
                results.append((outcome.number, outcome.granted_at))
                if number % 7 == 3:
                    outcome.refused(retry_after=pause / 3)
                if number % 3:
                    limit.answered(outcome)
            else:
                results.append(round(outcome, 9))
        clock.now += pause
    return results


@settings(max_examples=40, deadline=None)
@given(
    calls=st.one_of(st.integers(1, 20), st.integers(900, 5000)),
    steps=st.lists(st.tuples(st.integers(0, 700), st.floats(0, 70)), max_size=12),
)
def test_file_and_memory_do_the_same(
    calls: int, steps: list[tuple[int, float]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    clock = VirtualClock()
    path = tmp_path_factory.mktemp("log") / "calls"
    in_file, in_memory = FileLog(path), MemoryLog()

    assert outcomes(limiter(LimitPolicy(calls), clock, in_file), clock, steps) == outcomes(
        limiter(LimitPolicy(calls), clock, in_memory), clock, steps
    )
    in_file.close()


def test_a_ring_that_grows_keeps_every_call(tmp_path: Path) -> None:
    clock = VirtualClock()
    log = FileLog(tmp_path / "calls")
    limit = limiter(LimitPolicy(5000), clock, log)
    for _ in range(5000):
        limit.acquire()
        clock.now += 0.001
    assert isinstance(limit.try_acquire(), float)

    with log.locked() as state:
        assert state.size == 8192
        times = [log.freed_at(state, number) for number in range(5000)]
    assert times == pytest.approx([START + 0.001 * n + 61.3 for n in range(5000)])


def test_another_limit_looks_back_over_the_same_calls(tmp_path: Path) -> None:
    clock = VirtualClock()
    small, large = (
        limiter(LimitPolicy(calls), clock, FileLog(tmp_path / "calls")) for calls in (3, 6)
    )
    for _ in range(3):
        small.acquire()

    assert isinstance(small.try_acquire(), float)
    for _ in range(3):
        assert isinstance(large.try_acquire(), Permit)
    assert isinstance(large.try_acquire(), float)


def test_a_refusal_holds_the_other_process_too(tmp_path: Path) -> None:
    clock = VirtualClock()
    one, other = (limiter(LimitPolicy(100), clock, FileLog(tmp_path / "calls")) for _ in range(2))

    one.acquire().refused(retry_after=9)

    assert other.acquire().granted_at == pytest.approx(START + 9.5)


@pytest.mark.parametrize(
    "damage",
    [
        lambda p: p.write_bytes(b""),
        lambda p: p.write_bytes(b"finks"),
        lambda p: p.write_bytes(b"\xff" * 5000),
        lambda p: p.write_bytes(b"finkslog" + b"\x07" * 200),
        lambda p: p.unlink(),
    ],
    ids=["empty", "short", "ones", "sizes", "deleted"],
)
def test_a_damaged_or_deleted_file_begins_anew_and_is_shared_again(
    tmp_path: Path, damage: object
) -> None:
    clock = VirtualClock()
    path = tmp_path / "calls"
    limits = [limiter(LimitPolicy(2), clock, FileLog(path)) for _ in range(2)]
    limits[0].acquire()

    damage(path)  # type: ignore[operator]

    assert [isinstance(limit.try_acquire(), Permit) for limit in limits * 2] == [
        True,
        True,
        False,
        False,
    ]


def test_times_of_before_the_machine_started_hold_nobody(tmp_path: Path) -> None:
    clock = VirtualClock(now=1e6)
    log = FileLog(tmp_path / "calls")
    limit = limiter(LimitPolicy(2000), clock, log)
    for _ in range(1999):
        limit.acquire()
    limit.acquire().refused(retry_after=100)

    clock.now = 50.0
    for _ in range(2000):
        assert isinstance(limit.try_acquire(), Permit)
    assert isinstance(limit.try_acquire(), float)


@pytest.mark.parametrize("writes", range(6))
def test_killed_between_any_two_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    """The call that is cut off makes the ring grow first: five writes in a row."""
    clock = VirtualClock()
    killed, other = (
        limiter(LimitPolicy(3000), clock, FileLog(tmp_path / "calls")) for _ in range(2)
    )
    for _ in range(1024):
        killed.acquire()
    real, left = os.pwrite, writes

    def pwrite(file: int, data: bytes, offset: int) -> int:
        nonlocal left
        left -= 1
        if left < 0:
            raise KeyboardInterrupt
        return real(file, data, offset)

    monkeypatch.setattr(os, "pwrite", pwrite)
    if writes < 5:
        with pytest.raises(KeyboardInterrupt):
            killed.acquire()
    monkeypatch.setattr(os, "pwrite", real)

    passed = 0
    while isinstance(other.try_acquire(), Permit):
        passed += 1
    assert 1024 + passed in (2999, 3000)
    clock.now += 61.4
    for _ in range(3000):
        assert isinstance(other.try_acquire(), Permit)
    assert isinstance(other.try_acquire(), float)


def test_only_the_owner_can_read_the_file(tmp_path: Path) -> None:
    FileLog(tmp_path / "calls")

    assert stat.S_IMODE((tmp_path / "calls").stat().st_mode) == 0o600


def test_a_link_in_place_of_the_file_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("data")
    (tmp_path / "calls").symlink_to(tmp_path / "precious")

    with pytest.raises(StateFileError, match="choose another folder"):
        FileLog(tmp_path / "calls")
    assert (tmp_path / "precious").read_text() == "data"


def test_a_lock_that_is_never_given_back_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "calls"
    log = FileLog(path, lock_seconds=0.05)
    holder = os.open(path, os.O_RDWR)
    fcntl.flock(holder, fcntl.LOCK_EX)

    with pytest.raises(StateFileError, match="locked") as raised, log.locked():
        pass
    assert raised.value.transient
    os.close(holder)
    with log.locked():
        pass
