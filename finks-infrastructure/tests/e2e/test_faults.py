"""Bad input and dead services: a clear message, the right state, and nothing half-written."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

import pytest

from local import aws
from local.pipeline import DEPLOYMENT
from local.prefect_api import PrefectApi
from local.supervisor import Supervisor
from tests.e2e.conftest import Stack

pytestmark = pytest.mark.timeout(600)

UNTOUCHED_DAY = "2012-12-{:02d}"


def objects(stack: Stack) -> set[str]:
    """Every manifest and published partition: what a reader can see."""
    session, options = aws.session(stack.settings), aws.client_options(stack.settings)
    names = stack.settings.names
    pages = session.client("s3", **options).get_paginator("list_objects_v2")
    manifests = {
        entry["Key"]
        for page in pages.paginate(Bucket=names.bucket("bronze"))
        for entry in page.get("Contents", [])
        if entry["Key"].endswith("_manifest.json")
    }
    partitions = session.client("glue", **options).get_paginator("get_partitions")
    return manifests | {
        partition["StorageDescriptor"]["Location"]
        for page in partitions.paginate(
            DatabaseName=names.database("silver"), TableName="fmp_quotes"
        )
        for partition in page["Partitions"]
    }


@contextlib.contextmanager
def api_key(stack: Stack, value: str) -> Iterator[None]:
    """Another FMP key in Secrets Manager for a while."""
    session, options = aws.session(stack.settings), aws.client_options(stack.settings)
    secrets = session.client("secretsmanager", **options)
    name = stack.settings.names.fmp_secret
    secrets.put_secret_value(SecretId=name, SecretString=value)
    try:
        yield
    finally:
        secrets.put_secret_value(SecretId=name, SecretString=stack.settings.fmp_api_key)


@contextlib.contextmanager
def stopped(stack: Stack, service: str) -> Iterator[None]:
    """A service that is down for a while."""
    supervisor = Supervisor(stack.settings)
    supervisor.stop_service(service)
    try:
        yield
    finally:
        supervisor.start_service(service)


def test_a_saturday_is_skipped(stack: Stack) -> None:
    before = objects(stack)
    result = stack.run("pipeline", "--date", "2013-02-16")
    assert result.returncode == 0, result.stdout
    assert "Skipped" in result.stdout
    assert objects(stack) == before


def test_a_future_date_fails_and_says_so(stack: Stack) -> None:
    before = objects(stack)
    result = stack.run("pipeline", "--date", "2013-03-04")
    assert result.returncode == 2
    assert "today is 2013-03-01" in result.stderr

    # The flow refuses it as well, for those who start it in the UI.
    with PrefectApi(stack.settings) as prefect:
        run = prefect.run_deployment(DEPLOYMENT, {"date": "2013-03-04"})
        while not run.finished:
            time.sleep(0.5)
            run = prefect.flow_run(run.id)
    assert run.state_type == "FAILED"
    assert "2013-03-01" in run.message, "the message names the day that is today"
    assert objects(stack) == before


def test_a_malformed_date_is_refused_with_an_example(stack: Stack) -> None:
    result = stack.run("pipeline", "--date", "2013-02-30")
    assert result.returncode == 2
    assert "YYYY-MM-DD" in result.stderr


def test_an_unknown_symbol_is_named_and_the_others_go_on(stack: Stack) -> None:
    day = UNTOUCHED_DAY.format(3)
    result = stack.run("pipeline", "--date", day, "--symbols", "AAPL,NOSUCH")
    assert result.returncode == 0, result.stdout
    assert "Incomplete" in result.stdout
    assert "NOSUCH" in result.stdout
    assert any(day in key for key in objects(stack))


def test_a_run_that_loses_its_stack_does_not_block_the_next_one(stack: Stack) -> None:
    with PrefectApi(stack.settings) as prefect:
        run = prefect.run_deployment(DEPLOYMENT, {"date": UNTOUCHED_DAY.format(6)})
        while prefect.flow_run(run.id).state_type != "RUNNING":
            time.sleep(0.5)
    assert stack.run("stop").returncode == 0
    started = stack.run("start", "--no-demo")
    assert started.returncode == 0, started.stdout + started.stderr

    with PrefectApi(stack.settings) as prefect:
        assert prefect.flow_run(run.id).state_type == "CRASHED"
    next_one = stack.run("pipeline", "--date", "2013-02-16")
    assert "Skipped" in next_one.stdout


def test_a_wrong_key_fails_and_leaves_nothing(stack: Stack) -> None:
    before = objects(stack)
    with api_key(stack, "wrong"):
        result = stack.run("pipeline", "--date", UNTOUCHED_DAY.format(4))
    assert result.returncode == 1
    assert "FMP_API_KEY" in result.stdout
    assert objects(stack) == before


def test_a_dead_replay_fails_and_leaves_nothing(stack: Stack) -> None:
    before = objects(stack)
    with stopped(stack, "replay"):
        result = stack.run("pipeline", "--date", UNTOUCHED_DAY.format(5))
    assert result.returncode == 1
    assert stack.settings.replay_url in result.stdout
    assert objects(stack) == before
