"""The FMP connector: its datasets, its client, and what an empty history means."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from connectors.base import Connector
from connectors.bodies import json_list, json_records
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


@dataclass(frozen=True)
class Listing:
    """What FMP says of a symbol's listing; `known` is whether it has a profile at all."""

    known: bool
    first_traded: date | None = None

    @classmethod
    def of(cls, body: bytes) -> Listing:
        """As a profile has it. Raises UnreadableError."""
        records = json_records(body)
        if not records:
            return cls(known=False)
        try:
            return cls(known=True, first_traded=parse_date(records[0]["ipoDate"]))  # type: ignore[index]
        except (KeyError, TypeError, ValueError):
            return cls(known=True)


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
        self._listings: dict[str, Listing] = {}

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
        """One call of FMP; what a profile says of the listing is remembered for `explain`."""

        def noting(body: bytes) -> T:
            result = read(body)
            self._listings[call.symbols[0]] = Listing.of(body)
            return result

        reader = noting if call.endpoint is PROFILE_ONE else read
        return self._client.get(call.endpoint.path, call.parameters, str(call), reader)

    def explain(self, dataset: Dataset, symbols: Sequence[str], window: Window) -> Absence:
        """Tell symbols that FMP does not know from those without bars in the window."""
        if dataset.observed:
            return Absence(unknown=set(symbols))
        self._look_up([s for s in symbols if s not in self._listings], dataset, window)
        absence = Absence()
        for symbol in symbols:
            listing = self._listings.get(symbol)
            if listing is None:
                absence.not_looked_up.add(symbol)
            elif not listing.known:
                absence.unknown.add(symbol)
            elif listing.first_traded:
                absence.listed[symbol] = listing.first_traded
        return absence

    def _look_up(self, symbols: Sequence[str], dataset: Dataset, window: Window) -> None:
        """Ask for the profiles of some symbols, as far as they are not too many."""
        asked = symbols[:MAX_LOOKUPS]
        if not asked:
            return
        self.progress.begin(dataset.name, len(asked))
        failures: dict[str, list[str]] = {}
        ask = partial(self._profile, dataset, window)
        for symbol, error in zip(asked, self._pool.map(ask, asked), strict=True):
            if error:
                failures.setdefault(str(error), []).append(symbol)
        for reason, hit in failures.items():
            LOG.warning("cannot look up %s: %s", listed(hit), reason)

    def _profile(self, dataset: Dataset, window: Window, symbol: str) -> SourceError | None:
        """Ask for the profile of a symbol; gives why there is none. Raises AccountError."""
        (request,) = PROFILE_ONE.requests(Ask((symbol,), window))
        try:
            with self.progress.counting(dataset.name):
                self.get(request.calls[0], json_list)
        except (RequestError, EndpointError, TransientSourceError) as error:
            return error
        return None
