"""Writing and reading bronze, on a real S3 endpoint."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connectors.fmp.schemas import Bar
from tests.conftest import Lake
from tests.connectors.test_plan import manifest
from utils import bronze
from utils.arrow import bronze_schema, record_schema, to_table
from utils.dates import Window
from utils.s3 import PART_BYTES, Bucket, S3Error
from utils.validation import parse_record

NOW = datetime(2013, 3, 1, 22, tzinfo=UTC)
DATASET = "historical_price_eod"


def store(lake: Lake) -> bronze.BronzeStore:
    return bronze.BronzeStore(Bucket(lake.name), "fmp")


def run_files(lake: Lake) -> bronze.RunFiles:
    today = date(2013, 3, 1)
    return bronze.RunFiles(store(lake), DATASET, "r", ["date", "symbol"], "date", today, NOW)


def bars(*symbols: str, day: str = "2013-02-15") -> pa.Table:
    records = [parse_record(Bar, {"symbol": s, "date": day, "close": 15}) for s in symbols]
    return to_table(records, record_schema(Bar))


def test_many_rows_are_cut_into_files(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bronze, "ROWS_PER_FILE", 4)
    files = run_files(lake)

    for number in range(0, 10, 2):
        files.add(bars(f"S{number}", f"S{number + 1}"))
    files.flush()

    assert [file.entry.rows for file in files.written] == [4, 4, 2]
    assert [dict(file.rows) for file in files.written][2] == {date(2013, 2, 15): 2}
    symbols = [r["symbol"] for f in files.written for r in lake.table(f.entry.key).to_pylist()]
    assert symbols == [f"S{n}" for n in range(10)]
    assert lake.table(files.written[0].entry.key).to_pylist()[0]["_ingested_at"] == NOW


def test_a_file_is_sorted_compressed_and_says_what_it_is(lake: Lake) -> None:
    files = run_files(lake)
    files.add(bars("MSFT", "AAPL"))
    files.add(bars("IBM", day="2013-02-14"))
    files.flush()

    parquet = pq.ParquetFile(pa.BufferReader(lake.read(files.written[0].entry.key)))
    assert parquet.schema_arrow.equals(bronze_schema(Bar))
    assert parquet.read()["symbol"].to_pylist() == ["IBM", "AAPL", "MSFT"]
    assert parquet.schema_arrow.metadata is not None
    told = {k.decode(): v.decode() for k, v in parquet.schema_arrow.metadata.items()}
    assert told == {
        "finks.schema_version": "2",
        "finks.source": "fmp",
        "finks.dataset": DATASET,
        "finks.run_id": "r",
    }
    group = parquet.metadata.row_group(0)
    statistics = group.column(1).statistics
    assert statistics is not None
    assert (statistics.min, statistics.max) == (date(2013, 2, 14), date(2013, 2, 15))
    assert {group.column(n).compression for n in range(group.num_columns)} == {"ZSTD"}
    assert [c.column_index for c in group.sorting_columns] == [1, 0]


def test_no_rows_are_no_file(lake: Lake) -> None:
    files = run_files(lake)
    files.add(bars())
    files.flush()

    assert files.written == []
    assert lake.keys() == []


@pytest.mark.parametrize("size", [3, PART_BYTES + 3])
def test_a_file_of_a_run_is_never_replaced(lake: Lake, size: int) -> None:
    bucket = Bucket(lake.name)
    one, two = b"1" * size, b"2" * size
    bucket.put_new("a", one)
    bucket.put_new("a", one)  # a repeated request is harmless

    with pytest.raises(S3Error):
        bucket.put_new("a", two)
    assert lake.read("a") == one


def test_a_manifest_replaces_only_the_one_that_the_run_knew(lake: Lake) -> None:
    here, first = store(lake), manifest(15, run_id="first")
    assert here.commit(first, None)
    known = here.manifest(DATASET, first.date)
    assert known is not None

    assert not here.commit(manifest(15, run_id="late"), None), "somebody was there before"
    assert here.commit(manifest(15, run_id="second"), known)
    assert not here.commit(manifest(15, run_id="third"), known), "it is not that one any more"
    now = here.manifest(DATASET, first.date)
    assert now is not None
    assert now.run_id == "second"
    assert here.commit(manifest(15, run_id="second"), known), "a repeated request is harmless"


def test_only_manifests_of_the_window_are_read(lake: Lake) -> None:
    for day in ("2013-02-14", "2013-02-18"):
        key = f"fmp/quote/dt={day}/_manifest.json"
        lake.client.put_object(Bucket=lake.name, Key=key, Body=b"not read")

    window = Window(date(2013, 2, 15), date(2013, 2, 17))
    assert store(lake).manifests("quote", window) == {}
    with pytest.raises(bronze.BronzeError, match="delete it"):
        store(lake).manifests("quote", Window(date(2013, 2, 15), date(2013, 2, 18)))


def test_manifests_of_many_dates_share_their_lists(lake: Lake) -> None:
    here = store(lake)
    for number in (14, 15):
        here.commit(manifest(number), None)

    one, two = here.manifests(DATASET, Window(date(2013, 2, 14), date(2013, 2, 15))).values()
    assert one.symbols_asked == ["AAPL", "IBM"]
    assert one.symbols_asked is two.symbols_asked is two.symbols_received


def test_versions_of_manifests(lake: Lake) -> None:
    """Readers cannot read what an older connector wrote; what a newer one wrote stays."""
    here = store(lake)
    here.commit(manifest(14, schema_version=1), None)
    old = here.manifest(DATASET, date(2013, 2, 14))
    assert old is not None
    assert not old.complete

    here.commit(manifest(15, schema_version=3), None)
    with pytest.raises(bronze.BronzeError, match="use the connector that wrote it"):
        here.manifest(DATASET, date(2013, 2, 15))


def test_quarantine_is_appended_to(lake: Lake) -> None:
    store(lake).quarantine("quote", "r", ['{"reason": "one"}'])
    key = store(lake).quarantine("quote", "r", ['{"reason": "two"}'])

    assert lake.read(key).decode().splitlines() == ['{"reason": "one"}', '{"reason": "two"}']
