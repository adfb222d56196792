"""Numbers as people read them."""

from __future__ import annotations

NOTHING = "-"


def clock_time(seconds: float) -> str:
    """Seconds as `0:07`, `12:34` or `1:23:45`."""
    minutes, rest = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def duration(seconds: float) -> str:
    """Seconds as `0.4 s`, `12 s`, `3 min 5 s` or `2 h 15 min`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
