"""Settings of the replay, read from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

DEFAULT_TODAY = date(2013, 3, 1)
DEFAULT_KEY = "finks-local-key"
DEFAULT_CALLS_PER_MINUTE = 300


@dataclass(frozen=True)
class ReplaySettings:
    """What the replay serves, and to whom.

    Nothing after `today` is served; `calls_per_minute` counts for each key of `api_keys`.
    `batch` and `bulk` say whether the plan has batch-quote and the CSV bulk files; `clones` adds
    that many symbols with the prices of the real ones. `scenario` is a file of faults.
    """

    today: date = DEFAULT_TODAY
    api_keys: frozenset[str] = frozenset({DEFAULT_KEY})
    calls_per_minute: int = DEFAULT_CALLS_PER_MINUTE
    batch: bool = True
    bulk: bool = False
    clones: int = 0
    scenario: Path | None = None


def read_settings(environment: Mapping[str, str]) -> ReplaySettings:
    """Read FINKS_TODAY and REPLAY_ API_KEYS, CALLS_PER_MINUTE, SCENARIO; empty means default.

    Raises ValueError with a message that ends in the remedy.
    """
    return ReplaySettings(
        today=_today(environment.get("FINKS_TODAY", "").strip()),
        api_keys=_keys(environment.get("REPLAY_API_KEYS", "")),
        calls_per_minute=_limit(environment.get("REPLAY_CALLS_PER_MINUTE", "").strip()),
        scenario=_scenario(environment.get("REPLAY_SCENARIO", "").strip()),
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


def _scenario(text: str) -> Path | None:
    return Path(text) if text else None
