"""Fixtures: a real replay, a real S3 endpoint, and the connector run as its container is."""

from __future__ import annotations

import io
import json
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from moto.server import ThreadedMotoServer

from connectors.__main__ import main
from connectors.fmp.settings import FmpSettings
from tests.metrics import forget_metrics
from tests.servers import Answer, FaultServer, Request, fault_server, replay_server

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_s3 import S3Client

SYMBOLS = ("AAPL", "FB", "GOOG", "IBM", "MSFT")
KEY = "finks-local-key"


@pytest.fixture(scope="session")
def replay_url() -> Iterator[str]:
    with replay_server() as url:
        yield url


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    _, port = server.get_host_and_port()
    yield f"http://127.0.0.1:{port}"
    server.stop()


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, s3_endpoint: str, tmp_path: Path) -> None:
    """Nothing of the caller's environment reaches a test, and no test uses up another's limit."""
    for name in FmpSettings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name in [n for n in os.environ if n.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_endpoint)
    monkeypatch.setenv("FMP_STATE_DIR", str(tmp_path / "limits"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ca-central-1")


@dataclass
class Lake:
    """A bronze bucket of one test."""

    name: str
    client: S3Client
    source: str = "fmp"

    def keys(self, prefix: str = "") -> list[str]:
        answer = self.client.list_objects_v2(Bucket=self.name, Prefix=prefix)
        return [item["Key"] for item in answer.get("Contents", [])]

    def read(self, key: str) -> bytes:
        return self.client.get_object(Bucket=self.name, Key=key)["Body"].read()

    def table(self, key: str) -> pa.Table:
        return pq.read_table(io.BytesIO(self.read(key)))

    def manifest(self, dataset: str, day: str) -> dict[str, Any]:
        key = f"{self.source}/{dataset}/dt={day}/_manifest.json"
        found: dict[str, Any] = json.loads(self.read(key))
        return found

    def dates(self, dataset: str) -> list[str]:
        """Dates that have a manifest."""
        keys = self.keys(f"{self.source}/{dataset}/dt=")
        return [key.split("dt=")[1].split("/")[0] for key in keys]

    def rows(self, dataset: str, day: str) -> list[dict[str, Any]]:
        """The rows of a date, as a reader finds them: through the manifest."""
        manifest = self.manifest(dataset, day)
        rows = [row for f in manifest["files"] for row in self.table(f["key"]).to_pylist()]
        return [row for row in rows if "date" not in row or row["date"].isoformat() == day]


@pytest.fixture
def lake(s3_endpoint: str) -> Lake:
    client = boto3.client("s3", endpoint_url=s3_endpoint)
    name = f"bronze-{uuid4().hex[:12]}"
    client.create_bucket(
        Bucket=name, CreateBucketConfiguration={"LocationConstraint": "ca-central-1"}
    )
    return Lake(name, client)


@pytest.fixture
def cloudwatch(s3_endpoint: str) -> Iterator[CloudWatchClient]:
    """A CloudWatch that has the metrics of one test only."""
    with forget_metrics(s3_endpoint) as client:
        yield client


@dataclass
class Outcome:
    """How a run ended."""

    code: int
    summary: dict[str, Any]
    log: list[dict[str, Any]]
    stderr: str

    @property
    def error(self) -> str:
        return self.summary["error"] or ""

    def dataset(self, name: str = "historical_price_eod") -> dict[str, Any]:
        found: dict[str, Any] = self.summary["datasets"][name]
        return found


Extract = Callable[..., Outcome]


@pytest.fixture
def extract(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], lake: Lake, replay_url: str
) -> Extract:
    """Run the connector with an environment; by default one day of the replay, all symbols."""

    def run(*flags: str, connector: str = "fmp", **settings: str) -> Outcome:
        defaults = {
            "S3_BUCKET": lake.name,
            "SYMBOLS": ",".join(SYMBOLS),
            "FMP_API_KEY": KEY,
            "FMP_BASE_URL": replay_url,
            "FINKS_TODAY": "2013-03-01",
            "FMP_RETRY_SECONDS": "0",
            "FMP_TIMEOUT_SECONDS": "10",
        }
        if not flags and not {"EXTRACTION_START", "EXTRACTION_END"} & settings.keys():
            defaults["EXTRACTION_DATE"] = "2013-02-15"
        with monkeypatch.context() as patch:
            for name, value in (defaults | settings).items():
                patch.setenv(name, value)
            code = main([connector, *flags])
        out, err = capsys.readouterr()
        assert out.count("\n") == 1, "one line on stdout"
        return Outcome(code, json.loads(out), [json.loads(line) for line in err.splitlines()], err)

    return run


@pytest.fixture
def misbehave() -> Iterator[Callable[[Callable[[Request], Answer]], FaultServer]]:
    """Start servers that answer as told; they stop with the test."""
    with ExitStack() as stack:
        yield lambda answer: stack.enter_context(fault_server(answer))
