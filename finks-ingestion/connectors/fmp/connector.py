"""The FMP connector: its datasets, its client, and what an empty history means."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial

from connectors.base import Connector
from connectors.bodies import json_records
from connectors.budgets import Cost
from connectors.costs import Expected
from connectors.coverage import Absence
from connectors.datasets import Dataset
from connectors.endpoints import Ask, Call
from connectors.errors import EndpointError, RequestError, SourceError, TransientSourceError
from connectors.fmp.client import FmpClient
from connectors.fmp.datasets import DATASETS, PROFILE_ONE
from connectors.fmp.settings import FmpSettings
from utils.dates import Window, parse_date
from utils.latency import LatencyStatistic
from utils.s3 import Bucket
from utils.wording import listed

LOG = logging.getLogger(__name__)
MAX_LOOKUPS = 10
"""Symbols without records that are looked up: more of them have a common cause."""


class FmpConnector(Connector):
    """Brings FMP's daily bars, quotes and company profiles into bronze.

    What bronze has already is not fetched again. Every record is checked, and
    each day is committed with a manifest when all is written.
    """

    source = "fmp"
    datasets = DATASETS
    settings_class = FmpSettings
    settings: FmpSettings

    def __init__(
        self,
        settings: FmpSettings,
        client: FmpClient | None = None,
        bucket: Bucket | None = None,
    ) -> None:
        super().__init__(settings, bucket)
        self._client = client or FmpClient(settings)
        self._client.tell(
            lambda reason, wait: self.progress.retried(reason, wait),
            lambda wait: self.progress.held(wait),
        )
        self._profiles: dict[str, bytes] = {}

    @property
    def api_calls(self) -> int:
        """Calls made so far."""
        return self._client.calls

    @property
    def latency(self) -> LatencyStatistic:
        """How long these calls took."""
        return self._client.latency

    @property
    def retries(self) -> int:
        """Calls that repeated a failed one."""
        return self._client.retries

    @property
    def calls_per_minute(self) -> int | None:
        """The plan's limit."""
        return self.settings.fmp_calls_per_minute

    def stop(self) -> None:
        """Stop the client."""
        self._client.stop()

    def close(self) -> None:
        """Close the client."""
        self._client.close()

    def admit(self, most: Cost) -> None:
        """Refuse what exceeds FMP_CALLS_PER_DAY or FMP_BANDWIDTH_BYTES."""
        self._client.admit(most)

    def most(self, expected: Sequence[Expected]) -> Cost:
        """With the look-ups of symbols that have no record of a window."""
        total = super().most(expected)
        for each in expected:
            if each.calls and not each.dataset.observed:
                lookups = min(len(each.plan.symbols), MAX_LOOKUPS)
                total += Cost(lookups, lookups * PROFILE_ONE.record_bytes)
        return total

    def get[T](self, call: Call, read: Callable[[bytes], T]) -> T:
        """One call of FMP, except for a profile that this run has looked up before."""
        if call.endpoint is PROFILE_ONE and (known := self._profiles.get(call.symbols[0])):
            return read(known)
        return self._client.get(call.endpoint.path, call.parameters, str(call), read)

    def explain(self, dataset: Dataset, symbols: Sequence[str], window: Window) -> Absence:
        """Tell symbols that FMP does not know from those without bars in the window."""
        if dataset.observed:
            return Absence(unknown=set(symbols))
        asked = symbols[:MAX_LOOKUPS]
        self.progress.begin(dataset.name, len(asked))
        absence = Absence(not_looked_up=set(symbols[MAX_LOOKUPS:]))
        failures: dict[str, list[str]] = {}
        look_up = partial(self._look_up, window)
        for symbol, body in zip(asked, self._pool.map(look_up, asked), strict=True):
            if isinstance(body, SourceError):
                failures.setdefault(str(body), []).append(symbol)
                absence.not_looked_up.add(symbol)
                continue
            self._profiles[symbol] = body
            profile = json_records(body)
            if not profile:
                absence.unknown.add(symbol)
            elif first := _first_traded(profile[0]):
                absence.listed[symbol] = first
        for error, hit in failures.items():
            LOG.warning("cannot look up %s: %s", listed(hit), error)
        return absence

    def _look_up(self, window: Window, symbol: str) -> bytes | SourceError:
        """The profile of a symbol, or why there is none. Raises AccountError."""
        (request,) = PROFILE_ONE.requests(Ask((symbol,), window))
        try:
            with self.progress.counting():
                return self.get(request.calls[0], _readable)
        except (RequestError, EndpointError, TransientSourceError) as error:
            return error


def _readable(body: bytes) -> bytes:
    json_records(body)
    return body


def _first_traded(profile: object) -> date | None:
    """The first day of trading, when a profile says it."""
    try:
        return parse_date(profile["ipoDate"])  # type: ignore[index]
    except (KeyError, TypeError, ValueError):
        return None
