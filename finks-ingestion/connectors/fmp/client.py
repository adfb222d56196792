"""The HTTP side of FMP: GETs that are limited, timed, retried and classified; safe for threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

from connectors.bodies import UnreadableError
from connectors.budgets import Cost
from connectors.errors import ConfigurationError, MalformedAnswerError, UnreachableError
from connectors.fmp.errors import classify
from connectors.fmp.limits import FmpLimits
from connectors.fmp.settings import FmpAccess
from connectors.retries import RetryPolicy, Told
from utils.http import BadUrlError, BrokenAnswerError, HttpClient, NotConnectedError, TimedOutError
from utils.latency import LatencyStatistic

Clock = Callable[[], float]


class FmpClient:
    """Calls FMP; counts its calls, retries and latencies.

    The key goes in a header: URLs end up in logs. Setting `stop` ends all waits with Interrupted.
    """

    def __init__(
        self,
        settings: FmpAccess,
        *,
        sleep: Callable[[float], object] | None = None,
        clock: Clock = time.monotonic,
        stop: threading.Event | None = None,
    ) -> None:
        self._key = settings.fmp_api_key.get_secret_value()
        self._base_url = settings.fmp_base_url
        self._stop = stop or threading.Event()
        sleep = sleep or self._stop.wait
        self._limits = FmpLimits(settings, clock=clock, sleep=sleep, stop=self._stop)
        self._retries = RetryPolicy(
            settings.fmp_retry_seconds,
            deadline=clock() + settings.run_deadline_seconds,
            sleep=sleep,
            clock=clock,
        )
        self._http = HttpClient(
            self._base_url,
            {"apikey": self._key, "accept": "application/json, text/csv"},
            connections=settings.concurrency,
            timeout=settings.fmp_timeout_seconds,
        )
        self.latency = LatencyStatistic()
        self.calls = 0
        """Calls made, attempts that failed and calls under way included."""
        self._counting = threading.Lock()

    @property
    def retries(self) -> int:
        """Calls that repeated a failed one."""
        return self._retries.retries

    def tell(self, told: Told, held: Callable[[float], object]) -> None:
        """Have `told` called with the reason and the wait of every retry, `held` with every wait
        for the limit of calls (seconds)."""
        self._retries.told = told
        self._limits.held = held

    def admit(self, most: Cost) -> None:
        """Refuse what exceeds a budget of the account. Raises BudgetError, LimitStateError."""
        self._limits.admit(most)

    def stop(self) -> None:
        """End all waits, in whichever thread: no further call is made."""
        self._stop.set()

    def close(self) -> None:
        """Close the connections and the files of the limits."""
        self._http.close()
        self._limits.close()

    def get[T](
        self, path: str, parameters: Mapping[str, str], subject: str, read: Callable[[bytes], T]
    ) -> T:
        """What `read` makes of the body of an answer; `subject` names the call in messages.

        `read` raises UnreadableError for a body that is not what it should be, which is then as
        transient as one that breaks off. Raises SourceError, transient ones after the retries.
        """

        def attempt() -> T:
            body = self._exchange(path, parameters, subject)
            try:
                return read(body)
            except UnreadableError as error:
                raise MalformedAnswerError(
                    f"FMP answered {subject} with {error}; run again later, and check FMP_BASE_URL"
                ) from None

        return self._retries.call(attempt)

    def _exchange(self, path: str, parameters: Mapping[str, str], subject: str) -> bytes:
        with self._limits.call():
            with self._counting:
                self.calls += 1
            began = time.monotonic()
            try:
                answer = self._http.get(path, parameters)
            except BadUrlError as error:
                raise ConfigurationError(
                    f"FMP_BASE_URL {self._base_url} is no URL ({error}); correct it"
                ) from error
            except TimedOutError as error:
                raise UnreachableError(
                    f"{self._base_url} did not answer {subject} {error}; check that it runs, or "
                    "raise FMP_TIMEOUT_SECONDS, and run again"
                ) from error
            except NotConnectedError as error:
                raise UnreachableError(
                    f"cannot connect to {self._base_url} ({error}); check FMP_BASE_URL and that "
                    "the server runs, then run again",
                    refused=True,
                ) from error
            except BrokenAnswerError as error:
                raise MalformedAnswerError(
                    f"the answer of {self._base_url} to {subject} {error}; run again later"
                ) from error
            finally:
                self.latency.add(time.monotonic() - began)
            self._limits.budgets.add_received(len(answer.body))
            refusal = classify(
                answer.status,
                answer.body,
                subject=subject,
                secret=self._key,
                retry_after=answer.headers.get("retry-after"),
            )
            if refusal:
                raise refusal
            return answer.body
