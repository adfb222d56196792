"""The libraries of the platform against the local cloud: pyarrow and pyiceberg."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.dataset
import pytest
from pyarrow import fs
from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.exceptions import CommitFailedException

from tests.conftest import REGION, RunningCloud


@pytest.fixture(scope="module")
def lake(cloud: RunningCloud) -> str:
    cloud.client("s3").create_bucket(
        Bucket="test-clients", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    cloud.client("glue").create_database(DatabaseInput={"Name": "test_clients"})
    return "test-clients"


@pytest.fixture
def catalog(cloud: RunningCloud, lake: str) -> GlueCatalog:
    properties: dict[str, Any] = {
        "glue.endpoint": cloud.endpoint_url,
        "glue.region": REGION,
        "glue.access-key-id": "test",
        "glue.secret-access-key": "test",
        "s3.endpoint": cloud.endpoint_url,
        "s3.access-key-id": "test",
        "s3.secret-access-key": "test",
        "s3.region": REGION,
        "warehouse": f"s3://{lake}/warehouse",
        "commit.retry.num-retries": 0,
    }
    return GlueCatalog("test", **properties)


def _prices(*closes: float) -> pa.Table:
    return pa.table({"symbol": ["IBM"] * len(closes), "close": list(closes)})


def test_pyarrow_reads_and_writes_datasets(cloud: RunningCloud, lake: str) -> None:
    files = fs.S3FileSystem(
        endpoint_override=cloud.endpoint_url,
        access_key="test",
        secret_key="test",
        region=REGION,
        scheme="http",
    )
    table = pa.table({"date": ["2013-02-28", "2013-03-01"], "close": [1.0, 2.0]})
    pa.dataset.write_dataset(
        table,
        f"{lake}/prices",
        filesystem=files,
        format="parquet",
        partitioning=["date"],
        partitioning_flavor="hive",
    )
    found = pa.dataset.dataset(f"{lake}/prices", filesystem=files, partitioning="hive")
    assert sorted(found.to_table().column("close").to_pylist()) == [1.0, 2.0]
    big = bytes(12_000_000)
    with files.open_output_stream(f"{lake}/big") as stream:  # several parts
        stream.write(big)
    with files.open_input_file(f"{lake}/big") as file:
        assert file.size() == len(big)
        file.seek(11_999_000)
        assert len(file.read()) == 1000
    files.delete_dir(f"{lake}/prices")
    assert files.get_file_info(f"{lake}/prices").type == fs.FileType.NotFound


def test_iceberg_tables_through_glue(catalog: GlueCatalog) -> None:
    table = catalog.create_table("test_clients.prices", schema=_prices(1.0).schema)
    table.append(_prices(1.0, 2.0))
    table.overwrite(_prices(3.0))
    loaded = catalog.load_table("test_clients.prices")
    assert loaded.scan().to_arrow().column("close").to_pylist() == [3.0]
    catalog.drop_table("test_clients.prices")


def test_of_two_iceberg_writers_at_the_same_version_one_is_refused(catalog: GlueCatalog) -> None:
    table = catalog.create_table("test_clients.contended", schema=_prices(1.0).schema)
    stale = catalog._get_glue_table("test_clients", "contended")  # a reader's view
    table.append(_prices(1.0))
    with pytest.raises(CommitFailedException):
        catalog._update_glue_table(
            database_name="test_clients",
            table_name="contended",
            table_input={"Name": "contended", "Parameters": {"metadata_location": "lost"}},
            version_id=stale["VersionId"],
        )
    assert catalog.load_table("test_clients.contended").scan().to_arrow().num_rows == 1
