"""What every contender is asked to do: the same symbols, days, server and bucket.

The standard library alone: contenders import it in environments of their own, and what it
imported would count as their memory.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlencode

HISTORY = "historical_price_eod"
QUOTE = "quote"
PROFILE = "company_profile"
TABLES = (HISTORY, QUOTE, PROFILE)
"""Every contender writes tables of these names, so that their records can be compared."""
ENDPOINTS: Mapping[str, str] = {
    HISTORY: "historical-price-eod/full",
    QUOTE: "quote",
    PROFILE: "profile",
}
BATCH_QUOTE = "batch-quote"
QUOTE_BATCH = 100
"""Symbols in one batch-quote call: the connector's own number."""
API_KEY = "finks-local-key"


@dataclass(frozen=True)
class Task:
    """One contender's work. `start` and `end` are ISO dates, inclusive.

    With `batches` quotes come many in a call, as they do to our connector. `calls` is for the
    bare client: endpoints with their query, which it sends as they are. `objects` is for the bare
    writer: keys and sizes.
    """

    symbols: tuple[str, ...]
    start: str
    end: str
    base_url: str
    bucket: str
    s3_endpoint: str
    concurrency: int
    tables: tuple[str, ...] = TABLES
    batches: bool = False
    calls: tuple[str, ...] = ()
    objects: tuple[tuple[str, int], ...] = ()

    def save(self, path: Path) -> Path:
        """Write the file that a contender reads."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")
        return path

    @property
    def quote_batches(self) -> list[str]:
        """The symbols for each batch-quote call, comma-separated."""
        starts = range(0, len(self.symbols), QUOTE_BATCH)
        return [",".join(self.symbols[start : start + QUOTE_BATCH]) for start in starts]

    def endpoint_of(self, table: str) -> str:
        """The endpoint that has a table's records."""
        return BATCH_QUOTE if self.batches and table == QUOTE else ENDPOINTS[table]

    def calls_of(self, table: str) -> Iterator[dict[str, str]]:
        """The parameters of each call that a table needs."""
        if self.batches and table == QUOTE:
            yield from ({"symbols": batch} for batch in self.quote_batches)
            return
        span = {"from": self.start, "to": self.end} if table == HISTORY else {}
        yield from ({"symbol": symbol, **span} for symbol in self.symbols)

    @property
    def all_calls(self) -> tuple[str, ...]:
        """Every call that the work needs, written as `calls` is."""
        return tuple(
            f"{self.endpoint_of(table)}?{urlencode(parameters)}"
            for table in self.tables
            for parameters in self.calls_of(table)
        )


def load_task(path: Path) -> Task:
    """Read the file of a contender."""
    content = json.loads(path.read_text(encoding="utf-8"))
    for name in ("symbols", "tables", "calls"):
        content[name] = tuple(content[name])
    content["objects"] = tuple((key, size) for key, size in content["objects"])
    return Task(**content)


def perform(run: Callable[[Task], float | None]) -> None:
    """Run the task of the file on the command line, and print the seconds that the work took.

    `run` gives them itself when it had to import something first.
    """
    task = load_task(Path(sys.argv[1]))
    began = time.perf_counter()
    own = run(task)
    seconds = time.perf_counter() - began if own is None else own
    sys.stdout.write(json.dumps({"seconds": seconds}) + "\n")
