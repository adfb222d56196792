"""Containers of Prefect: the server, its background loops, the worker and the flow runs.

All of them run the image of finks-pipelines. Settings are those of Prefect 3.9
(docs/aws/prefect.md says which does what).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from blueprint import work_pool
from blueprint.network import POSTGRES_PORT, PREFECT_HEALTH_PATH, PREFECT_PORT, REDIS_PORT
from blueprint.sizes import FLOW_RUN, PREFECT_SERVER, PREFECT_WORKER, TaskSize
from blueprint.task_definition import (
    TMP,
    ContainerPlatform,
    TaskDefinition,
    Volume,
    container,
    http_health_check,
)

PROJECT = "finks-pipelines"
SERVER_CONTAINER = "prefect-server"
WORKER_CONTAINER = "prefect-worker"
DATABASE_NAME = "prefect"
DISCOVERY_NAME = "prefect"
"""The server's name in the private DNS zone of the stack."""
HOME = Volume("prefect-home", "/var/lib/prefect")
PIPELINES_DIR = "/opt/finks-pipelines"
DATABASE_CA = "/etc/ssl/rds/ca-bundle.pem"
"""Amazon's certificate authorities of RDS in the image: no system trusts them by itself."""
WORKER_HEALTH_PORT = 8080
SERVER_START_SECONDS = 180
"""A first start migrates the database."""
KEEP_ALIVE_SECONDS = 75
"""Longer than the 60 s after which the load balancer drops an idle connection: the other way
round it would now and then send a request into one that the server is closing."""
CLIENT_RETRIES = 8
"""Calls are repeated for about five minutes: a server task that is replaced is away for two."""


@dataclass(frozen=True)
class TaskNetwork:
    """Where tasks run."""

    subnets: tuple[str, ...]
    security_group: str
    public_address: bool
    """Tasks in public subnets reach nothing without one."""


@dataclass(frozen=True)
class PrefectWiring:
    """What Prefect's containers are told about the rest of the platform."""

    auth_secret_arn: str
    """The secret with Prefect's basic-auth string."""
    database_address: str
    database_secret_arn: str
    """The secret that RDS manages: JSON with username and password."""
    ui_url: str | None
    """Where browsers find the server; None: through a forwarded port of their own machine."""
    redis_host: str | None
    """Set: the API is scaled, and the background loops run in a task of their own."""
    network: TaskNetwork


@dataclass(frozen=True)
class PrefectSizes:
    """Sizes of the tasks."""

    server: TaskSize = PREFECT_SERVER
    worker: TaskSize = PREFECT_WORKER
    flow_run: TaskSize = FLOW_RUN


def prefect_task_definitions(
    platform: ContainerPlatform,
    wiring: PrefectWiring,
    *,
    sizes: PrefectSizes = PrefectSizes(),
    symbols: Sequence[str] = (),
    spot: bool = False,
    schedules_active: bool = True,
) -> tuple[TaskDefinition, ...]:
    """Server, worker and flow run; with Redis also the server's background loops."""
    names = platform.names
    scaled = wiring.redis_host is not None
    server = ["prefect", "server", "start"]
    api_url = f"http://{DISCOVERY_NAME}.{names.discovery_namespace}:{PREFECT_PORT}/api"
    client = {
        "PREFECT_HOME": HOME.path,
        "PREFECT_API_URL": api_url,
        "PREFECT_CLIENT_MAX_RETRIES": str(CLIENT_RETRIES),
        # Without a server a run has to fail, not to make one of its own.
        "PREFECT_SERVER_EPHEMERAL_ENABLED": "false",
        "AWS_DEFAULT_REGION": platform.region,
    }
    flow_run = {
        "FINKS_BUCKET_SUFFIX": names.suffix,
        "FINKS_SYMBOLS": ",".join(symbols),
        "FINKS_SUBNETS": ",".join(wiring.network.subnets),
        "FINKS_SECURITY_GROUPS": wiring.network.security_group,
        "FINKS_ASSIGN_PUBLIC_IP": str(wiring.network.public_address).lower(),
        "FINKS_POLL_SECONDS": "10",
    }
    template = work_pool.base_job_template(
        names,
        subnets=wiring.network.subnets,
        security_group=wiring.network.security_group,
        public_address=wiring.network.public_address,
        auth_secret_arn=wiring.auth_secret_arn,
        spot=spot,
        exec_enabled=platform.exec_enabled,
    )
    deployment = {
        "FINKS_WORK_POOL": names.work_pool,
        "FINKS_WORK_POOL_TEMPLATE": json.dumps(template, separators=(",", ":")),
        "FINKS_PIPELINES_DIR": PIPELINES_DIR,
        "FINKS_SCHEDULE_ACTIVE": str(schedules_active).lower(),
        "PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER_SQS_QUEUE_NAME": names.observer_queue,
        "PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER_SQS_QUEUE_REGION": platform.region,
    }
    client_secrets = {"PREFECT_API_AUTH_STRING": wiring.auth_secret_arn}
    definitions = [
        _definition(
            platform,
            family=names.prefect_server,
            name=SERVER_CONTAINER,
            role="prefect-server",
            size=sizes.server,
            command=[*server, "--no-services"] if scaled else server,
            environment={**_api(wiring), **_database(wiring), **_redis(wiring)},
            secrets=_server_secrets(wiring),
            port=PREFECT_PORT,
            health_url=f"http://127.0.0.1:{PREFECT_PORT}{PREFECT_HEALTH_PATH}",
        ),
        _definition(
            platform,
            family=names.prefect_worker,
            name=WORKER_CONTAINER,
            role="prefect-worker",
            size=sizes.worker,
            # Makes the work pool what the template says, then becomes the command.
            entry_point=["python", "-m", "blocks.work_pool"],
            command=[
                *("prefect", "worker", "start", "--pool", names.work_pool, "--type", "ecs"),
                *("--name", f"{names.work_pool}-worker"),
                *("--with-healthcheck", "--install-policy", "never"),
            ],
            environment={
                **client,
                **deployment,
                "PREFECT_WORKER_WEBSERVER_HOST": "127.0.0.1",
                "PREFECT_WORKER_WEBSERVER_PORT": str(WORKER_HEALTH_PORT),
            },
            secrets=client_secrets,
            health_url=f"http://127.0.0.1:{WORKER_HEALTH_PORT}/health",
        ),
        _definition(
            platform,
            family=names.flow_run_task,
            name=work_pool.CONTAINER,
            role="flow-run",
            size=sizes.flow_run,
            command=["prefect", "flow-run", "execute"],
            environment={**client, **flow_run},
            secrets=client_secrets,
        ),
    ]
    if scaled:
        definitions.append(
            _definition(
                platform,
                family=names.prefect_services,
                name="prefect-services",
                role="prefect-server",
                size=sizes.server,
                command=["prefect", "server", "services", "start"],
                environment={
                    **_database(wiring),
                    **_redis(wiring),
                    # The API migrates; two that do so at once get into each other's way.
                    "PREFECT_SERVER_DATABASE_MIGRATE_ON_START": "false",
                    "PREFECT_SERVER_UI_ENABLED": "false",
                },
                secrets=_server_secrets(wiring),
            )
        )
    return tuple(definitions)


