from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest
from moto.server import ThreadedMotoServer

from runner.settings import Settings, read_settings

ENVIRONMENT = {
    "DBT_TARGET": "local",
    "ATHENA_WORKGROUP": "finks-local-dbt",
    "ATHENA_STAGING_URI": "s3://finks-local-artifacts/athena-results/",
    "GOLD_DATA_URI": "s3://finks-local-gold/",
    "ARTIFACTS_URI": "s3://finks-local-artifacts/dbt/",
    "RUN_ID": "run-1",
    "LOG_CORRELATION_ID": "flow-1",
    "FINKS_TODAY": "2013-03-01",
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("START_DATE", "END_DATE", "DBT_SELECT", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    # dbt sets these in os.environ: registered here, they are taken back after the test
    for name in ("START_DATE", "END_DATE", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "")


@pytest.fixture
def settings() -> Settings:
    return read_settings(ENVIRONMENT)


@pytest.fixture(scope="session")
def aws_server() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def aws(aws_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of an AWS that has the artifacts bucket; every client is pointed at it."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws_server)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="finks-local-artifacts")
    athena = boto3.client("athena", region_name="ca-central-1")
    if "finks-local-dbt" not in str(athena.list_work_groups()["WorkGroups"]):
        athena.create_work_group(Name="finks-local-dbt")
    return aws_server
