"""Prefect's containers: the settings exist in the Prefect that runs, the images hold the rest."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from blueprint.containers import task_definitions
from blueprint.names import Names
from blueprint.prefect import (
    DATABASE_CA,
    PIPELINES_DIR,
    PrefectWiring,
    TaskNetwork,
    prefect_task_definitions,
)
from blueprint.task_definition import LOCAL_IMAGES, USER, ContainerPlatform, TaskDefinition
from local.services import DBT, INGESTION, PIPELINES, python_of

SECRETS = {
    "PREFECT_SERVER_DATABASE_USER": "prefect",
    "PREFECT_SERVER_DATABASE_PASSWORD": "p@ss:w/rd#1",
    "PREFECT_SERVER_API_AUTH_STRING": "admin:secret",
    "PREFECT_API_AUTH_STRING": "admin:secret",
}
NAMES = Names("dev", "123456789012")
PROBE = """
import json
from prefect.settings import get_current_settings
from prefect_aws.settings import AwsSettings
from prefect_redis.client import RedisMessagingSettings
from config import Settings
s, flow = get_current_settings(), Settings()
database = s.server.database
print(json.dumps({
    "known": sorted(s.to_environment_variables(exclude_unset=True)),
    "database": database.connection_url.get_secret_value() if database.connection_url else None,
    "tls": database.sqlalchemy.connect_args.tls.model_dump(mode="json"),
    "migrates": database.migrate_on_start,
    "api_url": s.api.url,
    "server_auth": s.server.api.auth_string and s.server.api.auth_string.get_secret_value(),
    "client_auth": s.api.auth_string and s.api.auth_string.get_secret_value(),
    "ui_api_url": s.server.ui.api_url,
    "host": s.server.api.host,
    "analytics": s.server.analytics_enabled,
    "broker": s.server.events.messaging_broker,
    "docket": s.server.docket.url,
    "leases": s.server.concurrency.lease_storage,
    "redis": RedisMessagingSettings().url,
    "queue": AwsSettings().ecs.observer.sqs.queue_name,
    "webserver": s.worker.webserver.port,
    "subnets": flow.subnets, "groups": flow.security_groups, "symbols": flow.symbols,
    "public": flow.assign_public_ip, "bronze": flow.names.bucket("bronze"),
}, default=str))
"""


def definitions(*, redis: bool) -> dict[str, TaskDefinition]:
    wiring = PrefectWiring(
        auth_secret_arn="arn:aws:secretsmanager:ca-central-1:123456789012:secret:auth",
        database_address="finks-dev-prefect.abc.rds.amazonaws.com",
        database_secret_arn="arn:aws:secretsmanager:ca-central-1:123456789012:secret:rds!db",
        ui_url="https://prefect.example.org",
        redis_host="master.cache.example.com" if redis else None,
        network=TaskNetwork(("subnet-1", "subnet-2"), "sg-1", public_address=True),
    )
    made = prefect_task_definitions(
        ContainerPlatform(NAMES, LOCAL_IMAGES), wiring, symbols=("AAPL", "IBM")
    )
    return {definition.family: definition for definition in made}


def environment_of(definition: TaskDefinition) -> dict[str, str]:
    container = definition.container
    return {
        **{entry["name"]: entry["value"] for entry in container["environment"]},
        **{entry["name"]: SECRETS[entry["name"]] for entry in container["secrets"]},
    }


def understood(definition: TaskDefinition, home: Path) -> dict[str, Any]:
    """What the Prefect and the flows of finks-pipelines make of a container's environment."""
    environment = {**environment_of(definition), "PREFECT_HOME": str(home)}
    result = subprocess.run(
        [python_of(PIPELINES), "-c", PROBE],
        cwd=PIPELINES,
        env={**environment, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    values: dict[str, Any] = json.loads(result.stdout)
    # Prefect ignores what it does not know: a misspelt setting would go unnoticed.
    elsewhere = ("PREFECT_INTEGRATIONS_AWS_", "PREFECT_REDIS_")
    stated = {
        name
        for name in environment
        if name.startswith("PREFECT_") and not name.startswith(elsewhere)
    }
    renamed = {
        "PREFECT_MESSAGING_BROKER": "PREFECT_SERVER_EVENTS_MESSAGING_BROKER",
        "PREFECT_MESSAGING_CACHE": "PREFECT_SERVER_EVENTS_MESSAGING_CACHE",
    }
    assert {renamed.get(name, name) for name in stated} <= set(values["known"])
    return values


def test_the_server_reaches_its_database_over_tls_as_the_rotated_user(tmp_path: Path) -> None:
    values = understood(definitions(redis=False)[NAMES.prefect_server], tmp_path)
    assert values["database"] == (
        "postgresql+asyncpg://prefect:p%40ss%3Aw%2Frd%231"
        "@finks-dev-prefect.abc.rds.amazonaws.com:5432/prefect"
    )
    assert values["tls"]["enabled"] is True
    assert values["tls"]["check_hostname"] is True
    assert values["tls"]["ca_file"] == DATABASE_CA
    assert values["server_auth"] == "admin:secret"
    assert values["ui_api_url"] == "https://prefect.example.org/api"
    assert (values["host"], values["analytics"]) == ("0.0.0.0", False)  # noqa: S104
    assert values["leases"].endswith("memory")


@pytest.mark.parametrize("family", [NAMES.prefect_server, NAMES.prefect_services])
def test_scaled_servers_share_what_one_keeps_in_memory(family: str, tmp_path: Path) -> None:
    values = understood(definitions(redis=True)[family], tmp_path)
    assert values["broker"] == "prefect_redis.messaging"
    assert values["leases"] == "prefect_redis.lease_storage"
    assert values["redis"] == "rediss://master.cache.example.com:6379/0"
    assert values["docket"] == "rediss://master.cache.example.com:6379/1"
    assert values["migrates"] is (family == NAMES.prefect_server)


def test_the_worker_finds_server_queue_and_pool(tmp_path: Path) -> None:
    worker = definitions(redis=False)[NAMES.prefect_worker]
    values = understood(worker, tmp_path)
    assert values["api_url"] == "http://prefect.finks-dev.internal:4200/api"
    assert values["client_auth"] == "admin:secret"
    assert values["queue"] == NAMES.observer_queue
    assert f":{values['webserver']}/health" in worker.container["healthCheck"]["command"][-1]


def test_flow_runs_know_where_the_containers_run_that_they_start(tmp_path: Path) -> None:
    values = understood(definitions(redis=False)[NAMES.flow_run_task], tmp_path)
    assert values["subnets"] == ["subnet-1", "subnet-2"]
    assert values["groups"] == ["sg-1"]
    assert values["public"] is True
    assert values["symbols"] == ["AAPL", "IBM"]
    assert values["bronze"] == NAMES.bucket("bronze")


def test_the_worker_sets_what_prefect_yaml_reads() -> None:
    given = environment_of(definitions(redis=False)[NAMES.prefect_worker])
    read = set(re.findall(r"\$(FINKS_\w+)", (PIPELINES / "prefect.yaml").read_text()))
    assert read
    assert read <= set(given)
    assert given["FINKS_PIPELINES_DIR"] == PIPELINES_DIR


@pytest.mark.parametrize("project", [INGESTION, PIPELINES, DBT], ids=lambda path: path.name)
def test_images_have_the_user_and_the_volumes_of_the_blueprint(project: Path) -> None:
    dockerfile = (project / "Dockerfile").read_text()
    made = (*task_definitions(NAMES, fmp_secret_arn="arn"), *definitions(redis=True).values())
    own = [d for d in made if d.container["image"].startswith(f"{project.name}:")]
    assert own
    assert f"--uid {USER} " in dockerfile
    declared = re.search(r"^VOLUME (.+)$", dockerfile, re.MULTILINE)
    assert declared is not None
    for definition in own:
        for volume in definition.volumes:
            assert volume.path in re.findall(r"[/\w]+", declared[1])


def test_the_flows_image_holds_what_its_containers_name() -> None:
    dockerfile = (PIPELINES / "Dockerfile").read_text()
    assert f" {DATABASE_CA}\n" in dockerfile
    assert f"WORKDIR {PIPELINES_DIR}\n" in dockerfile
    for file in ("prefect.yaml", "blocks", "flows"):
        assert f"COPY {file} " in dockerfile
    worker = definitions(redis=False)[NAMES.prefect_worker].container
    module = worker["entryPoint"][-1]
    assert (PIPELINES / f"{module.replace('.', '/')}.py").is_file()
