"""Makes the ecs work pool what the infrastructure says, then becomes the given command.

    python -m blocks.work_pool                       the pool alone
    python -m blocks.work_pool prefect worker start --pool … --type ecs

It is the entry point of the worker's container, and so of the one-off task that deploys the
flows: whichever of them comes first finds the pool, and a changed template is applied by the
deployment of the worker that brings it. The template comes in the environment
(`FINKS_WORK_POOL_TEMPLATE`, JSON), since it names subnets and roles that no image knows.

Exit code 2: a setting is missing or wrong. 3: the server did not answer in time.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate, WorkPoolUpdate
from prefect.exceptions import ObjectNotFound

POOL_TYPE = "ecs"
BAD_SETTINGS = 2
SERVER_AWAY = 3
WAIT_SECONDS = 300.0
"""How long the server may take to come up, its first migration included."""
PAUSE_SECONDS = 3.0


class SettingError(ValueError):
    """A variable of the environment is missing or wrong; the message names it."""


class ServerAwayError(Exception):
    """The Prefect server did not answer; the message says where it was looked for."""


def template_of(environment: dict[str, str]) -> tuple[str, dict[str, Any]]:
    """Name and base job template of the pool; raises SettingError."""
    name = environment.get("FINKS_WORK_POOL", "")
    if not name:
        raise SettingError("FINKS_WORK_POOL is not set; it is the name of the work pool")
    text = environment.get("FINKS_WORK_POOL_TEMPLATE", "")
    try:
        template = json.loads(text)
    except ValueError:
        template = None
    if not isinstance(template, dict) or "job_configuration" not in template:
        raise SettingError(
            "FINKS_WORK_POOL_TEMPLATE is not the JSON of a base job template; the worker's task"
            " definition sets it"
        )
    return name, template


def apply(client: SyncPrefectClient, name: str, template: dict[str, Any]) -> str:
    """Create the pool or bring its template up to date; returns what was done."""
    try:
        pool = client.read_work_pool(name)
    except ObjectNotFound:
        client.create_work_pool(
            WorkPoolCreate(name=name, type=POOL_TYPE, base_job_template=template)
        )
        return "created"
    if pool.type != POOL_TYPE:
        raise SettingError(
            f"FINKS_WORK_POOL: the pool {name} is of type {pool.type}, and a type cannot be"
            f" changed; delete it ('prefect work-pool delete {name}') or name another"
        )
    if pool.base_job_template == template:
        return "up to date"
    client.update_work_pool(name, WorkPoolUpdate(base_job_template=template))
    return "updated"


def wait_for_server(
    answers: Callable[[], object],
    *,
    seconds: float = WAIT_SECONDS,
    pause: float = PAUSE_SECONDS,
) -> None:
    """Wait until `answers` raises no connection error; raises ServerAwayError after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            answers()
        except httpx.TransportError as error:
            if time.monotonic() >= deadline:
                raise ServerAwayError(
                    f"the Prefect server at {os.environ.get('PREFECT_API_URL')} did not answer"
                    f" for {seconds:.0f} s ({error}); look at the service of the server"
                ) from error
            time.sleep(pause)
        else:
            return


def main(command: Sequence[str]) -> int:
    """Apply the template and replace this process by `command`; returns the exit code if none."""
    try:
        name, template = template_of(dict(os.environ))
        with get_client(sync_client=True) as client:
            wait_for_server(client.hello)
            done = apply(client, name, template)
    except SettingError as error:
        print(f"work pool: {error}", file=sys.stderr)  # noqa: T201 (the container's log)
        return BAD_SETTINGS
    except ServerAwayError as error:
        print(f"work pool: {error}", file=sys.stderr)  # noqa: T201
        return SERVER_AWAY
    print(f"work pool {name}: {done}", flush=True)  # noqa: T201
    if command:
        os.execvp(command[0], list(command))  # noqa: S606 (the container's own command)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
