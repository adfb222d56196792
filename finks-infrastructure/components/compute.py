"""The ECS cluster, the images, and the task definitions of the blueprint with their log groups."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import cloudwatch, ecs

from blueprint.containers import task_definitions
from blueprint.prefect import (
    PrefectSizes,
    PrefectWiring,
    TaskNetwork,
    prefect_task_definitions,
)
from blueprint.sizes import TaskSize
from blueprint.task_definition import LOCAL_IMAGES, ContainerPlatform, TaskDefinition
from blueprint.work_pool import capacity_provider
from components.base import BaseComponent
from components.images import Images, ImagesArgs
from config import sections

CAPACITY_PROVIDERS = ("FARGATE", "FARGATE_SPOT")


@dataclass(frozen=True)
class ComputeArgs:
    """Configuration, and what the containers are told about the rest of the platform."""

    config: sections.Compute
    role_arns: Mapping[str, pulumi.Input[str]]
    """Role ARN by workload (blueprint.names.ROLES)."""
    key_arn: pulumi.Input[str]
    fmp_secret_arn: pulumi.Input[str]
    prefect_auth_secret_arn: pulumi.Input[str]
    database_address: pulumi.Input[str]
    database_secret_arn: pulumi.Input[str]
    prefect_ui_url: pulumi.Input[str] | None
    """Where browsers find Prefect; None without a load balancer."""
    redis_host: pulumi.Input[str] | None
    """Set: the API is scaled, its background loops have a task of their own."""
    task_subnet_ids: Sequence[pulumi.Input[str]]
    tasks_security_group_id: pulumi.Input[str]


class Compute(BaseComponent[ComputeArgs]):
    """Cluster and task definitions.

    `task_definition_arns` are keyed by what follows the prefix in the family: fmp-ingestion, dbt,
    prefect-server, prefect-worker, flow-run, and prefect-services where the API is scaled.
    """

    area = "compute"

    def create(self) -> None:
        """Cluster, images, log groups, task definitions."""
        self.cluster = self._cluster()
        # A service that names a capacity provider is refused before the cluster has it, and the
        # cluster keeps it as long as a service names it; so services wait for both.
        self.cluster_arn: pulumi.Output[str] = pulumi.Output.all(
            self.cluster.arn, self._capacity().id
        ).apply(lambda made: str(made[0]))
        self.images = Images(
            f"{self.name}-images",
            ImagesArgs(self.args.config, self.args.key_arn),
            self.context,
            self.child(),
        )
        # Families, sizes, roles and volumes are known now; what containers are told, at run time.
        planned = self._definitions(self._known(dict.fromkeys(_wired(self.args), "")))
        wired = pulumi.Output.all(
            images=self.images.references,
            subnets=list(self.args.task_subnet_ids),
            **_wired(self.args),
        ).apply(self._known)
        self.task_definition_arns: dict[str, pulumi.Output[str]] = {
            definition.family.removeprefix(f"{self.names.prefix}-"): self._task_definition(
                definition, wired
            )
            for definition in planned
        }

    def outputs(self) -> Mapping[str, pulumi.Input[Any]]:
        """The cluster, what can be run on it, and the images."""
        return {
            "clusterName": self.names.cluster,
            "clusterArn": self.cluster_arn,
            "taskDefinitions": self.task_definition_arns,
            "tasksInPublicSubnets": self.settings.tasks_in_public_subnets,
            **self.images.outputs(),
        }

    def _cluster(self) -> ecs.Cluster:
        config = self.args.config
        insights = "enabled" if config.container_insights else "disabled"
        return ecs.Cluster(
            f"{self.name}-cluster",
            name=self.names.cluster,
            settings=[ecs.ClusterSettingArgs(name="containerInsights", value=insights)],
            configuration=self._exec_sessions() if config.exec_enabled else None,
            opts=self.child(),
        )

    def _capacity(self) -> ecs.ClusterCapacityProviders:
        spot = self.args.config.spot
        return ecs.ClusterCapacityProviders(
            f"{self.name}-capacity",
            cluster_name=self.cluster.name,
            capacity_providers=list(CAPACITY_PROVIDERS),
            default_capacity_provider_strategies=[
                ecs.ClusterCapacityProvidersDefaultCapacityProviderStrategyArgs(
                    capacity_provider=capacity_provider(spot), weight=1, base=0
                )
            ],
            opts=self.child(),
        )

    def _exec_sessions(self) -> ecs.ClusterConfigurationArgs:
        """What is typed into a container and what it answers is kept in a log group."""
        group = self._log_group("exec", self.names.exec_log_group)
        return ecs.ClusterConfigurationArgs(
            execute_command_configuration=ecs.ClusterConfigurationExecuteCommandConfigurationArgs(
                logging="OVERRIDE",
                log_configuration=(
                    ecs.ClusterConfigurationExecuteCommandConfigurationLogConfigurationArgs(
                        cloud_watch_log_group_name=group.name,
                    )
                ),
            )
        )

    def _log_group(self, logical: str, name: str) -> cloudwatch.LogGroup:
        return cloudwatch.LogGroup(
            f"{self.name}-{logical}-logs",
            name=name,
            retention_in_days=self.settings.logs.retention_days,
            kms_key_id=self.args.key_arn,
            opts=self.child(),
        )

    def _task_definition(
        self, planned: TaskDefinition, wired: pulumi.Output[_Known]
    ) -> pulumi.Output[str]:
        key = planned.family.removeprefix(f"{self.names.prefix}-")
        group = self._log_group(key, self.names.log_group(planned.family))
        containers = wired.apply(
            lambda known: json.dumps(
                [d.container for d in self._definitions(known) if d.family == planned.family]
            )
        )
        definition = ecs.TaskDefinition(
            f"{self.name}-{key}",
            family=planned.family,
            cpu=str(planned.cpu),
            memory=str(planned.memory),
            network_mode="awsvpc",
            requires_compatibilities=["FARGATE"],
            runtime_platform=ecs.TaskDefinitionRuntimePlatformArgs(
                operating_system_family="LINUX", cpu_architecture="X86_64"
            ),
            execution_role_arn=self.args.role_arns["ecs-execution"],
            task_role_arn=self.args.role_arns[planned.role],
            container_definitions=containers,
            volumes=[ecs.TaskDefinitionVolumeArgs(name=volume.name) for volume in planned.volumes],
            opts=self.child(depends_on=[group]),
        )
        return definition.arn

    def _definitions(self, known: _Known) -> tuple[TaskDefinition, ...]:
        settings, config = self.settings, self.args.config
        platform = ContainerPlatform(self.names, known.images, settings.region, config.exec_enabled)
        return (
            *task_definitions(
                self.names,
                fmp_secret_arn=known.fmp_secret_arn,
                images=known.images,
                region=settings.region,
                exec_enabled=config.exec_enabled,
                ingestion_size=_size(config.ingestion),
                dbt_size=_size(config.dbt),
                fmp_base_url=settings.fmp_base_url,
                fmp_calls_per_minute=settings.fmp_calls_per_minute,
            ),
            *prefect_task_definitions(
                platform,
                known.prefect,
                sizes=PrefectSizes(
                    server=_size(config.prefect_server),
                    worker=_size(config.prefect_worker),
                    flow_run=_size(config.flow_run),
                ),
                symbols=settings.symbols,
                spot=config.spot,
                schedules_active=settings.orchestration.schedules_active,
            ),
        )

    def _known(self, values: Mapping[str, Any]) -> _Known:
        return _Known(
            images=values.get("images") or LOCAL_IMAGES,
            fmp_secret_arn=values["fmp_secret_arn"],
            prefect=PrefectWiring(
                auth_secret_arn=values["prefect_auth_secret_arn"],
                database_address=values["database_address"],
                database_secret_arn=values["database_secret_arn"],
                ui_url=values.get("prefect_ui_url"),
                redis_host=values.get("redis_host"),
                network=TaskNetwork(
                    subnets=tuple(values.get("subnets") or ()),
                    security_group=values["tasks_security_group_id"],
                    public_address=self.settings.tasks_in_public_subnets,
                ),
            ),
        )


@dataclass(frozen=True)
class _Known:
    """What the containers are told, once every resource that it comes from is there."""

    images: Mapping[str, str]
    fmp_secret_arn: str
    prefect: PrefectWiring


def _wired(args: ComputeArgs) -> dict[str, pulumi.Input[str]]:
    """The single values that containers are told; those that the stack lacks are left out."""
    values: dict[str, pulumi.Input[str] | None] = {
        "fmp_secret_arn": args.fmp_secret_arn,
        "prefect_auth_secret_arn": args.prefect_auth_secret_arn,
        "database_address": args.database_address,
        "database_secret_arn": args.database_secret_arn,
        "prefect_ui_url": args.prefect_ui_url,
        "redis_host": args.redis_host,
        "tasks_security_group_id": args.tasks_security_group_id,
    }
    return {name: value for name, value in values.items() if value is not None}


def _size(size: sections.Size) -> TaskSize:
    return TaskSize(size.cpu, size.memory)
