"""The Starlette application: FMP's paths under /stable, and /health."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from replay import access
from replay.bulk import eod_bulk, profile_bulk
from replay.clones import with_clones
from replay.prices import SYMBOLS, Bar, last_bar_position, load_prices
from replay.records import history_record, profile_record, quote_record, search_record
from replay.settings import ReplaySettings

HISTORY_YEARS = 5
"""FMP cuts longer ranges to their newest years: a client has to split them."""
MISSING_PARAMETER = "Query Error: Invalid or missing query parameter - {}"


class Replay:
    """The endpoints over one set of prices."""

    def __init__(self, settings: ReplaySettings) -> None:
        self._settings = settings
        self._bars = with_clones(load_prices(settings.today), settings.clones)

    def quote(self, request: Request) -> Response:
        """One symbol's quote; a list of symbols is an unknown symbol, as it is at FMP."""
        return self._one(request, quote_record)

    def profile(self, request: Request) -> Response:
        """One company's profile."""
        return self._one(request, profile_record)

    def batch_quote(self, request: Request) -> Response:
        """Quotes of comma-separated symbols; unknown ones are left out."""
        wanted = request.query_params.get("symbols", "").upper().split(",")
        if wanted == [""]:
            return _missing("symbols")
        bars = {symbol: self._bars.get(symbol, ()) for symbol in wanted}
        return JSONResponse([quote_record(s, b) for s, b in bars.items() if b])

    def history(self, request: Request) -> Response:
        """Bars between `from` and `to`, both inclusive, newest first."""
        symbol = request.query_params.get("symbol", "").upper()
        if not symbol:
            return _missing("symbol")
        try:
            end = _date(request, "to") or self._settings.today
            start = _date(request, "from") or date.min
        except ValueError as invalid:
            return _missing(str(invalid))
        bars = self._bars.get(symbol, ())
        last = last_bar_position(bars, end)
        if last < 0:
            return JSONResponse([])
        start = max(start, _years_before(end, HISTORY_YEARS))
        records = []
        for position in range(last, -1, -1):
            if bars[position].day < start:
                break
            records.append(history_record(symbol, bars[position]))
        return JSONResponse(records)

    def eod_bulk(self, request: Request) -> Response:
        """One day of all symbols, as CSV."""
        try:
            day = _date(request, "date")
        except ValueError:
            day = None
        return eod_bulk(self._bars, day) if day else _missing("date")

    def profile_bulk(self, request: Request) -> Response:
        """One part of all profiles, as CSV."""
        part = request.query_params.get("part", "")
        return profile_bulk(self._bars, int(part)) if part.isdecimal() else _missing("part")

    def search(self, request: Request) -> Response:
        """Symbols that begin with or contain the query."""
        query = request.query_params.get("query", "").upper()
        if not query:
            return _missing("query")
        limit = request.query_params.get("limit", "50")
        exchange = request.query_params.get("exchange", "").upper()
        found = [search_record(s) for s in SYMBOLS if query in s and self._bars[s]]
        found.sort(key=lambda r: (not r["symbol"].startswith(query), r["symbol"]))
        if exchange:
            found = [r for r in found if r["exchange"] == exchange]
        return JSONResponse(found[: int(limit)] if limit.isdecimal() else found)

    def health(self, _request: Request) -> Response:
        """Needs no key: the day that is served, and the symbols that have prices by then."""
        served = [symbol for symbol, bars in self._bars.items() if bars]
        today = self._settings.today.isoformat()
        return JSONResponse({"status": "ok", "today": today, "symbols": served})

    def _one(
        self, request: Request, record: Callable[[str, tuple[Bar, ...]], dict[str, object]]
    ) -> Response:
        symbol = request.query_params.get("symbol", "").upper()
        if not symbol:
            return _missing("symbol")
        bars = self._bars.get(symbol, ())
        return JSONResponse([record(symbol, bars)] if bars else [])


def create_app(settings: ReplaySettings, limit: access.CallLimit | None = None) -> Starlette:
    """The replay as an ASGI application."""
    replay = Replay(settings)
    calls = limit or access.CallLimit(settings.calls_per_minute)

    def keyed(endpoint: Callable[[Request], Response]) -> Callable[[Request], Response]:
        def checked(request: Request) -> Response:
            key = access.key_of(request)
            if key not in settings.api_keys:
                return access.error(401, access.INVALID_KEY)
            if not calls.allow(key):
                return access.error(429, access.LIMIT_REACHED)
            return endpoint(request)

        return checked

    def legacy(_request: Request) -> Response:
        return access.error(403, access.LEGACY_ENDPOINT)

    batch_quote = replay.batch_quote if settings.batch else access.not_in_plan
    bulk = settings.bulk
    return Starlette(
        routes=[
            Route("/health", replay.health),
            Route("/stable/quote", keyed(replay.quote)),
            Route("/stable/batch-quote", keyed(batch_quote)),
            Route("/stable/profile", keyed(replay.profile)),
            Route("/stable/historical-price-eod/full", keyed(replay.history)),
            Route("/stable/eod-bulk", keyed(replay.eod_bulk if bulk else access.not_in_plan)),
            Route(
                "/stable/profile-bulk", keyed(replay.profile_bulk if bulk else access.not_in_plan)
            ),
            Route("/stable/search-symbol", keyed(replay.search)),
            Route("/api/v3/{rest:path}", keyed(legacy)),
        ]
    )


def _missing(name: str) -> Response:
    return PlainTextResponse(MISSING_PARAMETER.format(name), 400)


def _date(request: Request, name: str) -> date | None:
    text = request.query_params.get(name)
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(name) from None


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)
