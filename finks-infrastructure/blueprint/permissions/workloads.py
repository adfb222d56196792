"""The roles of the workloads: who takes each, for which sources, and what it may do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from blueprint.permissions import operations, prefect, tasks, transformation
from blueprint.permissions.scope import ECS_TASKS, Scope
from blueprint.statements import Statement


@dataclass(frozen=True)
class Workload:
    """A role. `source` names the resources on whose behalf the service may take it."""

    service: str
    description: str
    statements: Callable[[Scope], list[Statement]]
    source: Callable[[Scope], str] | None = None
    """None: any resource of the account."""


def _ecs(scope: Scope) -> str:
    return scope.arn("ecs", "*")


WORKLOADS: dict[str, Workload] = {
    "ecs-execution": Workload(
        ECS_TASKS,
        "ECS starts tasks: images, log streams, injected secrets",
        tasks.ecs_execution,
        _ecs,
    ),
    "fmp-ingestion": Workload(
        ECS_TASKS, "The FMP connector writes into its part of bronze", tasks.fmp_ingestion, _ecs
    ),
    "dbt": Workload(ECS_TASKS, "dbt reads silver and builds gold on Athena", tasks.dbt, _ecs),
    "prefect-server": Workload(
        ECS_TASKS, "The Prefect server calls no AWS API", prefect.prefect_server, _ecs
    ),
    "prefect-worker": Workload(
        ECS_TASKS, "The Prefect worker starts flow runs", prefect.prefect_worker, _ecs
    ),
    "flow-run": Workload(
        ECS_TASKS,
        "Flow runs start ingestion, Glue and dbt, audit and publish",
        prefect.flow_run,
        _ecs,
    ),
    "glue": Workload("glue.amazonaws.com", "The Glue job adds runs to silver", transformation.glue),
    "crawler": Workload(
        "glue.amazonaws.com", "The crawler describes what lies in bronze", transformation.crawler
    ),
    "api": Workload("lambda.amazonaws.com", "The data API reads gold", transformation.api),
    "scheduler": Workload(
        "scheduler.amazonaws.com",
        "Office hours of Prefect and its database",
        operations.scheduler,
        lambda scope: scope.arn("scheduler", f"schedule-group/{scope.names.schedule_group}"),
    ),
    "events": Workload(
        "events.amazonaws.com",
        "A rotated password starts a redeployment",
        operations.events,
        lambda scope: scope.arn("events", f"rule/{scope.names.prefix}-*"),
    ),
    "redeploy": Workload(
        "states.amazonaws.com",
        "New deployments of the Prefect server",
        operations.redeploy,
        lambda scope: scope.arn("states", f"stateMachine:{scope.names.redeploy}"),
    ),
}
"""By name in blueprint.names.ROLES; the roles that are missing belong to components of their own
(flow-logs, config-recorder, api-logs, lake-formation, deploy)."""
