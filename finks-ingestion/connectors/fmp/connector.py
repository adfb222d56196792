"""The FMP connector: which calls bring which dataset."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from connectors.base import Connector
from connectors.datasets import Dataset, Fetched
from connectors.errors import (
    AccountError,
    EndpointError,
    RequestError,
    SourceError,
    TransientSourceError,
)
from connectors.fmp.client import FmpClient
from connectors.fmp.costs import BATCH_SIZE, MAX_HISTORY_DAYS, MAX_LOOKUPS, cost
from connectors.fmp.errors import UnreachableError
from connectors.fmp.schemas import COMPANY_PROFILE, DATASETS, HISTORICAL_PRICE_EOD
from connectors.fmp.settings import FmpSettings
from connectors.plan import Plan
from utils.dates import Window, parse_date
from utils.s3 import Bucket

LOG = logging.getLogger(__name__)


class FmpConnector(Connector):
    """Brings FMP's datasets into bronze."""

    source = "fmp"
    datasets = DATASETS
    settings_class = FmpSettings

    def __init__(
        self,
        settings: FmpSettings,
        client: FmpClient | None = None,
        bucket: Bucket | None = None,
    ) -> None:
        super().__init__(settings, bucket)
        self._client = client or FmpClient(settings)
        self._profiles: dict[str, list[object]] = {}
        self._unreachable: UnreachableError | None = None

    @property
    def api_calls(self) -> int:
        """Calls made so far."""
        return self._client.calls

    @property
    def retries(self) -> int:
        """Calls that repeated a failed one."""
        return self._client.retries

    @property
    def calls_per_minute(self) -> int | None:
        """The plan's limit."""
        return self._client.calls_per_minute

    def close(self) -> None:
        """Close the client."""
        self._client.close()

    def admit(self, plans: Sequence[tuple[Dataset, Plan]]) -> None:
        """Refuse plans that exceed FMP_CALLS_PER_DAY or FMP_BANDWIDTH_BYTES."""
        self._client.budgets.admit(cost(plans))

    def fetch(self, dataset: Dataset, symbols: Sequence[str], window: Window) -> Fetched:
        """Fetch one dataset; see the base class."""
        fetched = Fetched()
        try:
            if self._unreachable:
                raise self._unreachable
            if dataset is HISTORICAL_PRICE_EOD:
                self._fetch_each(fetched, symbols, lambda symbol: self._history(symbol, window))
                self._look_up_empty(fetched, window)
            elif dataset is COMPANY_PROFILE:
                self._fetch_each(fetched, symbols, self._profile)
                fetched.unknown = {s for s, records in fetched.records.items() if not records}
            else:
                self._quotes(fetched, symbols)
                fetched.unknown = {s for s, records in fetched.records.items() if not records}
        except UnreachableError as error:
            # It stays so for the other symbols: asking for each would multiply the time-outs.
            self._unreachable = error
            fetched.fail(symbols, error)
        except EndpointError as error:
            fetched.fail(symbols, error)
        return fetched

    def _fetch_each(
        self, fetched: Fetched, symbols: Sequence[str], call: Callable[[str], list[object]]
    ) -> None:
        """Call for each symbol; what concerns only one of them does not stop the others."""
        for symbol in symbols:
            try:
                fetched.records[symbol] = call(symbol)
                self.progress.called()
            except (AccountError, EndpointError, UnreachableError):
                raise
            except SourceError as error:
                LOG.warning("%s", error)
                fetched.failed[symbol] = error

    def _history(self, symbol: str, window: Window) -> list[object]:
        records: list[object] = []
        for part in window.split(MAX_HISTORY_DAYS):
            span = {"from": part.start.isoformat(), "to": part.end.isoformat()}
            records += self._client.get("historical-price-eod/full", symbol=symbol, **span)
        return records

    def _profile(self, symbol: str) -> list[object]:
        if symbol not in self._profiles:
            self._profiles[symbol] = self._client.get("profile", symbol=symbol)
        return self._profiles[symbol]

    def _look_up_empty(self, fetched: Fetched, window: Window) -> None:
        """Tell symbols that FMP does not know from those without records in the window."""
        empty = [symbol for symbol, records in fetched.records.items() if not records]
        for symbol in empty[:MAX_LOOKUPS]:
            try:
                profile = self._profile(symbol)
            except (RequestError, EndpointError, TransientSourceError) as error:
                LOG.warning("cannot look up %s: %s", symbol, error)
                continue
            if not profile:
                fetched.unknown.add(symbol)
            elif _first_traded_after(profile[0], window.end):
                fetched.unlisted.add(symbol)

    def _quotes(self, fetched: Fetched, symbols: Sequence[str]) -> None:
        for start in range(0, len(symbols), BATCH_SIZE):
            batch = symbols[start : start + BATCH_SIZE]
            try:
                answer = self._client.get("batch-quote", symbols=",".join(batch))
            except (EndpointError, RequestError) as error:
                LOG.info("%s; asking for one symbol at a time instead", error)
                self._fetch_each(
                    fetched, symbols[start:], lambda s: self._client.get("quote", symbol=s)
                )
                return
            except UnreachableError:
                raise
            except TransientSourceError as error:
                fetched.fail(batch, error)
                continue
            _distribute(fetched, batch, answer)


def _distribute(fetched: Fetched, batch: Sequence[str], answer: Sequence[object]) -> None:
    """Give each record of a batch to the symbol that it says it is of."""
    for symbol in batch:
        fetched.records[symbol] = []
    for record in answer:
        named = record.get("symbol") if isinstance(record, dict) else None
        if isinstance(named, str) and named in batch:
            fetched.records[named].append(record)
        else:
            fetched.strays.append(record)


def _first_traded_after(profile: Any, day: date) -> bool:
    """Whether a profile says that the first day of trading came after `day`."""
    try:
        return parse_date(profile["ipoDate"]) > day
    except (KeyError, TypeError, ValueError):
        return False
