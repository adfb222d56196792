"""The work pool is what the infrastructure says, whoever comes first."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.exceptions import ObjectNotFound

from blocks import work_pool

PROJECT = Path(__file__).resolve().parents[1]
POOL = "finks-test"
TEMPLATE: dict[str, Any] = {
    "job_configuration": {"command": "{{ command }}", "task_run_request": {"taskDefinition": "f"}},
    "variables": {"type": "object", "properties": {"command": {"type": "string"}}},
}
CHANGED: dict[str, Any] = {
    **TEMPLATE,
    "job_configuration": {"command": "{{ command }}", "task_run_request": {"taskDefinition": "g"}},
}


@pytest.fixture
def client(prefect_server: None) -> Iterator[SyncPrefectClient]:
    assert prefect_server is None  # it runs, and the environment names it
    with get_client(sync_client=True) as client:
        yield client
        for name in (POOL, f"{POOL}-process"):
            try:
                client.delete_work_pool(name)
            except ObjectNotFound:
                continue


def test_the_pool_is_made_kept_and_changed(client: SyncPrefectClient) -> None:
    assert work_pool.apply(client, POOL, TEMPLATE) == "created"
    assert work_pool.apply(client, POOL, TEMPLATE) == "up to date"
    assert work_pool.apply(client, POOL, CHANGED) == "updated"
    pool = client.read_work_pool(POOL)
    assert pool.type == "ecs"
    assert pool.base_job_template == CHANGED


def test_a_pool_of_another_type_is_left_alone(client: SyncPrefectClient) -> None:
    client.create_work_pool(WorkPoolCreate(name=f"{POOL}-process", type="process"))
    with pytest.raises(work_pool.SettingError, match="of type process"):
        work_pool.apply(client, f"{POOL}-process", TEMPLATE)


def test_the_process_becomes_the_command(client: SyncPrefectClient) -> None:
    script = "import os; print('became', os.getpid())"
    process = subprocess.Popen(
        [sys.executable, "-m", "blocks.work_pool", sys.executable, "-c", script],
        cwd=PROJECT,
        env={
            **os.environ,
            "PREFECT_API_URL": str(client.api_url),
            "FINKS_WORK_POOL": POOL,
            "FINKS_WORK_POOL_TEMPLATE": json.dumps(TEMPLATE),
        },
        stdout=subprocess.PIPE,
        text=True,
    )
    output, _ = process.communicate(timeout=90)
    assert output.splitlines() == [f"work pool {POOL}: created", f"became {process.pid}"]


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({}, "FINKS_WORK_POOL is not set"),
        ({"FINKS_WORK_POOL": POOL}, "FINKS_WORK_POOL_TEMPLATE"),
        ({"FINKS_WORK_POOL": POOL, "FINKS_WORK_POOL_TEMPLATE": "{"}, "FINKS_WORK_POOL_TEMPLATE"),
        ({"FINKS_WORK_POOL": POOL, "FINKS_WORK_POOL_TEMPLATE": "[]"}, "FINKS_WORK_POOL_TEMPLATE"),
    ],
)
def test_a_missing_or_wrong_setting_is_named(
    environment: dict[str, str], named: str, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    for name in ("FINKS_WORK_POOL", "FINKS_WORK_POOL_TEMPLATE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert work_pool.main([]) == work_pool.BAD_SETTINGS
    assert named in capsys.readouterr().err


def test_a_server_that_comes_up_late_is_waited_for() -> None:
    answers = iter([httpx.ConnectError("refused"), httpx.ConnectError("refused"), None])

    def hello() -> None:
        answer = next(answers)
        if answer is not None:
            raise answer

    work_pool.wait_for_server(hello, seconds=10, pause=0)
    assert next(answers, "all used") == "all used"


def test_a_server_that_stays_away_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://prefect.example:4200/api")

    def hello() -> None:
        raise httpx.ConnectError("refused")

    with pytest.raises(work_pool.ServerAwayError, match=r"prefect\.example:4200.*refused"):
        work_pool.wait_for_server(hello, seconds=0, pause=0)
