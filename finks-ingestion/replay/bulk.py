"""The CSV bulk files, which need a higher plan: one day of all symbols, all profiles in parts.

Not recorded from FMP, hence a guess: unquoted values where CSV needs no quotes, `adjClose` equal
to the (split-adjusted) close, and a file with the header alone for a day or a part without rows.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import date

from starlette.responses import Response

from replay.prices import Bar, last_bar_position
from replay.records import Record, history_record, profile_record

EOD_BULK_HEADER = ("symbol", "date", "open", "low", "high", "close", "adjClose", "volume")
PROFILES_PER_PART = 1000
CSV = "text/csv"
Bars = Mapping[str, tuple[Bar, ...]]


def eod_bulk(bars: Bars, day: date) -> Response:
    """`eod-bulk?date=`: the bars of all symbols on one day."""
    records = []
    for symbol, own in bars.items():
        position = last_bar_position(own, day)
        if position >= 0 and own[position].day == day:
            record = history_record(symbol, own[position])
            records.append(record | {"adjClose": record["close"]})
    return Response(render_csv(EOD_BULK_HEADER, records), media_type=CSV)


def profile_bulk(bars: Bars, part: int) -> Response:
    """`profile-bulk?part=`: the profiles of PROFILES_PER_PART symbols, counted from part 0."""
    served = [symbol for symbol, own in bars.items() if own]
    header = tuple(profile_record(served[0], bars[served[0]])) if served else ("symbol",)
    chosen = served[part * PROFILES_PER_PART :][:PROFILES_PER_PART]
    records = [profile_record(symbol, bars[symbol]) for symbol in chosen]
    return Response(render_csv(header, records), media_type=CSV)


def render_csv(header: Iterable[str], records: Iterable[Record]) -> str:
    """Records as CSV; null is empty, booleans are lower case as in FMP's JSON."""
    sink = io.StringIO()
    writer = csv.DictWriter(sink, list(header), extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for record in records:
        writer.writerow(
            {k: str(v).lower() if isinstance(v, bool) else v for k, v in record.items()}
        )
    return sink.getvalue()
