"""Settings of the replay, read from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

DEFAULT_TODAY = date(2013, 3, 1)
DEFAULT_KEY = "finks-local-key"
DEFAULT_CALLS_PER_MINUTE = 300


@dataclass(frozen=True)
class ReplaySettings:
    """What the replay serves, and to whom.

    Nothing after `today` is served; `calls_per_minute` counts for each key of `api_keys`.
    """

    today: date = DEFAULT_TODAY
    api_keys: frozenset[str] = frozenset({DEFAULT_KEY})
    calls_per_minute: int = DEFAULT_CALLS_PER_MINUTE


def read_settings(environment: Mapping[str, str]) -> ReplaySettings:
    """Read FINKS_TODAY, REPLAY_API_KEYS and REPLAY_CALLS_PER_MINUTE; empty means default.

    Raises ValueError with a message that ends in the remedy.
    """
    return ReplaySettings(
        today=_today(environment.get("FINKS_TODAY", "").strip()),
        api_keys=_keys(environment.get("REPLAY_API_KEYS", "")),
        calls_per_minute=_limit(environment.get("REPLAY_CALLS_PER_MINUTE", "").strip()),
    )


def _today(text: str) -> date:
    if not text:
        return DEFAULT_TODAY
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(
            f"FINKS_TODAY is {text!r}, which is no date; write it as {DEFAULT_TODAY}"
        ) from None


def _keys(text: str) -> frozenset[str]:
    keys = frozenset(key.strip() for key in text.split(",") if key.strip())
    return keys or frozenset({DEFAULT_KEY})


def _limit(text: str) -> int:
    if not text:
        return DEFAULT_CALLS_PER_MINUTE
    if not text.isdecimal() or int(text) < 1:
        raise ValueError(
            f"REPLAY_CALLS_PER_MINUTE is {text!r}; write a whole number of at least 1, "
            f"such as {DEFAULT_CALLS_PER_MINUTE}"
        )
    return int(text)
