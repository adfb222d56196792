"""What a check is, and how a list of them is run and printed."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable

from botocore.exceptions import BotoCoreError, ClientError

type Check = Callable[[], str]
"""Returns what it saw, or raises."""


class CheckError(Exception):
    """A check did not hold; the message says what was seen and what to do."""


def run(
    checks: Iterable[tuple[str, Check]],
    *also: type[Exception],
    explain: Callable[[Exception], str] = str,
) -> int:
    """Run all checks, one line each; 0 when all hold, 1 when one does not.

    `also` are further exceptions that mean a check that did not hold; `explain` words them.
    """
    not_held: tuple[type[Exception], ...] = (CheckError, BotoCoreError, ClientError, *also)
    failed = passed = 0
    for name, check in checks:
        begun = time.monotonic()
        try:
            seen = check()
        except not_held as error:
            failed += 1
            sys.stdout.write(f"✗ {name}: {explain(error)}\n")
        else:
            passed += 1
            sys.stdout.write(f"✓ {name} ({time.monotonic() - begun:.1f} s): {seen}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{passed} passed, {failed} failed\n")
    return 1 if failed else 0


def until[T](
    look: Callable[[], T], done: Callable[[T], bool], *, wait_seconds: float, poll_seconds: float
) -> T:
    """What `look` finds as soon as it is `done`; raises CheckError when it takes too long."""
    deadline = time.monotonic() + wait_seconds
    while not done(found := look()):
        if time.monotonic() > deadline:
            raise CheckError(f"not finished after {wait_seconds:g} s: {found}")
        time.sleep(poll_seconds)
    return found
