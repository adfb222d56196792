"""Examples of rules/containers.py."""

from __future__ import annotations

import json
from typing import Any

from exported import Resource
from tests.case import Case, aws, but

REGISTRY = "123456789012.dkr.ecr.ca-central-1.amazonaws.com/finks-prod"
CONTAINER: dict[str, Any] = {
    "name": "dbt",
    "image": f"{REGISTRY}/finks-dbt:3f9c81b",
    "readonlyRootFilesystem": True,
    "user": "10001:10001",
    "environment": [{"name": "DBT_TARGET", "value": "prod"}],
    "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/ecs/dbt"}},
}


def task(**changes: Any) -> Resource:
    container = {key: v for key, v in {**CONTAINER, **changes}.items() if v is not None}
    return aws(
        "ecs/taskDefinition:TaskDefinition",
        "task",
        containerDefinitions=json.dumps([container]),
        taskRoleArn="arn:aws:iam::123456789012:role/dbt",
        executionRoleArn="arn:aws:iam::123456789012:role/ecs",
    )


def holds(name: str, value: str) -> Resource:
    return task(environment=[{"name": name, "value": value}])


REPOSITORY = aws(
    "ecr/repository:Repository",
    "dbt",
    name="finks-prod/finks-dbt",
    imageTagMutability="IMMUTABLE",
    imageScanningConfiguration={"scanOnPush": True},
)
EXPIRY = aws("ecr/lifecyclePolicy:LifecyclePolicy", "expiry", "", repository="finks-prod/finks-dbt")

CASES = (
    Case(
        "container-read-only-root",
        good=[task()],
        bad=[task(readonlyRootFilesystem=None)],
        says="dbt can write",
    ),
    Case(
        "container-read-only-root",
        good=[task()],
        bad=[but(task(), containerDefinitions="[secret]")],
        says="no JSON",
    ),
    Case("container-not-privileged", [task()], [task(privileged=True)], says="dbt is privileged"),
    Case(
        "container-not-privileged",
        good=[task(linuxParameters={"capabilities": {"drop": ["ALL"]}})],
        bad=[task(linuxParameters={"capabilities": {"add": ["SYS_PTRACE"]}})],
        says="SYS_PTRACE",
    ),
    Case("container-not-root", [task()], [task(user=None)], says="whatever its image says"),
    Case("container-not-root", [task(user="finks")], [task(user="0:0")], says="runs as 0"),
    Case(
        "container-no-plain-secrets",
        good=[task()],
        bad=[holds("FMP_API_KEY", "abc")],
        says="FMP_API_KEY in clear text",
    ),
    Case(
        "container-no-plain-secrets",
        good=[holds("DB_SECRET_ARN", "arn:aws:secretsmanager:x")],  # says where, not what
        bad=[holds("DATABASE_URL", "postgresql://prefect:hunter2@db/prefect")],
        says="DATABASE_URL in clear text",
    ),
    Case(
        "container-image-pinned",
        good=[task()],
        bad=[task(image=f"{REGISTRY}/finks-dbt:latest")],
        says="finks-dbt:latest",
    ),
    Case(
        "container-image-pinned",
        good=[task(image=f"{REGISTRY}/finks-dbt@sha256:{'0' * 64}")],
        bad=[task(image="localhost:5000/finks-dbt")],  # the colon is the registry's port
        says="localhost:5000/finks-dbt",
    ),
    Case("container-logs", [task()], [task(logConfiguration=None)], says="logs nowhere"),
    Case(
        "container-logs",
        good=[task()],
        bad=[task(logConfiguration={"logDriver": "awslogs", "options": {}})],
        says="logs nowhere",
    ),
    Case("task-own-roles", [task()], [but(task(), taskRoleArn=None)], says="a role is missing"),
    Case(
        "task-own-roles",
        good=[task()],
        bad=[but(task(), taskRoleArn="arn:aws:iam::123456789012:role/ecs")],
        says="ECS's own role",
    ),
    Case(
        "ecs-exec-off",
        good=[aws("ecs/service:Service", "server", "dev", enableExecuteCommand=True)],
        bad=[aws("ecs/service:Service", "server", enableExecuteCommand=True)],
        says="tasks of prod",
    ),
    Case(
        "ecr-immutable-tags",
        good=[REPOSITORY],
        bad=[but(REPOSITORY, imageTagMutability=None)],
        says="can be moved",
    ),
    Case(
        "ecr-scan-on-push",
        good=[REPOSITORY],
        bad=[but(REPOSITORY, imageScanningConfiguration={"scanOnPush": False})],
        says="not scanned",
    ),
    Case("ecr-old-images-expire", [REPOSITORY, EXPIRY], [REPOSITORY], says="stay for ever"),
)
