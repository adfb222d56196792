"""Numbers and names as people read them."""

from __future__ import annotations

from collections.abc import Sequence

NOTHING = "-"


def counted(number: int, noun: str) -> str:
    """A number with its noun: `1 call`, `2,500 retries`."""
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"


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


def listed(names: Sequence[str], most: int) -> str:
    """Names by comma, at most `most` of them and the number of the rest."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
