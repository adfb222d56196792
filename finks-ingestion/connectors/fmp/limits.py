"""The limits of an FMP account: calls a minute, and budgets of calls and bandwidth.

Runs on one machine share them through two files in FMP_STATE_DIR, whose names are a hash of
server and key.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from connectors.budgets import Budgets, Cost
from connectors.errors import (
    ConfigurationError,
    Interrupted,
    LimitStateError,
    RateLimitedError,
)
from connectors.fmp.settings import FmpAccess
from utils.interruptible import StoppedError
from utils.rate_limit import FileLog, LimitPolicy, RateLimit, StateFileError
from utils.state_folder import (
    OFF,
    StateFolderError,
    account_id,
    default_state_folder,
    open_state_folder,
)
from utils.usage import UsageError, UsageLog

LOG = logging.getLogger(__name__)


class FmpLimits:
    """What every call of an account passes through.

    Raises ConfigurationError when FMP_STATE_DIR cannot be used; the default folder is needed
    only for budgets, and without one a limit of this process alone is better than no run.
    """

    def __init__(
        self,
        settings: FmpAccess,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] | None = None,
        stop: threading.Event | None = None,
    ) -> None:
        stop = stop or threading.Event()
        self._sleep = sleep or stop.wait
        self.held: Callable[[float], object] = lambda _seconds: None
        """Called with the seconds of every wait for the limit, before it."""
        folder = _folder(settings)
        key = settings.fmp_api_key.get_secret_value()
        account = account_id(urlsplit(settings.fmp_base_url).netloc.lower(), key)
        with _usable():
            self._log = FileLog(folder / f"{account}.calls") if folder else None
            kept = folder / f"{account}.usage" if folder and _budgeted(settings) else None
            self._usage = UsageLog(kept)
            self._usage.forget_before(settings.today)
        policy = LimitPolicy(settings.fmp_calls_per_minute)
        self._limit = RateLimit(policy, self._log, clock=clock, sleep=self._hold, stop=stop)
        self.budgets = Budgets(
            "FMP",
            self._usage,
            settings.today,
            calls_per_day=settings.fmp_calls_per_day,
            bandwidth_bytes=settings.fmp_bandwidth_bytes,
        )

    def close(self) -> None:
        """Close the files."""
        if self._log:
            self._log.close()
        self._usage.close()

    def _hold(self, seconds: float) -> None:
        self.held(seconds)
        self._sleep(seconds)

    def admit(self, most: Cost) -> None:
        """Refuse what exceeds a budget. Raises BudgetError, LimitStateError."""
        with _usable():
            self.budgets.admit(most)

    @contextmanager
    def call(self) -> Iterator[None]:
        """Wait for the turn of one call, and make it within the block.

        A RateLimitedError that leaves the block slows all calls down. Raises BudgetSpentError,
        LimitStateError, and Interrupted when the stop event is set.
        """
        try:
            with _usable(), self._limit.acquire() as permit:
                self.budgets.take_call()
                try:
                    yield
                except RateLimitedError as error:
                    permit.refused(error.retry_after)
                    raise
        except StoppedError as error:
            raise Interrupted(str(error)) from error


@contextmanager
def _usable() -> Iterator[None]:
    """Give the errors of the shared files within the block an exit code."""
    try:
        yield
    except (StateFileError, UsageError) as error:
        raise LimitStateError(str(error), transient=error.transient) from error


def _budgeted(settings: FmpAccess) -> bool:
    return settings.fmp_calls_per_day is not None or settings.fmp_bandwidth_bytes is not None


def _folder(settings: FmpAccess) -> Path | None:
    """The folder of the shared state, or None when this process keeps it to itself."""
    chosen = settings.fmp_state_dir
    if chosen == OFF:
        return None
    try:
        return open_state_folder(Path(chosen) if chosen else default_state_folder())
    except StateFolderError as error:
        if chosen or _budgeted(settings):
            raise ConfigurationError(
                f"{error}; set FMP_STATE_DIR to it, or to {OFF!r} for a run that shares nothing"
            ) from error
        LOG.warning("%s; this run does not share its limit with others", error)
        return None
