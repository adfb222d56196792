"""Permissions of what keeps the platform running: office hours, and restarts after a rotation."""

from __future__ import annotations

from blueprint.permissions.scope import Scope
from blueprint.statements import Statement, allow


def scheduler(scope: Scope) -> list[Statement]:
    """EventBridge Scheduler: stops and starts Prefect's services and their database."""
    names = scope.names
    services = (*scope.server_services, names.prefect_worker)
    return [
        allow("SwitchServices", ["ecs:UpdateService"], _services(scope, *services)),
        allow(
            "SwitchDatabase",
            ["rds:StartDBInstance", "rds:StopDBInstance"],
            [scope.arn("rds", f"db:{names.database_instance}")],
        ),
    ]


def events(scope: Scope) -> list[Statement]:
    """EventBridge: starts the state machine that restarts Prefect after a rotation."""
    return [
        allow(
            "StartRedeployment",
            ["states:StartExecution"],
            [scope.arn("states", f"stateMachine:{scope.names.redeploy}")],
        )
    ]


def redeploy(scope: Scope) -> list[Statement]:
    """The state machine: new deployments of the services that read the database's password."""
    return [
        allow(
            "RestartServers",
            ["ecs:UpdateService"],
            _services(scope, *scope.server_services),
        )
    ]


def _services(scope: Scope, *services: str) -> list[str]:
    cluster = scope.names.cluster
    return [scope.arn("ecs", f"service/{cluster}/{service}") for service in services]
