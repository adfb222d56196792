"""Tries what a key of FMP may do: one call for each endpoint that the connectors know.

Each is asked for as little as it can give: bulk files for a Sunday, or for a part beyond the
last one, as they are long and FMP counts bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import partial

from pydantic import Field

from connectors.bodies import UnreadableError, json_records
from connectors.datasets import Dataset
from connectors.endpoints import Ask, Call, Endpoint, Format
from connectors.errors import (
    AccountError,
    BudgetSpentError,
    DeadlineError,
    ExitCode,
    PermanentSourceError,
    SourceError,
    UnreachableError,
)
from connectors.findings import (
    CheckReport,
    CheckSettings,
    Finding,
    SourceCheck,
    Status,
    Trying,
)
from connectors.flags import LIMITS, Command
from connectors.fmp.client import FmpClient
from connectors.fmp.settings import FmpAccess
from connectors.settings import load_settings
from utils.dates import Window
from utils.wording import counted

_SYMBOLS = ("AAPL", "MSFT")
"""Of every plan."""
_FAR_PART = 10_000
_SEARCH = Endpoint("search-symbol", lambda symbols, _window: {"query": symbols[0]})
_ENDS_THE_CHECK = (AccountError, BudgetSpentError, DeadlineError, UnreachableError)
"""What concerns every further call too."""


class FmpCheckSettings(FmpAccess, CheckSettings):
    """How to reach FMP."""

    fmp_retry_seconds: float = Field(
        10,
        ge=0,
        description="how long nothing may succeed before FMP counts as dead; less than a run's 60",
        json_schema_extra=LIMITS,
    )


class FmpCheck(SourceCheck):
    """Tries the endpoints of all datasets of FMP."""

    def __init__(
        self,
        arguments: Sequence[str],
        command: Command,
        needed: Sequence[Dataset],
        others: Mapping[str, Sequence[Dataset]],
    ) -> None:
        access = load_settings(FmpCheckSettings, arguments, command)
        self.settings = access
        self._address = access.fmp_base_url
        self._needed = needed
        self._others = others
        self._client = FmpClient(access)
        self._answers: dict[Endpoint, int | SourceError] = {}

    def run(self, report: CheckReport, trying: Trying) -> None:
        """Fill `report`, also when an error ends it.

        Raises SourceError when FMP refuses the key or cannot be reached.
        """
        report.address = self._address
        endpoints = self._endpoints()
        try:
            for endpoint in endpoints:
                trying(endpoint.path)
                self._try(endpoint)
        finally:
            self._client.close()
            report.calls = self._client.calls
            report.findings += [self._finding(endpoint) for endpoint in endpoints]

    def _endpoints(self) -> list[Endpoint]:
        datasets = [*self._needed, *(d for others in self._others.values() for d in others)]
        return list(dict.fromkeys([*(e for d in datasets for e in d.endpoints), _SEARCH]))

    def _try(self, endpoint: Endpoint) -> None:
        call = _smallest_call(endpoint, self.settings.today)
        read = partial(_count, endpoint.format)
        try:
            answer = self._client.get(endpoint.path, call.parameters, str(call), read)
            self._answers[endpoint] = answer
        except SourceError as error:
            self._answers[endpoint] = error
            if isinstance(error, _ENDS_THE_CHECK):
                raise

    def _finding(self, endpoint: Endpoint) -> Finding:
        answer = self._answers.get(endpoint)
        if answer is None:
            return Finding(endpoint.path, "untried")
        if not isinstance(answer, SourceError):
            empty = answer == 0 and endpoint.batch is not None
            said = f"no record of {_SYMBOLS[0]}" if empty else ""
            return Finding(endpoint.path, "allowed", said, self._use(endpoint))
        status: Status = "refused" if isinstance(answer, PermanentSourceError) else "failed"
        if isinstance(answer, _ENDS_THE_CHECK):
            ends = "the check ends here"
            return Finding(endpoint.path, status, answer.said, ends, answer.exit_code)
        said = answer.said or str(answer)
        return Finding(endpoint.path, status, said, *self._consequence(endpoint, answer))

    def _uses(self, endpoint: Endpoint) -> Iterator[tuple[str, Dataset]]:
        """Datasets that use an endpoint, as people call them."""
        for dataset in self._needed:
            if endpoint in dataset.endpoints:
                yield dataset.name, dataset
        for source, datasets in self._others.items():
            for dataset in datasets:
                if endpoint in dataset.endpoints:
                    yield f"{dataset.name} of {source}", dataset

    def _use(self, endpoint: Endpoint) -> str:
        names = [name for name, _ in self._uses(endpoint)]
        if not names:
            return "no dataset needs it"
        text = f"brings {', '.join(names)}"
        if endpoint.batch is None:
            text += ", the whole market at once"
        elif endpoint.batch > 1:
            text += f", {endpoint.batch} symbols a call"
        if endpoint.least_symbols > 1:
            text += f", from {endpoint.least_symbols} symbols on"
        return text

    def _consequence(self, endpoint: Endpoint, error: SourceError) -> tuple[str, ExitCode | None]:
        for name, dataset in self._uses(endpoint):
            following = dataset.endpoints[dataset.endpoints.index(endpoint) + 1 :]
            if following:
                return f"{following[0].path} is asked instead", None
            served = [e for e in dataset.endpoints if self._serves(e)]
            if served:
                return f"{served[0].path} brings {name}", None
            if dataset not in self._needed:
                return f"{name} cannot be fetched; not needed here", None
            return f"{name} cannot be fetched: {error.remedy}", error.exit_code
        return "no dataset needs it", None

    def _serves(self, endpoint: Endpoint) -> bool:
        """Whether an endpoint alone can bring what any run wants."""
        answer = self._answers.get(endpoint)
        return isinstance(answer, int) and endpoint.least_symbols == 1 and endpoint.exhaustive


def _smallest_call(endpoint: Endpoint, today: date) -> Call:
    sunday = today - timedelta(days=today.isoweekday())
    window = Window(today - timedelta(days=7), today)
    if endpoint.by_span:
        window = Window(sunday, sunday)
    call = endpoint.requests(Ask(_SYMBOLS[: endpoint.batch], window))[0].calls[0]
    if endpoint.page:
        return replace(call, parameters={**call.parameters, endpoint.page: str(_FAR_PART)})
    return call


def _count(form: Format, body: bytes) -> int:
    """The records of a body. Raises UnreadableError for what comes from no API."""
    if form is Format.JSON:
        return len(json_records(body))
    lines = body.decode("utf-8-sig", errors="replace").splitlines()
    if lines and "symbol" not in lines[0]:
        raise UnreadableError(f"something that is no CSV ({counted(len(body), 'byte')})")
    return max(0, len(lines) - 1)
