"""The services of the local stack: how each is started and how each proves that it is well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from blueprint.names import PROJECT
from config.local import REPOSITORY, LocalSettings

WORK_POOL = f"{PROJECT}-local"
INFRASTRUCTURE = REPOSITORY / "finks-infrastructure"
INGESTION = REPOSITORY / "finks-ingestion"
PIPELINES = REPOSITORY / "finks-pipelines"
DBT = REPOSITORY / "finks-dbt"


@dataclass(frozen=True)
class Service:
    """One supervised process."""

    name: str
    description: str
    command: tuple[str, ...]
    directory: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    port: int | None = None
    health_url: str | None = None
    """Answers 200 when the service is well; None when Prefect's API tells (the worker)."""
    stop_seconds: int = 10
    """How long the supervisor waits for it to leave before it is killed."""


def python_of(project: Path) -> str:
    """The interpreter of a project's virtual environment."""
    return str(project / ".venv" / "bin" / "python")


def prefect_environment(settings: LocalSettings) -> dict[str, str]:
    """Environment of everything that belongs to Prefect."""
    return {
        "PATH": f"{PIPELINES / '.venv' / 'bin'}:/usr/local/bin:/usr/bin:/bin",
        "PREFECT_HOME": str(settings.state_dir / "prefect"),
        "PREFECT_API_URL": settings.prefect_api_url,
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }


def pipeline_environment(settings: LocalSettings) -> dict[str, str]:
    """Environment in which flows are deployed and run."""
    return {
        **settings.client_environment(),
        **prefect_environment(settings),
        "FINKS_ENV": settings.names.environment,
        "FINKS_TODAY": settings.clock.isoformat() if settings.clock else "",
        "FINKS_SYMBOLS": ",".join(settings.symbols),
        "FINKS_SUBNETS": "subnet-local",
        "FINKS_SECURITY_GROUPS": "sg-local",
        "FINKS_WORK_POOL": WORK_POOL,
        "FINKS_PIPELINES_DIR": str(PIPELINES),
        # A clock that stands still has no new day to run for.
        "FINKS_SCHEDULE_ACTIVE": str(settings.clock is None).lower(),
    }


def services(settings: LocalSettings) -> tuple[Service, ...]:
    """All services, in the order in which they are started."""
    cloud = Service(
        name="cloud",
        description="AWS endpoint",
        command=(
            *(python_of(INFRASTRUCTURE), "-m", "local.cloud"),
            *("--port", str(settings.cloud_port)),
            *("--state-dir", str(settings.state_dir)),
            *("--projects-dir", str(REPOSITORY)),
        ),
        directory=INFRASTRUCTURE,
        port=settings.cloud_port,
        health_url=f"{settings.cloud_url}/_finks/health",
        # Its tasks get 5 s to leave, then their logs are flushed.
        stop_seconds=20,
    )
    replay = Service(
        name="replay",
        description="FMP over real prices",
        command=(
            *(python_of(INGESTION), "-m", "replay"),
            *("--host", "127.0.0.1"),
            *("--port", str(settings.replay_port)),
        ),
        directory=INGESTION,
        environment={"FINKS_TODAY": settings.clock.isoformat() if settings.clock else ""},
        port=settings.replay_port,
        health_url=f"{settings.replay_url}/health",
    )
    prefect = Service(
        name="prefect",
        description="Prefect server and UI",
        command=(
            *(str(PIPELINES / ".venv" / "bin" / "prefect"), "server", "start"),
            *("--host", "127.0.0.1"),
            *("--port", str(settings.prefect_port)),
        ),
        directory=PIPELINES,
        environment={
            **prefect_environment(settings),
            "PREFECT_SERVER_UI_API_URL": settings.prefect_api_url,
            # Slots of runs outlive a restart of the server, and expire when their run is gone.
            "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": (
                "prefect.server.concurrency.lease_storage.filesystem"
            ),
        },
        port=settings.prefect_port,
        health_url=f"{settings.prefect_api_url}/health",
    )
    worker = Service(
        name="worker",
        description="Prefect worker",
        command=(
            *(str(PIPELINES / ".venv" / "bin" / "prefect"), "worker", "start"),
            *("--pool", WORK_POOL),
            *("--type", "process"),
            *("--name", f"{WORK_POOL}-worker"),
        ),
        directory=PIPELINES,
        environment={
            **pipeline_environment(settings),
            # A laptop has one user who waits for the run: look for work every second.
            "PREFECT_WORKER_QUERY_SECONDS": "1",
            "PREFECT_WORKER_HEARTBEAT_SECONDS": "10",
        },
        stop_seconds=5,
    )
    if settings.uses_replay:
        return (cloud, replay, prefect, worker)
    return (cloud, prefect, worker)
