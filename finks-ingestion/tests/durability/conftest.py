"""An S3 that can be watched, a process that starts runs fast, and a bucket to verify."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import pytest

from replay.scenario import parse_scenario
from replay.serving import Running, running_replay
from tests.conftest import KEY
from tests.durability.processes import Run, Starter
from tests.durability.reader import Reader
from tests.durability.s3_server import S3Server, s3_server

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    with s3_server() as server:
        yield server


@pytest.fixture(scope="session")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Starter]:
    with Starter.running(tmp_path_factory.mktemp("runs")) as starter:
        yield starter


@pytest.fixture(scope="session")
def s3_client(s3: S3Server) -> S3Client:
    session = boto3.Session("testing", "testing", region_name="ca-central-1")
    return session.client("s3", endpoint_url=s3.url)


@dataclass(frozen=True)
class Bronze:
    """A bronze bucket, and the runs that write into it."""

    name: str
    reader: Reader
    s3: S3Server
    starter: Starter

    def start(self, replay: Running, **settings: str) -> Run:
        """Start a run; its S3 requests carry its RUN_ID, or APP where two share one."""
        application = settings.pop("APP", settings["RUN_ID"])
        environment = {
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": "ca-central-1",
            "AWS_ENDPOINT_URL": self.s3.url,
            "AWS_SDK_UA_APP_ID": application,
            "S3_BUCKET": self.name,
            "FMP_API_KEY": KEY,
            "FMP_BASE_URL": replay.url,
            "FMP_STATE_DIR": "off",
            "FMP_CALLS_PER_MINUTE": "1000000",
            "FMP_RETRY_SECONDS": "20",
            "FINKS_TODAY": "2013-03-01",
        }
        return self.starter.start(environment | settings)


def new_bucket(s3: S3Server, starter: Starter, client: S3Client) -> Bronze:
    """An empty bronze bucket."""
    name = f"bronze-{uuid4().hex[:12]}"
    client.create_bucket(
        Bucket=name, CreateBucketConfiguration={"LocationConstraint": "ca-central-1"}
    )
    return Bronze(name, Reader(client, name), s3, starter)


NewBronze = Callable[[], Bronze]


@pytest.fixture
def new_bronze(s3: S3Server, starter: Starter, s3_client: S3Client) -> NewBronze:
    return lambda: new_bucket(s3, starter, s3_client)


@pytest.fixture
def bronze(new_bronze: NewBronze) -> Bronze:
    return new_bronze()


Serve = Callable[..., Running]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start replays with the tables of a scenario; they stop with the test."""
    with ExitStack() as stack:

        def start(**content: Any) -> Running:
            scenario = parse_scenario({"limit": {"calls": 1_000_000}} | content)
            return stack.enter_context(running_replay(scenario=scenario))

        yield start


def eventually(condition: Callable[[], object], seconds: float = 30) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.01)
