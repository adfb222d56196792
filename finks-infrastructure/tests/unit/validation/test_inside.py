"""One-off tasks on a local cloud that runs them: what they find, and what is said if they fail."""

from __future__ import annotations

import http.server
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from blueprint import work_pool
from blueprint.containers import INGESTION_CONTAINER
from blueprint.names import REGION
from tests.conftest import RunningCloud
from tests.unit.validation.conftest import NAMES, OUTPUTS, make_network
from validation import inside
from validation.check import CheckError
from validation.target import Target

CONTRACT = "import sys; print(sys.argv); sys.exit(0 if sys.argv[1:] == ['contract'] else 9)"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    """A local cloud whose projects hold Python alone, and a connector that takes `contract`."""
    folder = tmp_path_factory.mktemp("inside")
    for project in ("finks-ingestion", "finks-pipelines"):
        programs = folder / "projects" / project / ".venv" / "bin"
        programs.mkdir(parents=True)
        (programs / "python").symlink_to(Path(sys.executable).resolve())
    connectors = folder / "projects" / "finks-ingestion" / "connectors"
    connectors.mkdir()
    (connectors / "__main__.py").write_text(CONTRACT)
    running = RunningCloud(folder / "state", folder / "projects")
    running.start()
    yield running
    running.stop()


@pytest.fixture
def target(running: RunningCloud, monkeypatch: pytest.MonkeyPatch) -> Target:
    monkeypatch.setenv("AWS_ENDPOINT_URL", running.endpoint_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    session = boto3.Session(region_name=REGION)
    return Target(NAMES, OUTPUTS, session, wait_seconds=60, poll_seconds=0.1)


@pytest.fixture(scope="module")
def services(running: RunningCloud) -> None:
    """The two services, whose networks the tasks take."""
    ecs: Any = running.client("ecs")
    network = make_network(running.client("ec2"))
    ecs.create_cluster(clusterName=NAMES.cluster)
    for service in (NAMES.prefect_server, NAMES.prefect_worker):
        define(ecs, service, "app", "finks-pipelines")
        ecs.create_service(
            cluster=NAMES.cluster,
            serviceName=service,
            taskDefinition=service,
            desiredCount=0,
            networkConfiguration=network,
        )


def define(
    ecs: Any, family: str, container: str, project: str, environment: dict[str, str] | None = None
) -> None:
    entry = ["python", "-m", "connectors"] if project == "finks-ingestion" else []
    ecs.register_task_definition(
        family=family,
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        containerDefinitions=[
            {
                "name": container,
                "image": f"registry.example/{project}:1",
                "memory": 512,
                "entryPoint": entry,
                "command": ["fmp"],
                "environment": [
                    {"name": key, "value": value} for key, value in (environment or {}).items()
                ],
            }
        ],
    )


@pytest.fixture
def health_url() -> Iterator[str]:
    """A server that answers /api/health and nothing else."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/api/health" else 404)
            self.end_headers()
            self.wfile.write(b"true")

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/api"
        server.shutdown()


def result(target: Target, name: str) -> str:
    return dict(inside.checks(target))[name]()


@pytest.mark.usefixtures("services")
def test_an_ingestion_task_prints_its_contract(target: Target) -> None:
    ecs = target.session.client("ecs")
    define(ecs, NAMES.ingestion_task, INGESTION_CONTAINER, "finks-ingestion")
    assert "exit code 0" in result(target, "an ingestion task runs")


@pytest.mark.usefixtures("services")
def test_the_server_is_asked_for_its_health(target: Target, health_url: str) -> None:
    ecs = target.session.client("ecs")
    for url in (health_url, f"{health_url}/"):
        environment = {"PREFECT_API_URL": url}
        define(ecs, NAMES.flow_run_task, work_pool.CONTAINER, "finks-pipelines", environment)
        assert "exit code 0" in result(target, "flow runs reach the Prefect server")


@pytest.mark.usefixtures("services")
def test_a_server_that_does_not_answer_is_found(target: Target, health_url: str) -> None:
    ecs = target.session.client("ecs")
    wrong = {"PREFECT_API_URL": health_url.replace("/api", "/other")}
    define(ecs, NAMES.flow_run_task, work_pool.CONTAINER, "finks-pipelines", wrong)
    with pytest.raises(CheckError, match=r"exit code 1: .*its log: /ecs/finks-dev-flow-run"):
        result(target, "flow runs reach the Prefect server")


@pytest.mark.usefixtures("services")
def test_the_database_is_reached_or_not(target: Target) -> None:
    ecs = target.session.client("ecs")
    name = "the Prefect server reaches the database"
    with socket.create_server(("127.0.0.1", 0)) as database:
        port = str(database.getsockname()[1])
        environment = {
            "PREFECT_SERVER_DATABASE_HOST": "127.0.0.1",
            "PREFECT_SERVER_DATABASE_PORT": port,
        }
        container = inside.SERVER_CONTAINER
        define(ecs, NAMES.prefect_server, container, "finks-pipelines", environment)
        assert "exit code 0" in result(target, name)
    with pytest.raises(CheckError, match="exit code 1"):
        result(target, name)


@pytest.mark.usefixtures("services")
def test_a_task_that_does_not_end_is_stopped(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inside, "DATABASE_CODE", "import time; time.sleep(600)")
    impatient = Target(NAMES, OUTPUTS, target.session, wait_seconds=0.5, poll_seconds=0.1)
    define(
        target.session.client("ecs"),
        NAMES.prefect_server,
        inside.SERVER_CONTAINER,
        "finks-pipelines",
    )
    with pytest.raises(CheckError, match="not finished after"):
        result(impatient, "the Prefect server reaches the database")
    ecs: Any = target.session.client("ecs")
    running = ecs.list_tasks(cluster=NAMES.cluster, desiredStatus="RUNNING")["taskArns"]
    assert running == []


def test_without_the_service_there_is_no_network() -> None:
    class NoServices:
        def describe_services(self, **_: object) -> dict[str, object]:
            return {"services": [], "failures": []}

    class Session:
        def client(self, _: str) -> NoServices:
            return NoServices()

    empty = Target(NAMES, OUTPUTS, Session())  # type: ignore[arg-type]
    with pytest.raises(CheckError, match="service finks-dev-prefect-worker is not there"):
        result(empty, "an ingestion task runs")
