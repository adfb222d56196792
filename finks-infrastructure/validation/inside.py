"""Checks from inside the VPC: one-off tasks that look around and write nothing.

Nothing reaches the database or an internal load balancer from outside, so a task of the stack's
own images looks, in the subnets and security groups of the services. `python -c` needs nothing
but the standard library.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from blueprint import work_pool
from blueprint.containers import INGESTION_CONTAINER
from validation.check import Check, CheckError, until
from validation.target import Target

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import TaskTypeDef

SERVER_CONTAINER = "prefect-server"
SERVER_CODE = (
    "import os, urllib.request as r;"
    " u = os.environ['PREFECT_API_URL'].rstrip('/') + '/health';"
    " print(r.urlopen(u, timeout=20).read().decode())"
)
"""Asks the server for its health, as a flow run would."""
DATABASE_CODE = (
    "import os, socket;"
    " a = os.environ['PREFECT_SERVER_DATABASE_HOST'];"
    " p = int(os.environ['PREFECT_SERVER_DATABASE_PORT']);"
    " socket.create_connection((a, p), 20).close()"
)
"""Opens a connection to the database and closes it: no password is used."""


def checks(target: Target) -> Iterator[tuple[str, Check]]:
    """The checks by name."""
    names = target.names
    one_off = functools.partial(_task, target)
    yield (
        "an ingestion task runs",
        lambda: one_off(
            names.ingestion_task, INGESTION_CONTAINER, ["contract"], like=names.prefect_worker
        ),
    )
    yield (
        "flow runs reach the Prefect server",
        lambda: one_off(
            names.flow_run_task,
            work_pool.CONTAINER,
            ["python", "-c", SERVER_CODE],
            like=names.prefect_worker,
        ),
    )
    yield (
        "the Prefect server reaches the database",
        lambda: one_off(
            names.prefect_server,
            SERVER_CONTAINER,
            ["python", "-c", DATABASE_CODE],
            like=names.prefect_server,
        ),
    )


def _task(target: Target, family: str, container: str, command: list[str], *, like: str) -> str:
    """Run one task in the network of the service `like`; returns its end."""
    network = _network(target, like)
    ecs = target.session.client("ecs")
    cluster = target.names.cluster
    answer = ecs.run_task(
        cluster=cluster,
        taskDefinition=family,
        launchType="FARGATE",
        networkConfiguration=network,
        startedBy="validate-stack",
        overrides={"containerOverrides": [{"name": container, "command": command}]},
    )
    if answer["failures"]:
        failure = answer["failures"][0]
        raise CheckError(f"RunTask failed: {failure.get('reason')} {failure.get('detail', '')}")
    arn = answer["tasks"][0]["taskArn"]
    try:
        task = until(
            lambda: ecs.describe_tasks(cluster=cluster, tasks=[arn])["tasks"][0],
            lambda found: found["lastStatus"] == "STOPPED",
            wait_seconds=target.wait_seconds,
            poll_seconds=target.poll_seconds,
        )
    except CheckError:
        ecs.stop_task(cluster=cluster, task=arn, reason="validate-stack has waited long enough")
        raise
    return _ended(target, family, arn.rpartition("/")[2], task)


def _ended(target: Target, family: str, task_id: str, task: TaskTypeDef) -> str:
    code = task["containers"][0].get("exitCode")
    if code != 0:
        raise CheckError(
            f"{family} ended with exit code {code}: {task.get('stoppedReason', 'no reason')};"
            f" its log: {target.names.log_group(family)}, stream …/{task_id}"
        )
    return f"{family} {task_id} exit code 0"


def _network(target: Target, service: str) -> Any:
    """The network of a service, as RunTask takes it."""
    found = target.session.client("ecs").describe_services(
        cluster=target.names.cluster, services=[service]
    )["services"]
    network: Mapping[str, Any] = found[0].get("networkConfiguration", {}) if found else {}
    if not network:
        raise CheckError(f"service {service} is not there, so neither is its network; 'pulumi up'")
    return network
