"""The HTTP side of FMP: one GET at a time, limited, timed, retried and classified."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable

import httpx

from connectors.budgets import Budgets
from connectors.errors import ConfigurationError
from connectors.fmp.errors import MalformedAnswerError, UnreachableError, classify
from connectors.fmp.limits import FmpLimits
from connectors.fmp.retries import RetryPolicy
from connectors.fmp.settings import FmpSettings

MAX_BODY_BYTES = 64 * 1024 * 1024
"""Twenty times the longest answer that is ever asked for."""
_WHOLE_ANSWER_FACTOR = 4
"""The time limit counts for each read; a whole answer may take this much longer."""


class FmpClient:
    """Calls FMP; counts its calls in `calls`.

    The key goes in a header: URLs end up in logs. Setting `stop` ends the waits for the limit
    with Interrupted.
    """

    def __init__(
        self,
        settings: FmpSettings,
        *,
        sleep: Callable[[float], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
        stop: threading.Event | None = None,
    ) -> None:
        self._key = settings.fmp_api_key.get_secret_value()
        self._base_url = settings.fmp_base_url
        self.calls_per_minute = settings.fmp_calls_per_minute
        self._timeout = settings.fmp_timeout_seconds
        self._limits = FmpLimits(settings, clock=clock, sleep=sleep, stop=stop)
        self._retries = RetryPolicy(
            settings.fmp_retry_seconds, sleep=sleep or time.sleep, clock=clock
        )
        self._http = httpx.Client(
            headers={"apikey": self._key, "accept": "application/json"}, timeout=self._timeout
        )
        self.calls = 0

    @property
    def budgets(self) -> Budgets:
        """The budgets of the account."""
        return self._limits.budgets

    @property
    def retries(self) -> int:
        """Calls that repeated a failed one."""
        return self._retries.retries

    def close(self) -> None:
        """Close the connections and the files of the limits."""
        self._http.close()
        self._limits.close()

    def get(self, endpoint: str, **parameters: str) -> list[object]:
        """The records that an endpoint answers with; an empty list means no data.

        Raises SourceError, transient ones only after the retries.
        """
        subject = " ".join([endpoint, *(f"{k}={v}" for k, v in parameters.items())])
        return self._retries.call(lambda: self._once(endpoint, parameters, subject))

    def _once(self, endpoint: str, parameters: dict[str, str], subject: str) -> list[object]:
        with self._limits.call():
            self.calls += 1
            status, body = self._exchange(endpoint, parameters, subject)
            if error := classify(status, body.replace(self._key, "***"), subject=subject):
                raise error
        try:
            answer = json.loads(body)
        except ValueError:
            raise MalformedAnswerError(
                f"FMP answered {subject} with {status} and something that is no JSON "
                f"({len(body)} characters); run again later"
            ) from None
        if not isinstance(answer, list):
            raise MalformedAnswerError(
                f"FMP answered {subject} with a JSON {type(answer).__name__} instead of a "
                "list; run again later, and check FMP_BASE_URL"
            )
        return answer

    def _exchange(self, endpoint: str, parameters: dict[str, str], subject: str) -> tuple[int, str]:
        url = f"{self._base_url}/{endpoint}"
        deadline = time.monotonic() + self._timeout * _WHOLE_ANSWER_FACTOR
        try:
            with self._http.stream("GET", url, params=parameters) as response:
                body = bytearray()
                for chunk in response.iter_bytes():
                    body += chunk
                    if len(body) > MAX_BODY_BYTES or time.monotonic() > deadline:
                        raise MalformedAnswerError(
                            f"the answer to {subject} is endless ({len(body)} bytes so far); "
                            "run again later"
                        )
                self.budgets.add_received(len(body))
                return response.status_code, body.decode("utf-8", errors="replace")
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise ConfigurationError(
                f"FMP_BASE_URL {self._base_url} is no URL ({error}); correct it"
            ) from error
        except httpx.TimeoutException as error:
            raise UnreachableError(
                f"{self._base_url} did not answer {subject} within {self._timeout:g} s; check "
                "that it runs, or raise FMP_TIMEOUT_SECONDS, and run again"
            ) from error
        except httpx.ConnectError as error:
            raise UnreachableError(
                f"cannot connect to {self._base_url} ({error}); check FMP_BASE_URL and that "
                "the server runs, then run again",
                refused=True,
            ) from error
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise MalformedAnswerError(
                f"the answer of {self._base_url} to {subject} broke off ({error}); run again later"
            ) from error
