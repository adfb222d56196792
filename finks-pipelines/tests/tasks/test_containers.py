"""What the exit codes of the containers mean, and their logs."""

from __future__ import annotations

import json
import logging
import time
from typing import Any

import boto3
import pytest

from errors import ContainerFailedError, ContainerInterruptedError
from tasks import dbt, ingestion
from tasks.ecs import ContainerRun
from tasks.logs import LogTail


def ended(code: int, **summary: Any) -> ContainerRun:
    return ContainerRun("t1", code, "exited", summary, ("first", "last"), "a line")


@pytest.mark.parametrize("code", [0, 4])
def test_complete_and_incomplete_extractions_go_on(code: int) -> None:
    ingestion.check_exit(ended(code))


@pytest.mark.parametrize("code", [2, 3, 1])
def test_permanent_exit_codes_carry_the_connectors_own_message(code: int) -> None:
    with pytest.raises(ContainerFailedError, match="Invalid API KEY") as caught:
        ingestion.check_exit(ended(code, error="Invalid API KEY"))
    assert not caught.value.transient
    assert caught.value.exit_code == code


@pytest.mark.parametrize("code", [5, 6])
def test_transient_exit_codes_are_retried(code: int) -> None:
    with pytest.raises(ContainerInterruptedError, match="last") as caught:
        ingestion.check_exit(ended(code))
    assert caught.value.transient


def test_failed_dbt_nodes_are_named_with_their_rows() -> None:
    node = {"name": "unique_key", "message": "Got 1 result", "rows": [{"symbol": "FB"}]}
    with pytest.raises(ContainerFailedError, match=r"unique_key: Got 1 result \(symbol=FB\)"):
        dbt.check_exit(ended(1, failed=[node]))
    with pytest.raises(ContainerFailedError, match=r"exit 2.*no such profile"):
        dbt.check_exit(ended(2, error="no such profile"))


@pytest.mark.usefixtures("aws")
def test_the_log_is_followed_line_by_line(caplog: pytest.LogCaptureFixture) -> None:
    client = boto3.client("logs")
    tail = LogTail(client, "/ecs/x", "ecs/c/1", logging.getLogger("followed"))
    caplog.set_level(logging.INFO)
    assert tail.follow() == 0  # the stream appears with its first line

    client.create_log_group(logGroupName="/ecs/x")
    client.create_log_stream(logGroupName="/ecs/x", logStreamName="ecs/c/1")

    def put(*lines: str) -> None:
        now = int(time.time() * 1000)
        events = [{"timestamp": now, "message": line} for line in lines]
        client.put_log_events(
            logGroupName="/ecs/x",
            logStreamName="ecs/c/1",
            logEvents=events,  # type: ignore[arg-type]
        )

    put("plain", json.dumps({"level": "warn", "message": "slow"}))
    assert tail.follow() == 2
    put(
        json.dumps({"level": "ERROR", "message": "broken"}),
        json.dumps({"event": "summary", "exit_code": 3, "error": "no key"}),
    )
    assert tail.follow() == 2
    assert tail.follow() == 0
    assert [(r.levelname, r.message) for r in caplog.records if r.name == "followed"] == [
        ("INFO", "plain"),
        ("WARNING", "slow"),
        ("ERROR", "broken"),
    ]
    assert (tail.errors, tail.summary["error"]) == (["broken"], "no key")
