"""The whole platform of one stack: which components there are and how they are wired."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pulumi
import pulumi_aws as aws

from blueprint.names import Names
from components.api import Api, ApiArgs
from components.base import StackContext
from components.boundary import Boundary
from components.cache import Cache, CacheArgs
from components.compute import Compute, ComputeArgs
from components.database import Database, DatabaseArgs
from components.iam import Iam, IamArgs
from components.load_balancer import LoadBalancer, LoadBalancerArgs
from components.monitoring import Monitoring, MonitoringArgs
from components.networking import Networking
from components.orchestration import Orchestration, OrchestrationArgs
from components.secrets import Secrets, SecretsArgs
from components.security import Security, SecurityArgs
from components.storage import Storage
from components.transformation import Transformation, TransformationArgs
from config.settings import StackSettings


def build(settings: StackSettings) -> dict[str, pulumi.Input[Any]]:
    """Make every resource of the stack and return the stack's outputs by name."""
    context = _context(settings)
    boundary = None
    if settings.github.repository is not None:
        boundary = Boundary("boundary", settings.github, context)
        context = replace(context, boundary_arn=boundary.arn)
    network = Networking("network", settings.network, context)
    storage = Storage("storage", settings.storage, context)
    secrets = Secrets("secrets", SecretsArgs(key_arn=storage.key_arn), context)
    database = Database(
        "database",
        DatabaseArgs(
            config=settings.database,
            subnet_ids=network.private_subnet_ids,
            security_group_id=network.security_groups.database,
            key_arn=storage.key_arn,
        ),
        context,
    )
    iam = Iam(
        "iam",
        IamArgs(
            key_arn=storage.key_arn,
            fmp_secret_arn=secrets.fmp_key_arn,
            prefect_auth_secret_arn=secrets.prefect_auth_arn,
            database_secret_arn=database.master_secret_arn,
        ),
        context,
    )
    balancer = (
        LoadBalancer(
            "load-balancer",
            LoadBalancerArgs(
                config=settings.load_balancer,
                vpc_id=network.vpc_id,
                public_subnet_ids=network.public_subnet_ids,
                private_subnet_ids=network.private_subnet_ids,
                security_group_id=network.security_groups.load_balancer,
                logs_bucket=storage.bucket_names["logs"],
            ),
            context,
        )
        if settings.load_balancer.enabled
        else None
    )
    cache = (
        Cache(
            "cache",
            CacheArgs(
                subnet_ids=network.private_subnet_ids,
                security_group_id=network.security_groups.cache,
                key_arn=storage.key_arn,
            ),
            context,
        )
        if settings.orchestration.redis
        else None
    )
    compute = Compute(
        "compute",
        ComputeArgs(
            config=settings.compute,
            role_arns=iam.role_arns,
            key_arn=storage.key_arn,
            fmp_secret_arn=secrets.fmp_key_arn,
            prefect_auth_secret_arn=secrets.prefect_auth_arn,
            database_address=database.address,
            database_secret_arn=database.master_secret_arn,
            prefect_ui_url=balancer.url if balancer else None,
            redis_host=cache.host if cache else None,
            task_subnet_ids=network.task_subnet_ids,
            tasks_security_group_id=network.security_groups.tasks,
        ),
        context,
    )
    orchestration = Orchestration(
        "orchestration",
        OrchestrationArgs(
            config=settings.orchestration,
            vpc_id=network.vpc_id,
            task_subnet_ids=network.task_subnet_ids,
            server_security_group_id=network.security_groups.prefect_server,
            tasks_security_group_id=network.security_groups.tasks,
            cluster_arn=compute.cluster_arn,
            server_task_definition_arn=compute.task_definition_arns["prefect-server"],
            worker_task_definition_arn=compute.task_definition_arns["prefect-worker"],
            services_task_definition_arn=compute.task_definition_arns.get("prefect-services"),
            target_group_arn=balancer.target_group_arn if balancer else None,
            listener=balancer.listener if balancer else None,
            database=database.instance,
            database_secret_arn=database.master_secret_arn,
            role_arns=iam.role_arns,
        ),
        context,
    )
    transformation = Transformation(
        "transformation",
        TransformationArgs(
            config=settings.transformation,
            bucket_names=storage.bucket_names,
            key_arn=storage.key_arn,
            role_arns=iam.role_arns,
        ),
        context,
    )
    api = (
        Api(
            "api",
            ApiArgs(
                config=settings.api,
                role_arn=iam.role_arns["api"],
                key_arn=storage.key_arn,
            ),
            context,
        )
        if settings.api.enabled
        else None
    )
    monitoring = Monitoring(
        "monitoring",
        MonitoringArgs(
            config=settings.monitoring,
            key_arn=storage.key_arn,
            load_balancer_arn_suffix=balancer.arn_suffix if balancer else None,
            target_group_arn_suffix=balancer.target_group_arn_suffix if balancer else None,
            api_name=api.name_of_api if api else None,
            log_groups_of=[compute],
        ),
        context,
    )
    security = Security(
        "security",
        SecurityArgs(config=settings.security, logs_bucket=storage.bucket_names["logs"]),
        context,
    )
    parts = (
        *(network, storage, secrets, database, iam, balancer, cache, compute, orchestration),
        *(transformation, api, monitoring, security, boundary),
    )
    return _exports(context, [part.outputs() for part in parts if part is not None])


def _context(settings: StackSettings) -> StackContext:
    account_id = aws.get_caller_identity().account_id
    if settings.account_id not in {None, account_id}:
        raise pulumi.RunError(
            f"the credentials are of account {account_id}, finks:accountId says"
            f" {settings.account_id}; use the credentials of that account, or mend the key"
        )
    suffix = "" if settings.environment == "local" else settings.bucket_suffix or account_id
    names = Names(settings.environment, suffix)
    return StackContext(settings, names, account_id, settings.region)


def _exports(
    context: StackContext, outputs: list[Mapping[str, pulumi.Input[Any]]]
) -> dict[str, pulumi.Input[Any]]:
    """What the components say of themselves, and what flows read from their environment."""
    exports: dict[str, pulumi.Input[Any]] = {
        "environment": context.settings.environment,
        "region": context.region,
    }
    for group in outputs:
        twice = exports.keys() & group.keys()
        if twice:
            raise pulumi.RunError(f"two components export {', '.join(sorted(twice))}")
        exports.update(group)
    return exports
