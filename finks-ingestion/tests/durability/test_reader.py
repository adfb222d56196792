"""The reader finds what is wrong: bronze as a run left it, with one thing changed."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from replay.serving import running_replay
from tests.durability.conftest import Bronze, Serve, new_bucket
from tests.durability.processes import Starter
from tests.durability.reader import HISTORY
from tests.durability.s3_server import S3Server
from tests.durability.worlds import Split, World

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MANIFEST = f"fmp/{HISTORY}/dt=2013-02-15/_manifest.json"
WEEK = {"EXTRACTION_START": "2013-02-14", "EXTRACTION_END": "2013-02-15"}


class Tampering:
    """Changes the date 2013-02-15."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client, self._bucket = client, bucket

    def get(self, key: str) -> bytes:
        return self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()

    def put(self, key: str, body: bytes) -> None:
        self._client.put_object(Bucket=self._bucket, Key=key, Body=body)

    @property
    def manifest(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.get(MANIFEST))
        return found

    def say(self, **fields: Any) -> None:
        self.put(MANIFEST, json.dumps(self.manifest | fields).encode())

    def delete_file(self) -> None:
        self._client.delete_object(Bucket=self._bucket, Key=self.manifest["files"][0]["key"])

    def rewrite(self, change: Callable[[pa.Table], pa.Table]) -> None:
        """Replace the file, and let the manifest say what the new one is."""
        [entry] = self.manifest["files"]
        sink = io.BytesIO()
        table = change(pq.read_table(io.BytesIO(self.get(entry["key"]))))
        pq.write_table(table, sink)
        body = sink.getvalue()
        self.put(entry["key"], body)
        digest = hashlib.sha256(body).hexdigest()
        new = entry | {"sha256": digest, "bytes": len(body), "rows": table.num_rows}
        self.say(files=[new])


@pytest.fixture(scope="module")
def objects(s3: S3Server, starter: Starter, s3_client: S3Client) -> dict[str, bytes]:
    """What a run left."""
    bronze = new_bucket(s3, starter, s3_client)
    with running_replay() as replay:
        run = bronze.start(replay, RUN_ID="r", SYMBOLS="AAPL,FB,IBM", DATASETS=HISTORY, **WEEK)
        assert run.wait().code == 0
    keys = bronze.reader.keys()
    return {key: Tampering(s3_client, bronze.name).get(key) for key in keys}


@pytest.fixture
def tampering(bronze: Bronze, objects: dict[str, bytes], s3_client: S3Client) -> Tampering:
    tampering = Tampering(s3_client, bronze.name)
    for key, body in objects.items():
        tampering.put(key, body)
    return tampering


def with_column(table: pa.Table, name: str, values: list[Any]) -> pa.Table:
    spec = table.schema.field(name)
    return table.set_column(table.column_names.index(name), spec, pa.array(values, spec.type))


def last_close_changed(table: pa.Table) -> pa.Table:
    *others, last = table["close"].to_pylist()
    assert last is not None
    return with_column(table, "close", [*others, last * 2])


def another_run(table: pa.Table) -> pa.Table:
    return with_column(table, "_run_id", ["other"] * table.num_rows)


def without_last(table: pa.Table) -> pa.Table:
    return table.slice(0, table.num_rows - 1)


def replace_file(t: Tampering) -> None:
    t.put(t.manifest["files"][0]["key"], b"x")


def say_of_file(**fields: Any) -> Callable[[Tampering], None]:
    return lambda t: t.say(files=[t.manifest["files"][0] | fields])


def say(**fields: Any) -> Callable[[Tampering], None]:
    return lambda t: t.say(**fields)


MORE = ["AAPL", "FB", "GOOG", "IBM"]
TAMPERINGS: dict[str, tuple[Callable[[Tampering], None], str]] = {
    "file deleted": (Tampering.delete_file, "does not exist"),
    "file replaced": (replace_file, "another SHA-256"),
    "no Parquet": (replace_file, "is no Parquet file"),
    "bytes": (say_of_file(bytes=1), "bytes, not 1"),
    "rows of a file": (say_of_file(rows=9), "rows, not 9"),
    "rows": (say(rows=4), "has 3 rows, not 4"),
    "named twice": (lambda t: t.say(files=t.manifest["files"] * 2), "more than one row of AAPL"),
    "nothing named": (say(files=[]), "has 0 rows, not 3"),
    "received": (say(symbols_received=["AAPL", "FB"]), "has rows of"),
    "not asked": (say(symbols_asked=["AAPL", "FB"]), "which nobody asked for"),
    "not explained": (say(symbols_asked=MORE), "nothing of"),
    "explained": (say(symbols_asked=MORE, symbols_empty=["GOOG"]), "is complete without GOOG"),
    "failed": (say(symbols_asked=MORE, symbols_failed=["GOOG"]), "is complete with ['GOOG']"),
    "other date": (say(date="2013-02-14"), f"says {HISTORY} 2013-02-14"),
    "status": (say(status="perhaps"), "has the status perhaps"),
    "no holiday": (say(dates_without_records=["2013-02-13"]), "says 2013-02-13 has"),
    "order": (lambda t: t.rewrite(lambda table: table[::-1]), "not sorted"),
    "value": (lambda t: t.rewrite(last_close_changed), "IBM close is"),
    "run": (lambda t: t.rewrite(another_run), "rows of ['other'], which are no runs"),
    "row lost": (lambda t: t.rewrite(without_last), "has 2 rows, not 3"),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_whatever_is_wrong_is_found(name: str, bronze: Bronze, tampering: Tampering) -> None:
    assert bronze.reader.problems(World()) == []
    tamper, expected = TAMPERINGS[name]

    tamper(tampering)

    problems = bronze.reader.problems(World())
    assert any(expected in problem for problem in problems), problems
    assert any("2013-02-15" in problem for problem in problems), problems


def test_another_world_is_told_from_this_one(bronze: Bronze, tampering: Tampering) -> None:
    assert tampering
    halved = World({"IBM": Split(Decimal("0.5"), before=date(2013, 2, 15))})

    problems = bronze.reader.problems(halved)

    assert {problem.split(": ")[0] for problem in problems} == {f"{HISTORY} 2013-02-14"}
    assert all(": IBM " in problem for problem in problems)


def test_a_world_is_what_a_scenario_makes_of_the_replay(bronze: Bronze, serve: Serve) -> None:
    effect = {"kind": "restate", "factor": 0.5, "before": "2013-02-15"}
    replay = serve(rules=[{"symbols": ["IBM"], "effect": effect}], clones=3)
    symbols = "AAPL,AAPL.001,IBM"

    run = bronze.start(replay, RUN_ID="r", SYMBOLS=symbols, DATASETS=HISTORY, **WEEK)

    assert run.wait().code == 0
    halved = World({"IBM": Split(Decimal("0.5"), before=date(2013, 2, 15))})
    assert bronze.reader.problems(halved) == []
    assert bronze.reader.problems(World()) != []
