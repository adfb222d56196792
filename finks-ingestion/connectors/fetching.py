"""Asks a source for the records of a dataset: in threads, in order, and endpoint after endpoint."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from itertools import batched, islice
from typing import Any, Protocol

from connectors.answers import Answer, AnswerReader
from connectors.bodies import UnreadableError, json_list
from connectors.datasets import Dataset
from connectors.endpoints import Ask, Call, Endpoint, Format, Request
from connectors.errors import (
    NO_CALL,
    AccountError,
    EndpointError,
    RequestError,
    SourceError,
)
from connectors.progress import Progress
from utils.dates import Window
from utils.ordered_pool import OrderedPool

LOG = logging.getLogger(__name__)
TOGETHER = 16
"""Answers read at once: more cost no less."""
_BODIES_AHEAD = 4 * TOGETHER
"""Calls go on for so long while answers are read and files written."""
MAX_PAGES = 1000
"""More than the market has symbols, at a hundred a page."""


class Source(Protocol):
    """Whoever makes the calls."""

    def get[T](self, call: Call, read: Callable[[bytes], T]) -> T:
        """What `read` makes of the body; retried as long as that helps. Raises SourceError."""


@dataclass(frozen=True)
class Failure:
    """Symbols without an answer for the days of a window, for one reason."""

    symbols: tuple[str, ...]
    error: SourceError
    window: Window


Outcome = Answer | Failure


class Unanswered:
    """What one endpoint had no answer for, and the next one is asked for."""

    def __init__(self) -> None:
        self._symbols: dict[Window, list[str]] = {}

    def add(self, request: Request, known: Collection[str] = ()) -> None:
        """Add the symbols of a request, but for those that are `known`."""
        rest = [s for s in request.symbols if s not in known]
        self._symbols.setdefault(request.window, []).extend(rest)

    def clear(self) -> None:
        """Forget them all."""
        self._symbols.clear()

    @property
    def asks(self) -> list[Ask]:
        """Them all."""
        return [Ask(tuple(some), window) for window, some in self._symbols.items() if some]


@dataclass(frozen=True)
class Fetcher:
    """Fetches for one run; `today` is the day of observations."""

    source: Source
    pool: OrderedPool
    progress: Progress
    today: date

    def outcomes(
        self,
        dataset: Dataset,
        asks: Sequence[Ask],
        wanted: Collection[date] | None = None,
        all_asked: Callable[[], None] = lambda: None,
    ) -> Iterator[Outcome]:
        """An answer or a failure for every symbol, in the order of the asks for each endpoint.

        Where calls bring days of the whole market there is one for each of these, oldest first,
        as far as they have days that are `wanted`. What an endpoint refuses as a whole, or does
        not know, is asked of the next one. `all_asked` is called when all calls of an endpoint
        wait for a thread or their answer. Raises AccountError, which concerns every call.
        """
        remaining = asks
        for position, endpoint in enumerate(dataset.endpoints):
            last = position == len(dataset.endpoints) - 1
            count = sum(len(ask.symbols) for ask in remaining)
            if not count or (not last and count < endpoint.least_symbols):
                continue
            unanswered = Unanswered()
            requests = [r for ask in remaining for r in endpoint.requests(ask, wanted)]
            unknown = None if last else unanswered
            yield from self._of_endpoint(dataset, endpoint, requests, unknown, all_asked)
            remaining = unanswered.asks

    def _of_endpoint(
        self,
        dataset: Dataset,
        endpoint: Endpoint,
        requests: Sequence[Request],
        unanswered: Unanswered | None,
        all_asked: Callable[[], None],
    ) -> Iterator[Outcome]:
        """Outcomes of one endpoint; what the next one may know goes to `unanswered`."""
        self.progress.begin(dataset.name, sum(len(r.calls) for r in requests))
        for position, result in enumerate(self._results(dataset, requests, all_asked)):
            request = requests[position]
            match result:
                case Answer() if unanswered is not None and not endpoint.exhaustive:
                    known = _known(dataset, result)
                    unanswered.add(request, known)
                    yield replace(result, symbols=tuple(s for s in request.symbols if s in known))
                case Answer():
                    yield result
                case AccountError():
                    raise result
                case SourceError() if isinstance(result, (EndpointError, *NO_CALL)):
                    yield from self._ended(result, requests[position:], unanswered)
                    return
                case RequestError() if unanswered is not None:
                    LOG.info("%s; asking for its symbols in another way", result)
                    unanswered.add(request)
                case _:
                    LOG.warning("%s", result)
                    yield Failure(request.symbols, result, request.window)

    def _ended(
        self, reason: SourceError, rest: Sequence[Request], unanswered: Unanswered | None
    ) -> Iterator[Failure]:
        """What becomes of the requests from one on that no call of its endpoint answers."""
        if unanswered is not None and not isinstance(reason, NO_CALL):
            LOG.info("%s; asking in another way", reason)
            for each in rest:
                unanswered.add(each)
            return
        for each in rest:
            yield Failure(each.symbols, reason, each.window)
        if unanswered is not None:
            for ask in unanswered.asks:
                yield Failure(ask.symbols, reason, ask.window)
            unanswered.clear()

    def _results(
        self, dataset: Dataset, requests: Sequence[Request], all_asked: Callable[[], None]
    ) -> Iterator[Answer | SourceError]:
        """The result of each request. The first goes alone: it may say that all others fail."""
        reader = AnswerReader(dataset, self.today)
        ask = partial(self._answer, reader)
        yield from self.pool.map(ask, requests[:1], urgent=True)
        endpoint = requests[0].calls[0].endpoint
        if endpoint.format is Format.JSON and not endpoint.page:
            yield from self._together(reader, requests[1:], all_asked)
        else:
            yield from self.pool.map(ask, _then(requests[1:], all_asked))

    def _together(
        self, reader: AnswerReader, requests: Sequence[Request], all_asked: Callable[[], None]
    ) -> Iterator[Answer | SourceError]:
        """As above: threads bring the bodies, and another one reads some of them at a time."""
        bodies = self.pool.map(
            partial(self._bodies, reader), _then(requests, all_asked), ahead=_BODIES_AHEAD
        )
        readers = OrderedPool(1, "reader")
        try:
            for results in readers.map(
                partial(self._read_together, reader),
                batched(zip(requests, bodies, strict=True), TOGETHER),
            ):
                yield from results
        finally:
            readers.close()

    def _read_together(
        self, reader: AnswerReader, some: Sequence[tuple[Request, list[bytes] | SourceError]]
    ) -> list[Answer | SourceError]:
        asked = [
            (call, body)
            for request, bodies in some
            if not isinstance(bodies, SourceError)
            for call, body in zip(request.calls, bodies, strict=True)
        ]
        answers = iter(zip(asked, reader.read_together(asked), strict=True))
        return [
            bodies
            if isinstance(bodies, SourceError)
            else self._read(reader, request, list(islice(answers, len(bodies))))
            for request, bodies in some
        ]

    def _bodies(self, reader: AnswerReader, request: Request) -> list[bytes] | SourceError:
        try:
            return [self._get(reader.dataset, call, json_list) for call in request.calls]
        except SourceError as error:
            return error

    def _read(
        self,
        reader: AnswerReader,
        request: Request,
        parts: Sequence[tuple[tuple[Call, bytes], Answer | None]],
    ) -> Answer | SourceError:
        """The answer to a request; a body that turns out to be none is asked for again."""
        try:
            return reader.merged([done or reader.read(*asked) for asked, done in parts])
        except UnreadableError:
            return self._answer(reader, request)

    def _answer(self, reader: AnswerReader, request: Request) -> Answer | SourceError:
        try:
            return reader.merged([a for call in request.calls for a in self._pages(reader, call)])
        except SourceError as error:
            return error

    def _get[T](self, dataset: Dataset, call: Call, read: Callable[[bytes], T]) -> T:
        with self.progress.counting(dataset.name):
            return self.source.get(call, read)

    def _pages(self, reader: AnswerReader, call: Call) -> Sequence[Answer]:
        """The answers to all pages of a call: up to an empty one, one that is not there, or one
        that repeats what came before, as of a server that does not know the parameter."""
        answers: list[Answer] = []
        for page in islice(call.pages(), MAX_PAGES):
            try:
                answer = self._get(reader.dataset, page, partial(reader.read, page))
            except (RequestError, EndpointError) as error:
                if not answers or isinstance(error, NO_CALL):
                    raise
                LOG.info("%s; taken for the end of the pages", error)
                break
            if answers and len(answer.rows) and answer.rows.equals(answers[-1].rows):
                break
            answers.append(answer)
            if not call.endpoint.page or not answer.total:
                break
        return answers


def _then[T](items: Iterable[T], call: Callable[[], None]) -> Iterator[T]:
    """The items, and a call when the last one has been taken."""
    yield from items
    call()


def _known(dataset: Dataset, answer: Answer) -> set[str]:
    """The symbols that an answer says anything of."""
    found: set[Any] = set(answer.rows[dataset.symbol_field].unique().to_pylist())
    return found | {r.symbol for r in answer.refused if r.symbol}
