"""A reader of bronze that trusts nothing: manifests, files, rows, and the price file.

It knows the layout from DESIGN's contract alone, and shares no code with the connector.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.durability.worlds import World

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

HISTORY = "historical_price_eod"
Row = dict[str, Any]
_MANIFEST = re.compile(r"^fmp/(?P<dataset>[a-z_]+)/dt=(?P<day>[0-9-]{10})/_manifest\.json$")
_FILE = re.compile(r"^fmp/(?P<dataset>[a-z_]+)/run=(?P<run>[^/]+)/[^/]+\.parquet$")
_REASONS = ("empty", "rejected", "failed")


@dataclass(frozen=True)
class Content:
    """An object of the bucket."""

    body: bytes
    rows: list[Row] | None = None
    """Of a Parquet file."""
    by_day: Mapping[date | None, list[Row]] = field(default_factory=dict)
    """Rows by their date; those without one under None."""


@dataclass(frozen=True)
class Commit:
    """A date as a manifest commits it: its rows, and what is wrong with it."""

    dataset: str
    day: date
    manifest: dict[str, Any]
    rows: list[Row]
    problems: list[str]

    @property
    def run(self) -> str:
        """The run that committed it."""
        return str(self.manifest["run_id"])

    @property
    def writers(self) -> set[str]:
        """The runs that wrote its rows."""
        return {row["_run_id"] for row in self.rows}

    @property
    def symbols(self) -> list[str]:
        """The symbols that have rows."""
        return sorted(row["symbol"] for row in self.rows)

    @property
    def complete(self) -> bool:
        """Whether it says so."""
        return bool(self.manifest["status"] == "complete")


class Reader:
    """Reads one bucket, also while runs write into it.

    What was read is kept by its ETag: a file that somebody replaces is read again.
    """

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client, self._bucket = client, bucket
        self._contents: dict[tuple[str, str], Content] = {}

    def keys(self) -> dict[str, str]:
        """All keys of the source, and their ETags."""
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix="fmp/"
        )
        return {item["Key"]: item["ETag"] for page in pages for item in page.get("Contents", ())}

    def commits(self, dataset: str | None = None) -> list[Commit]:
        """What a reader sees of a dataset, or of all, by date."""
        return self.commits_of(self.keys(), dataset)

    def commits_of(self, keys: dict[str, str], dataset: str | None = None) -> list[Commit]:
        """The commits of a listing."""
        named = {key: found for key in keys if (found := _MANIFEST.match(key))}
        return [
            self._commit(key, found["dataset"], date.fromisoformat(found["day"]), keys)
            for key, found in named.items()
            if dataset in (None, found["dataset"])
        ]

    def problems(self, world: World | None = None) -> list[str]:
        """Everything that is wrong; with a world also every value that differs from it."""
        return [text for commit in self.commits() for text in problems_of(commit, world)]

    def _content(self, key: str, keys: dict[str, str]) -> Content | None:
        """An object as it is now, or None; one that is newer than the listing is read, too."""
        known = self._contents.get((key, keys.get(key, "")))
        if known is None:
            try:
                answer = self._client.get_object(Bucket=self._bucket, Key=key)
            except self._client.exceptions.NoSuchKey:
                return None
            body = answer["Body"].read()
            known = _parsed(body) if key.endswith(".parquet") else Content(body)
            self._contents[key, answer["ETag"]] = known
        return known

    def _commit(self, key: str, dataset: str, day: date, keys: dict[str, str]) -> Commit:
        content = self._content(key, keys)
        if content is None:
            raise AssertionError(f"{key} vanished: manifests are never deleted")
        manifest: dict[str, Any] = json.loads(content.body)
        problems: list[str] = []
        rows: list[Row] = []
        if (manifest["dataset"], manifest["date"]) != (dataset, day.isoformat()):
            problems.append(f"says {manifest['dataset']} {manifest['date']}")
        for entry in manifest["files"]:
            named = self._content(entry["key"], keys)
            if named is None:
                problems.append(f"names {entry['key']}, which does not exist")
                continue
            runs = {found["run"] for name in (*keys, entry["key"]) if (found := _FILE.match(name))}
            problems += _file_problems(entry, named, dataset, runs)
            rows += named.by_day.get(day if dataset == HISTORY else None, ())
        problems += _manifest_problems(manifest, rows)
        return Commit(dataset, day, manifest, rows, problems)


def _parsed(body: bytes) -> Content:
    try:
        rows: list[Row] = pq.read_table(io.BytesIO(body)).to_pylist()
    except pa.ArrowException:
        return Content(body)
    by_day: dict[date | None, list[Row]] = {}
    for row in rows:
        by_day.setdefault(row.get("date"), []).append(row)
    return Content(body, rows, by_day)


def _file_problems(
    entry: dict[str, Any], content: Content, dataset: str, runs: set[str]
) -> Iterator[str]:
    """What is wrong with a file; rows that it took over from files of earlier `runs` are not."""
    key = entry["key"]
    named = _FILE.match(key)
    if not named or named["dataset"] != dataset:
        yield f"names {key}, which is no file of the dataset"
        return
    if hashlib.sha256(content.body).hexdigest() != entry["sha256"]:
        yield f"{key} has another SHA-256"
    if len(content.body) != entry["bytes"]:
        yield f"{key} has {len(content.body)} bytes, not {entry['bytes']}"
    if content.rows is None:
        yield f"{key} is no Parquet file"
        return
    if len(content.rows) != entry["rows"]:
        yield f"{key} has {len(content.rows)} rows, not {entry['rows']}"
    order = [(row.get("date", date.min), row["symbol"]) for row in content.rows]
    if any(later < earlier for earlier, later in pairwise(order)):
        yield f"{key} is not sorted by date and symbol"
    if strange := {row["_run_id"] for row in content.rows} - runs:
        yield f"{key} has rows of {sorted(strange)}, which are no runs"
    if any(row["_ingested_at"] is None for row in content.rows):
        yield f"{key} has rows without _ingested_at"


def _manifest_problems(manifest: dict[str, Any], rows: list[Row]) -> Iterator[str]:
    counted = Counter(row["symbol"] for row in rows)
    lists = {
        name: manifest[f"symbols_{name}"]
        for name in ("asked", "received", "empty", "rejected", "failed")
    }
    if len(rows) != manifest["rows"]:
        yield f"has {len(rows)} rows, not {manifest['rows']}"
    if twice := sorted(symbol for symbol, count in counted.items() if count > 1):
        yield f"has more than one row of {', '.join(twice)}"
    for name, symbols in lists.items():
        if symbols != sorted(set(symbols)):
            yield f"symbols_{name} is not sorted, or names a symbol twice"
    if lists["received"] != sorted(counted):
        yield f"says received {lists['received']}, has rows of {sorted(counted)}"
    if beyond := set(lists["received"]) - set(lists["asked"]):
        yield f"received {sorted(beyond)}, which nobody asked for"
    explained = {symbol for name in _REASONS for symbol in lists[name]}
    if missing := set(lists["asked"]) - set(lists["received"]) - explained:
        yield f"says nothing of {sorted(missing)}"
    if manifest["status"] not in ("complete", "incomplete"):
        yield f"has the status {manifest['status']}"
    if manifest["status"] == "complete" and (lists["rejected"] or lists["failed"]):
        yield f"is complete with {lists['rejected'] + lists['failed']} rejected or failed"
    started, finished = (
        datetime.fromisoformat(manifest[f"{w}_at"]) for w in ("started", "finished")
    )
    if started > finished or started.utcoffset() != timedelta(0):
        yield f"ran from {started} to {finished}"


def problems_of(commit: Commit, world: World | None = None) -> list[str]:
    """Everything that is wrong with a date."""
    found = [*commit.problems, *(differences(commit, world) if world else ())]
    return [f"{commit.dataset} {commit.day}: {text}" for text in found]


def is_file(key: str) -> bool:
    """Whether a key is that of a run's file."""
    return bool(_FILE.match(key))


