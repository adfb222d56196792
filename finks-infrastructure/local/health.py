"""Whether each service is well, asked the way a client of it would ask."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx

from config.local import LocalSettings
from local.services import WORK_POOL, Service, services
from local.supervisor import Supervisor

_REQUEST_SECONDS = 3.0
_POLL_SECONDS = 0.25
_WORKER_SILENCE = timedelta(seconds=60)
"""A worker that has not been heard of for so long is not well (heartbeats come every 10 s)."""


@dataclass(frozen=True)
class Health:
    """The answer of one service's health check."""

    service: Service
    healthy: bool
    detail: str


class UnhealthyError(Exception):
    """A service did not become well in time; the message names its log."""


def check(settings: LocalSettings, service: Service) -> Health:
    """Ask one service once."""
    try:
        if service.health_url is None:
            return _check_worker(settings, service)
        answer = httpx.get(service.health_url, timeout=_REQUEST_SECONDS, trust_env=False)
    except httpx.HTTPError as error:
        return Health(service, healthy=False, detail=f"no answer ({type(error).__name__})")
    healthy = answer.status_code == httpx.codes.OK
    return Health(service, healthy=healthy, detail="ok" if healthy else f"{answer.status_code}")


def wait(
    settings: LocalSettings,
    name: str,
    *,
    seconds: float,
    waiting: Callable[[float], None] = lambda _: None,
) -> None:
    """Wait until a service is well; `waiting` is told the seconds that have passed.

    Raises UnhealthyError when time is up, or at once when supervisord gave the service up.
    """
    service = next(service for service in services(settings) if service.name == name)
    supervisor = Supervisor(settings)
    begun = time.monotonic()
    while True:
        health = check(settings, service)
        if health.healthy:
            return
        passed = time.monotonic() - begun
        state = supervisor.states().get(name)
        gone = state is None or state.state == "FATAL"
        if gone or passed > seconds:
            log = settings.logs_dir / f"{name}.log"
            what = "does not stay up" if gone else f"is not healthy after {seconds:.0f} s"
            raise UnhealthyError(f"{name} {what} ({health.detail}); its log: {log}")
        waiting(passed)
        time.sleep(_POLL_SECONDS)


def _check_worker(settings: LocalSettings, service: Service) -> Health:
    answer = httpx.post(
        f"{settings.prefect_api_url}/work_pools/{WORK_POOL}/workers/filter",
        json={},
        timeout=_REQUEST_SECONDS,
        trust_env=False,
    )
    if answer.status_code != httpx.codes.OK:
        return Health(service, healthy=False, detail=f"no work pool {WORK_POOL} yet")
    heard = [
        datetime.fromisoformat(worker["last_heartbeat_time"])
        for worker in answer.json()
        if worker.get("last_heartbeat_time")
    ]
    if not heard:
        return Health(service, healthy=False, detail="no worker has reported yet")
    silence = datetime.now(UTC) - max(heard)
    healthy = silence < _WORKER_SILENCE
    return Health(service, healthy=healthy, detail="ok" if healthy else f"silent for {silence}")
