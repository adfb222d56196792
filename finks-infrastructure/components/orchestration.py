"""Prefect on ECS: server, background loops, worker, and what keeps them running."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import ecs

from blueprint.network import PREFECT_PORT
from blueprint.prefect import SERVER_CONTAINER
from components.autoscaling import AutoScaling, AutoScalingArgs
from components.base import BaseComponent
from components.discovery import Discovery, DiscoveryArgs
from components.ecs_service import OVERLAP, REPLACE, EcsService, EcsServiceArgs, Rollout
from components.office_hours import OfficeHours, OfficeHoursArgs
from components.redeploy import Redeploy, RedeployArgs
from components.task_events import TaskEvents, TaskEventsArgs
from config import sections

GRACE_SECONDS = 240
"""A first start migrates the database; later ones take half a minute."""


@dataclass(frozen=True)
class OrchestrationArgs:
    """Configuration, the network, the task definitions and the roles."""

    config: sections.Orchestration
    vpc_id: pulumi.Input[str]
    task_subnet_ids: Sequence[pulumi.Input[str]]
    server_security_group_id: pulumi.Input[str]
    tasks_security_group_id: pulumi.Input[str]
    cluster_arn: pulumi.Input[str]
    server_task_definition_arn: pulumi.Input[str]
    worker_task_definition_arn: pulumi.Input[str]
    services_task_definition_arn: pulumi.Input[str] | None
    """Of the background loops; None where the server runs them itself."""
    target_group_arn: pulumi.Input[str] | None
    listener: pulumi.Resource | None
    """What has to be there before a service can join the target group."""
    database: pulumi.Resource
    database_secret_arn: pulumi.Input[str]
    role_arns: Mapping[str, pulumi.Input[str]]


class Orchestration(BaseComponent[OrchestrationArgs]):
    """The services of Prefect.

    Without Redis one server task does everything, and is replaced rather than doubled by a
    deployment: what it keeps in memory would be missing in the other. With Redis the API scales
    and its background loops run once, in a service of their own.
    """

    area = "orchestration"

    def create(self) -> None:
        """Discovery and events first, then the services, then what acts upon them."""
        self._discovery = Discovery(
            f"{self.name}-discovery",
            DiscoveryArgs(self.args.vpc_id),
            self.context,
            self.child(),
        )
        self._events = TaskEvents(
            f"{self.name}-task-events",
            TaskEventsArgs(self.args.cluster_arn),
            self.context,
            self.child(),
        )
        self.server = self._server()
        self.loops = self._loops()
        self.worker = self._worker()
        if self._scaled and self.args.config.server_max > 1:
            AutoScaling(
                f"{self.name}-autoscaling",
                AutoScalingArgs(
                    service=self.server.service,
                    service_name=self.names.prefect_server,
                    minimum=self.args.config.server_min,
                    maximum=self.args.config.server_max,
                ),
                self.context,
                self.child(),
            )
        servers = [self.names.prefect_server]
        if self.loops is not None:
            servers.append(self.names.prefect_services)
        self._redeploy = Redeploy(
            f"{self.name}-redeploy",
            RedeployArgs(
                secret_arn=self.args.database_secret_arn,
                services=servers,
                events_role_arn=self.args.role_arns["events"],
                redeploy_role_arn=self.args.role_arns["redeploy"],
            ),
            self.context,
            self.child(),
        )
        self._office_hours = self._hours(servers) if self.args.config.office_hours else None

    def outputs(self) -> Mapping[str, pulumi.Input[Any]]:
        """Services, the API's address inside the VPC, the pool and the queue."""
        loops = {"prefectServicesService": self.loops.service.name} if self.loops else {}
        return {
            "prefectServerService": self.server.service.name,
            "prefectWorkerService": self.worker.service.name,
            **loops,
            "workPool": self.names.work_pool,
            **self._discovery.outputs(),
            **self._events.outputs(),
            **self._redeploy.outputs(),
            **(self._office_hours.outputs() if self._office_hours else {}),
        }

    @property
    def _scaled(self) -> bool:
        return self.args.services_task_definition_arn is not None

    def _server(self) -> EcsService:
        config, target = self.args.config, self.args.target_group_arn
        return self._service(
            "server",
            self.names.prefect_server,
            self.args.server_task_definition_arn,
            self.args.server_security_group_id,
            OVERLAP if self._scaled else REPLACE,
            after=[self.args.database, *([self.args.listener] if self.args.listener else [])],
            desired_count=config.server_min,
            scales=self._scaled and config.server_max > 1,
            discovery_arn=self._discovery.service_arn,
            load_balancer=(
                ecs.ServiceLoadBalancerArgs(
                    target_group_arn=target,
                    container_name=SERVER_CONTAINER,
                    container_port=PREFECT_PORT,
                )
                if target is not None
                else None
            ),
        )

    def _loops(self) -> EcsService | None:
        definition = self.args.services_task_definition_arn
        if definition is None:
            return None
        return self._service(
            "loops",
            self.names.prefect_services,
            definition,
            self.args.server_security_group_id,
            REPLACE,
            # The API migrates the database.
            after=[self.server.service],
        )

    def _worker(self) -> EcsService:
        return self._service(
            "worker",
            self.names.prefect_worker,
            self.args.worker_task_definition_arn,
            self.args.tasks_security_group_id,
            OVERLAP,
            # It waits for the server, but only for minutes.
            after=[self.server.service],
        )

    def _service(
        self,
        name: str,
        service_name: str,
        task_definition_arn: pulumi.Input[str],
        security_group_id: pulumi.Input[str],
        rollout: Rollout,
        *,
        after: Sequence[pulumi.Resource],
        desired_count: int = 1,
        scales: bool = False,
        discovery_arn: pulumi.Input[str] | None = None,
        load_balancer: ecs.ServiceLoadBalancerArgs | None = None,
    ) -> EcsService:
        return EcsService(
            f"{self.name}-{name}",
            EcsServiceArgs(
                service_name=service_name,
                cluster_arn=self.args.cluster_arn,
                task_definition_arn=task_definition_arn,
                subnet_ids=self.args.task_subnet_ids,
                security_group_id=security_group_id,
                rollout=rollout,
                desired_count=desired_count,
                count_changes_elsewhere=scales or self.args.config.office_hours,
                discovery_arn=discovery_arn,
                load_balancer=load_balancer,
                health_check_grace_seconds=GRACE_SECONDS if load_balancer else None,
                after=after,
            ),
            self.context,
            self.child(),
        )

    def _hours(self, servers: Sequence[str]) -> OfficeHours:
        counts = {
            self.names.prefect_server: self.args.config.server_min,
            **{name: 1 for name in servers if name != self.names.prefect_server},
            self.names.prefect_worker: 1,
        }
        return OfficeHours(
            f"{self.name}-office-hours",
            OfficeHoursArgs(counts, self.args.role_arns["scheduler"]),
            self.context,
            self.child(),
        )
