"""Prefect's own server, and an AWS control plane (moto) with the tables of silver."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

# Read once, when the tasks are made: retries have to be quick here.
os.environ.update(
    {
        "FINKS_ENV": "local",
        "FINKS_TODAY": "2013-03-01",
        "FINKS_SYMBOLS": "AAPL,FB,GOOG,IBM,MSFT",
        "FINKS_SUBNETS": "subnet-1",
        "FINKS_SECURITY_GROUPS": "sg-1",
        "FINKS_POLL_SECONDS": "0.2",
        "FINKS_RETRY_DELAY_SECONDS": "0",
        "FINKS_TRANSIENT_RETRIES": "1",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": "ca-central-1",
        "AWS_DEFAULT_REGION": "ca-central-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }
)

import boto3
import httpx
from moto.server import ThreadedMotoServer
from prefect.testing.utilities import prefect_test_harness

from tests import stack
from tests.lake import create_lake
from tests.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_s3 import S3Client


@pytest.fixture(scope="session")
def prefect_server() -> Iterator[None]:
    """A Prefect server of the test session."""
    with prefect_test_harness(server_startup_timeout=120):
        yield


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    """The address of an AWS control plane."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def aws(moto: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty control plane with the buckets and tables; the environment points at it."""
    httpx.post(f"{moto}/moto-api/reset", timeout=10).raise_for_status()
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto)
    create_lake()
    return moto


@pytest.fixture
def s3(aws: str) -> S3Client:
    """S3 with the buckets of the lake."""
    assert aws
    return boto3.client("s3")


@pytest.fixture
def glue(aws: str) -> GlueClient:
    """Glue with the tables of silver."""
    assert aws
    return boto3.client("glue")


@pytest.fixture(scope="session")
def running_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The local cloud with the blueprint in it."""
    if not stack.available():
        pytest.skip("finks-infrastructure and finks-ingestion are not set up")
    folder = tmp_path_factory.mktemp("stack")
    running = Stack(folder, stack.free_port(), stack.free_port())
    with running.cloud():
        running.bootstrap()
        yield running


@pytest.fixture
def cloud(running_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """The local cloud; the environment points at it."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", running_stack.endpoint)
    return running_stack


@pytest.fixture(scope="session")
def _replay(running_stack: Stack) -> Iterator[None]:
    with running_stack.replay():
        yield


@pytest.fixture
def replay(_replay: None) -> None:
    """FMP over real prices, for the connector of the local cloud."""