def _definition(
    platform: ContainerPlatform,
    *,
    family: str,
    name: str,
    role: str,
    size: TaskSize,
    command: Sequence[str],
    environment: Mapping[str, str],
    secrets: Mapping[str, str],
    entry_point: Sequence[str] = (),
    port: int | None = None,
    health_url: str | None = None,
) -> TaskDefinition:
    volumes = platform.volumes(TMP, HOME)
    return TaskDefinition(
        family=family,
        cpu=size.cpu,
        memory=size.memory,
        role=role,
        volumes=volumes,
        container=container(
            platform,
            family=family,
            name=name,
            project=PROJECT,
            entry_point=entry_point,
            command=command,
            environment=environment,
            secrets=secrets,
            volumes=volumes,
            port=port,
            health_check=(
                http_health_check(health_url, start_seconds=SERVER_START_SECONDS)
                if health_url
                else None
            ),
        ),
    )


def _api(wiring: PrefectWiring) -> dict[str, str]:
    browser = wiring.ui_url or f"http://127.0.0.1:{PREFECT_PORT}"
    return {
        "PREFECT_SERVER_API_HOST": "0.0.0.0",  # noqa: S104 (its security group is the door)
        "PREFECT_SERVER_API_PORT": str(PREFECT_PORT),
        "PREFECT_SERVER_API_KEEPALIVE_TIMEOUT": str(KEEP_ALIVE_SECONDS),
        "PREFECT_SERVER_UI_API_URL": f"{browser.rstrip('/')}/api",
        # The UI is prepared at the start; its own folder in the image is read-only.
        "PREFECT_SERVER_UI_STATIC_DIRECTORY": f"{HOME.path}/ui",
    }


def _database(wiring: PrefectWiring) -> dict[str, str]:
    return {
        "PREFECT_HOME": HOME.path,
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_DATABASE_DRIVER": "postgresql+asyncpg",
        "PREFECT_SERVER_DATABASE_HOST": wiring.database_address,
        "PREFECT_SERVER_DATABASE_PORT": str(POSTGRES_PORT),
        "PREFECT_SERVER_DATABASE_NAME": DATABASE_NAME,
        "PREFECT_SERVER_DATABASE_SQLALCHEMY_CONNECT_ARGS_TLS_ENABLED": "true",
        "PREFECT_SERVER_DATABASE_SQLALCHEMY_CONNECT_ARGS_TLS_CA_FILE": DATABASE_CA,
    }


def _server_secrets(wiring: PrefectWiring) -> dict[str, str]:
    return {
        "PREFECT_SERVER_DATABASE_USER": f"{wiring.database_secret_arn}:username::",
        "PREFECT_SERVER_DATABASE_PASSWORD": f"{wiring.database_secret_arn}:password::",
        "PREFECT_SERVER_API_AUTH_STRING": wiring.auth_secret_arn,
    }


def _redis(wiring: PrefectWiring) -> dict[str, str]:
    """Everything that one server keeps in its own memory, and several have to share."""
    if wiring.redis_host is None:
        return {}
    url = f"rediss://{wiring.redis_host}:{REDIS_PORT}"
    return {
        "PREFECT_MESSAGING_BROKER": "prefect_redis.messaging",
        "PREFECT_MESSAGING_CACHE": "prefect_redis.messaging",
        "PREFECT_SERVER_EVENTS_CAUSAL_ORDERING": "prefect_redis.ordering",
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect_redis.lease_storage",
        "PREFECT_SERVER_WORKER_CHANNEL_CLEANUP_QUEUE_STORAGE": "prefect_redis.cleanup_queue",
        "PREFECT_REDIS_MESSAGING_URL": f"{url}/0",
        "PREFECT_REDIS_WORKER_CLEANUP_QUEUE_URL": f"{url}/0",
        "PREFECT_SERVER_DOCKET_URL": f"{url}/1",
    }