def is_manifest(key: str) -> bool:
    """Whether a key is that of a manifest."""
    return bool(_MANIFEST.match(key))


def differences(commit: Commit, world: World) -> list[str]:
    """Where a date differs from what the world says: missing or surplus symbols, and values."""
    problems = []
    asked, got = commit.manifest["symbols_asked"], {row["symbol"]: row for row in commit.rows}
    for symbol in asked:
        if symbol in got or not world.listed(symbol, commit.day):
            continue
        if commit.complete and (commit.dataset != HISTORY or world.bar(symbol, commit.day)):
            problems.append(f"is complete without {symbol}")
    for symbol, row in got.items():
        bar = world.bar(symbol, commit.day)
        if bar is None:
            problems.append(f"has a row of {symbol}, which was not traded")
        elif commit.dataset == HISTORY:
            problems += [
                f"{symbol} {name} is {row[name]}, not {value}"
                for name, value in bar.items()
                if exact(row[name]) != value
            ]
        elif exact(row["price"]) != bar["close"]:
            problems.append(f"{symbol} price is {row['price']}, not {bar['close']}")
    holidays = [date.fromisoformat(day) for day in commit.manifest["dates_without_records"]]
    for day in holidays:
        if traded := [symbol for symbol in asked if world.bar(symbol, day)]:
            problems.append(f"says {day} has no record of {traded}")
    return problems


def exact(value: object) -> Decimal | None:
    """A number as FMP wrote it, whether bronze keeps decimals or doubles."""
    return None if value is None else Decimal(str(value))
