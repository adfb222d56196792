from __future__ import annotations

from utils.rate_limit import RateLimit


def test_no_sixty_seconds_have_more_calls_than_allowed() -> None:
    now = 0.0
    calls: list[float] = []

    def sleep(seconds: float) -> None:
        nonlocal now
        assert seconds > 0
        now += seconds

    limit = RateLimit(5, clock=lambda: now, sleep=sleep)
    for number in range(40):
        limit.wait()
        calls.append(now)
        now += 0.1 if number % 7 else 9.0

    assert all(
        later - earlier >= 60 - 1e-9 for earlier, later in zip(calls, calls[5:], strict=False)
    )
    assert calls[4] < 60, "the first calls do not wait"
