"""The handler as API Gateway calls it, with the local cloud's Athena behind it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from api import handler as entry
from api.settings import Settings
from tests.conftest import REGION, RunningCloud

type Request = Callable[..., "Answer"]


@dataclass(frozen=True)
class Answer:
    """What a client gets."""

    status: int
    body: dict[str, Any]


def answer(resource: str, path: dict[str, str] | None, query: dict[str, str] | None) -> Answer:
    event = {
        "httpMethod": "GET",
        "resource": resource,
        "path": resource,
        "pathParameters": path,
        "queryStringParameters": query,
        "requestContext": {"requestId": "r-1"},
    }
    raw = entry.handler(event, None)
    assert raw["headers"]["Content-Type"] == "application/json"
    return Answer(raw["statusCode"], json.loads(raw["body"]))


@pytest.fixture
def summary_of() -> Callable[..., Answer]:
    """Asks for the summary of a portfolio."""

    def ask(portfolio_id: str = "growth", **query: str) -> Answer:
        return answer(entry.SUMMARY, {"portfolio_id": portfolio_id}, query or None)

    return ask


@pytest.fixture
def no_athena(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fails the test when it gets as far as Athena."""

    def refuse() -> None:
        raise AssertionError("Athena was asked")

    monkeypatch.setattr(entry, "_athena", refuse)


@dataclass
class Gold:
    """A database with a workgroup of its own, as the platform makes them."""

    settings: Settings
    athena: Any
    glue: Any
    location: str

    def run(self, sql: str) -> None:
        query = self.athena.start_query_execution(
            QueryString=sql,
            QueryExecutionContext={"Database": self.settings.database},
            WorkGroup=self.settings.workgroup,
        )["QueryExecutionId"]
        while True:
            status = self.athena.get_query_execution(QueryExecutionId=query)["QueryExecution"][
                "Status"
            ]
            if status["State"] not in {"QUEUED", "RUNNING"}:
                break
        assert status["State"] == "SUCCEEDED", status


@pytest.fixture(scope="session")
def gold_session(cloud: RunningCloud) -> Gold:
    """One bucket, database and workgroup for the tests of the API."""
    own = uuid.uuid4().hex[:8]
    bucket = f"api-{own}"
    cloud.client("s3").create_bucket(
        Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    glue, athena = cloud.client("glue"), cloud.client("athena")
    glue.create_database(DatabaseInput={"Name": f"gold_{own}"})
    athena.create_work_group(
        Name=f"people-{own}",
        Configuration={
            "ResultConfiguration": {"OutputLocation": f"s3://{bucket}/results/"},
            "EnforceWorkGroupConfiguration": True,
        },
    )
    settings = Settings(f"gold_{own}", f"people-{own}", query_seconds=60, poll_seconds=0.02)
    return Gold(settings, athena, glue, f"s3://{bucket}/gold")


@pytest.fixture
def gold(gold_session: Gold, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gold]:
    """The handler reads from this database."""
    monkeypatch.setattr(entry, "_athena", lambda: gold_session.athena)
    monkeypatch.setattr(entry, "_settings", lambda: gold_session.settings)
    yield gold_session
    for table in gold_session.glue.get_tables(DatabaseName=gold_session.settings.database)[
        "TableList"
    ]:
        gold_session.glue.delete_table(
            DatabaseName=gold_session.settings.database, Name=table["Name"]
        )
