"""IAM's patterns: `*` for any characters, `?` for one."""

from __future__ import annotations

import re
from functools import lru_cache

ARN_PARTS = 6


class UnsupportedError(Exception):
    """The document says something that the simulation cannot answer for; it never guesses."""


def matches(pattern: str, value: str, *, ignore_case: bool = False) -> bool:
    """Whether a text fits a pattern as a whole."""
    if "${" in pattern:
        raise UnsupportedError(f"policy variable in {pattern!r}")
    return _compiled(pattern, ignore_case).fullmatch(value) is not None


def matches_arn(pattern: str, arn: str) -> bool:
    """Whether an ARN fits a pattern, part by part: only its end may hold further colons.

    IAM completes a pattern that is too short by * for the missing parts (User Guide, "Resource").
    """
    if pattern == "*":
        return True
    ours, theirs = pattern.split(":", ARN_PARTS - 1), arn.split(":", ARN_PARTS - 1)
    ours += ["*"] * (ARN_PARTS - len(ours))
    if len(theirs) != ARN_PARTS:
        return False
    return all(matches(one, other) for one, other in zip(ours, theirs, strict=True))


@lru_cache(maxsize=4096)
def _compiled(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    text = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(text, re.DOTALL | (re.IGNORECASE if ignore_case else 0))
