"""Writing and reading bronze, on a real S3 endpoint."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from connectors.fmp.schemas import HISTORICAL_PRICE_EOD as HISTORY
from tests.conftest import Lake
from utils import bronze
from utils.dates import Window
from utils.s3 import Bucket, S3Error
from utils.validation import Row, parse_record

NOW = datetime(2013, 3, 1, 22, tzinfo=UTC)


def rows(count: int) -> list[Row]:
    record = {"symbol": "IBM", "date": "2013-02-15", "close": 1.5}
    return [parse_record(HISTORY.schema, record | {"symbol": f"S{n}"}) for n in range(count)]


def test_many_rows_are_cut_into_files(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bronze, "MAX_ROWS_PER_FILE", 4)
    store = bronze.BronzeStore(Bucket(lake.name), "fmp")

    files = store.write_files(HISTORY.name, HISTORY.schema, rows(10), run_id="r", ingested_at=NOW)

    assert [entry.rows for entry, _ in files] == [4, 4, 2]
    symbols = [r["symbol"] for e, _ in files for r in lake.table(e.key).to_pylist()]
    assert symbols == [f"S{n}" for n in range(10)]
    assert lake.table(files[0][0].key).to_pylist()[0]["_ingested_at"] == NOW


def test_no_rows_are_no_file(lake: Lake) -> None:
    store = bronze.BronzeStore(Bucket(lake.name), "fmp")

    assert store.write_files(HISTORY.name, HISTORY.schema, [], run_id="r", ingested_at=NOW) == []
    assert lake.keys() == []


def test_a_file_of_a_run_is_never_replaced(lake: Lake) -> None:
    bucket = Bucket(lake.name)
    bucket.put_new("a", b"one")
    bucket.put_new("a", b"one")  # a repeated request is harmless

    with pytest.raises(S3Error):
        bucket.put_new("a", b"two")
    assert lake.read("a") == b"one"


def test_only_manifests_of_the_window_are_read(lake: Lake) -> None:
    for day in ("2013-02-14", "2013-02-18"):
        key = f"fmp/quote/dt={day}/_manifest.json"
        lake.client.put_object(Bucket=lake.name, Key=key, Body=b"not read")
    store = bronze.BronzeStore(Bucket(lake.name), "fmp")

    window = Window(date(2013, 2, 15), date(2013, 2, 17))
    assert store.manifests("quote", window) == {}
    with pytest.raises(bronze.BronzeError, match="delete it"):
        store.manifests("quote", Window(date(2013, 2, 15), date(2013, 2, 18)))


def test_quarantine_is_appended_to(lake: Lake) -> None:
    store = bronze.BronzeStore(Bucket(lake.name), "fmp")
    store.quarantine("quote", "r", [{"reason": "one"}])
    key = store.quarantine("quote", "r", [{"reason": "two"}])

    assert lake.read(key).decode().splitlines() == ['{"reason": "one"}', '{"reason": "two"}']
