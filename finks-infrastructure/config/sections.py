"""The sections of a stack's configuration, one a component, each with secure defaults.

Keys are written in camelCase in `Pulumi.<stack>.yaml`; a key that no model knows is refused.
"""

from __future__ import annotations

from ipaddress import IPv4Network
from itertools import combinations
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic.alias_generators import to_camel

from blueprint.sizes import (
    DATABASE_CLASSES,
    FARGATE_MEMORY,
    FLOW_RUN,
    INGESTION,
    LOG_RETENTION_DAYS,
    PREFECT_SERVER,
    PREFECT_WORKER,
    TaskSize,
    allowed_memory,
)
from blueprint.sizes import DBT as DBT_SIZE

INTERFACE_ENDPOINTS = (
    "ecr.api",
    "ecr.dkr",
    "logs",
    "secretsmanager",
    "sts",
    "ecs",
    "glue",
    "athena",
    "sns",
    "sqs",
    "monitoring",
    "kms",
)
"""Services that tasks in private subnets call; each costs one endpoint-hour an AZ."""


class Section(BaseModel):
    """What all sections share: camelCase keys, no unknown ones, immutable."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,  # docs/aws/configuration.md is written from them
    )


class Network(Section):
    """The VPC. CIDRs are IPv4."""

    cidr: IPv4Network = IPv4Network("10.0.0.0/16")
    """Addresses of the VPC."""
    availability_zones: int = 2
    """AWS asks RDS and load balancers for two."""
    public_subnets: tuple[IPv4Network, ...] = (
        IPv4Network("10.0.0.0/20"),
        IPv4Network("10.0.16.0/20"),
    )
    """One a zone: load balancer, NAT gateways, and tasks where there is no NAT."""
    private_subnets: tuple[IPv4Network, ...] = (
        IPv4Network("10.0.128.0/20"),
        IPv4Network("10.0.144.0/20"),
    )
    """One a zone: tasks, database, cache."""
    nat_gateways: int = Field(default=2, ge=0)
    """0 (tasks then run in public subnets), 1, or one per availability zone."""
    interface_endpoints: tuple[str, ...] = INTERFACE_ENDPOINTS
    """AWS services that are reached without NAT, at one endpoint-hour a zone each."""
    flow_logs: bool = True
    """Whether the VPC's traffic is logged."""

    @field_validator("interface_endpoints")
    @classmethod
    def _known_endpoints(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        unknown = sorted(set(value) - set(INTERFACE_ENDPOINTS))
        if unknown:
            allowed = ", ".join(INTERFACE_ENDPOINTS)
            raise ValueError(f"{', '.join(unknown)}: allowed are {allowed}")
        twice = sorted({name for name in value if value.count(name) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)} stands there twice")
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        zones = self.availability_zones
        if zones != 2:
            raise ValueError(
                f"availabilityZones is {zones}; Finks lays out 2 (two public, two private subnets)"
            )
        for key, subnets in (
            ("publicSubnets", self.public_subnets),
            ("privateSubnets", self.private_subnets),
        ):
            if len(subnets) != zones:
                raise ValueError(f"{key} names {len(subnets)} CIDRs; give {zones}, one per zone")
            for subnet in subnets:
                if not subnet.subnet_of(self.cidr):
                    raise ValueError(f"{key}: {subnet} is not inside cidr {self.cidr}")
                if not 16 <= subnet.prefixlen <= 28:
                    raise ValueError(f"{key}: {subnet} is /{subnet.prefixlen}; use /16 to /28")
        for one, other in combinations((*self.public_subnets, *self.private_subnets), 2):
            if one.overlaps(other):
                raise ValueError(f"publicSubnets and privateSubnets: {one} overlaps {other}")
        if not 16 <= self.cidr.prefixlen <= 28:
            raise ValueError(f"cidr is /{self.cidr.prefixlen}; a VPC is /16 to /28")
        if self.nat_gateways not in (0, 1, zones):
            raise ValueError(
                f"natGateways is {self.nat_gateways}; use 0, 1 or {zones} (one per zone)"
            )
        return self


class Storage(Section):
    """The lake's buckets."""

    force_destroy: bool = False
    """Whether `pulumi destroy` may delete buckets that hold objects."""
    cors_origins: tuple[str, ...] = ()
    """Web origins (https://…) whose pages may read gold and query results."""
    noncurrent_days: int = Field(default=30, ge=1)
    """Days that overwritten and deleted objects are kept."""
    superseded_run_days: int = Field(default=90, ge=7)
    """Age in days from which silver runs go that two later runs of their date have followed.

    S3 counts from the writing of the files; after that they are noncurrent for another
    `noncurrent_days`.
    """


class Secrets(Section):
    """Who may read the values of secrets besides the workloads that are started with them."""

    readers: tuple[Annotated[str, Field(pattern=r"^(role|user)/[\w+=,.@/*-]+$")], ...] = (
        "role/aws-reserved/sso.amazonaws.com/*",
        "role/OrganizationAccountAccessRole",
        "user/*",
    )
    """People, as ends of ARNs of this account; * stands for anything. IAM has to let them, too."""

    @field_validator("readers")
    @classmethod
    def _people_only(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if "role/*" in value:
            raise ValueError("role/* lets every workload read; name the roles of administrators")
        return value


class Database(Section):
    """RDS PostgreSQL of the Prefect server. Storage in GiB."""

    instance_class: str = "db.t4g.small"
    """Size: db.t4g.micro, db.t4g.small or db.t4g.medium."""
    multi_az: bool = True
    """A standby in the other zone; twice the price."""
    allocated_storage: int = Field(default=20, ge=20, le=1000)
    """GiB to start with."""
    max_allocated_storage: int = Field(default=100, ge=20, le=1000)
    """GiB that storage may grow to by itself."""
    backup_retention_days: int = Field(default=7, ge=1, le=35)
    """Days back to which the database can be put."""
    deletion_protection: bool = True
    """Whether the database refuses to be deleted."""
    performance_insights: bool = True
    """Seven days of Performance Insights, which are free."""

    @field_validator("instance_class")
    @classmethod
    def _known_class(cls, value: str) -> str:
        if value not in DATABASE_CLASSES:
            raise ValueError(f"{value} is not one of {', '.join(DATABASE_CLASSES)}")
        return value

    @model_validator(mode="after")
    def _grows(self) -> Self:
        if self.max_allocated_storage < self.allocated_storage:
            raise ValueError(
                f"maxAllocatedStorage {self.max_allocated_storage} is less than allocatedStorage"
                f" {self.allocated_storage}"
            )
        return self


class Size(Section):
    """Fargate size of a task: CPU units (1024 are one vCPU) and memory in MiB."""

    cpu: int
    """CPU units; 1024 are one vCPU."""
    memory: int
    """MiB."""

    @model_validator(mode="after")
    def _offered_by_fargate(self) -> Self:
        if self.cpu not in FARGATE_MEMORY:
            offered = ", ".join(str(cpu) for cpu in FARGATE_MEMORY)
            raise ValueError(f"cpu is {self.cpu}; Fargate offers {offered}")
        if self.memory not in allowed_memory(self.cpu):
            low, high, step = FARGATE_MEMORY[self.cpu]
            raise ValueError(
                f"memory is {self.memory} MiB; with cpu {self.cpu} Fargate offers"
                f" {low} to {high} in steps of {step}"
            )
        return self


def _size(default: TaskSize) -> Size:
    return Size(cpu=default.cpu, memory=default.memory)


class Compute(Section):
    """The ECS cluster and the sizes of its tasks."""

    spot: bool = False
    """Fargate Spot: about 70 % cheaper; a task may be ended with two minutes' notice."""
    container_insights: bool = True
    """Metrics of services and tasks, 0.30 USD a metric (docs/aws/cost.md)."""
    exec_enabled: bool = False
    """ECS Exec: a shell in a running task, for debugging."""
    build_images: bool = True
    """Whether `pulumi up` builds and pushes the images; false: the tag is in ECR already."""
    image_tag: str | None = Field(default=None, pattern=r"^[0-9A-Za-z][0-9A-Za-z._-]{0,127}$")
    """Tag of the images; unset: the digest of each project's files."""
    ingestion: Size = _size(INGESTION)
    """Size of the ingestion task."""
    dbt: Size = _size(DBT_SIZE)
    """Size of the dbt task."""
    prefect_server: Size = _size(PREFECT_SERVER)
    """Size of the Prefect server."""
    prefect_worker: Size = _size(PREFECT_WORKER)
    """Size of the Prefect worker."""
    flow_run: Size = _size(FLOW_RUN)
    """Size of the task of a flow run."""

    @model_validator(mode="after")
    def _tag_of_existing_images(self) -> Self:
        if self.image_tag == "latest":
            raise ValueError("imageTag is latest; name an immutable tag, such as a commit")
        if not self.build_images and self.image_tag is None:
            raise ValueError("buildImages is false; imageTag then has to name the tag in ECR")
        return self


class LoadBalancer(Section):
    """The way in to the Prefect UI and API."""

    enabled: bool = True
    """Without one, the server is reached through a forwarded port alone."""
    domain: str | None = None
    """Host name of the UI; unset: an internal load balancer, reachable from the VPC alone."""
    hosted_zone_id: str | None = None
    """Route 53 zone of the domain, for the certificate's validation and the alias record."""
    deletion_protection: bool = True
    """Whether the load balancer refuses to be deleted."""
    allowed_cidrs: tuple[IPv4Network, ...] = ()
    """Networks that may reach the load balancer besides the VPC."""

    @model_validator(mode="after")
    def _domain_and_zone(self) -> Self:
        if (self.domain is None) != (self.hosted_zone_id is None):
            raise ValueError("domain and hostedZoneId go together; set both or neither")
        if self.allowed_cidrs and self.domain is None:
            raise ValueError(
                "allowedCidrs needs a domain: without one the traffic is not encrypted"
            )
        return self


class Orchestration(Section):
    """Prefect. More than one server task needs Redis between them."""

    server_min: int = Field(default=1, ge=1, le=3)
    """Least server tasks."""
    server_max: int = Field(default=1, ge=1, le=3)
    """Most server tasks."""
    redis: bool = False
    """A cache through which several servers share their events."""
    schedules_active: bool = True
    """Whether the deployments' schedules run."""
    office_hours: bool = False
    """Server, worker and database run from 07:00 to 20:00 in New York, Monday to Friday."""

    @model_validator(mode="after")
    def _scaled(self) -> Self:
        if self.server_max < self.server_min:
            raise ValueError(
                f"serverMax {self.server_max} is less than serverMin {self.server_min}"
            )
        if self.server_max > 1 and not self.redis:
            raise ValueError("serverMax above 1 needs redis: true; servers share events through it")
        return self


class Transformation(Section):
    """Glue and Athena."""

    glue_workers: int = Field(default=2, ge=2, le=20)
    """Workers of the Glue job."""
    bytes_scanned_limit: int = Field(default=10 * 1024**3, ge=10 * 1024**2)
    """Bytes that one Athena query may scan."""
    lake_formation: bool = False
    """Whether Lake Formation governs the catalog besides IAM."""


class Monitoring(Section):
    """Who hears of what goes wrong."""

    emails: tuple[Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")], ...] = ()
    """Addresses that get every alarm; each confirms by a link."""
    pager_duty_url: str | None = Field(
        default=None, pattern=r"^https://events\.pagerduty\.com/", repr=False
    )
    """Integration URL of a PagerDuty service for critical alarms; a secret."""


class Logs(Section):
    """CloudWatch log groups and the logs bucket."""

    retention_days: int = 30
    """Days that logs are kept; unset: 7 in dev, 30 in staging, 365 in prod."""

    @field_validator("retention_days")
    @classmethod
    def _offered_by_cloudwatch(cls, value: int) -> int:
        if value not in LOG_RETENTION_DAYS:
            offered = ", ".join(str(days) for days in LOG_RETENTION_DAYS)
            raise ValueError(f"{value} days; CloudWatch offers {offered}")
        return value


class Api(Section):
    """The data API."""

    enabled: bool = True
    """Whether the API is made."""
    throttle_per_second: int = Field(default=20, ge=1)
    """Requests a second beyond which callers are told to wait."""
    reserved_concurrency: int | None = Field(default=None, ge=1, le=1000)
    """Requests that are worked on at once, kept free for the API; unset: the account's pool."""
    account_log_role: bool = True
    """False where another stack of the account gives API Gateway the role it logs with."""


class Security(Section):
    """Account-wide detectors: enable each in one stack of an account."""

    audit_trail: bool = True
    """CloudTrail: management events of all regions. The first trail of an account is free."""
    guard_duty: bool = True
    """Findings of suspicious activity."""
    config_rules: bool = True
    """AWS Config: the recorder and its rules."""
    access_analyzer: bool = True
    """Findings of resources that others outside the account may reach."""


class GitHub(Section):
    """Continuous deployment with OIDC."""

    repository: str | None = Field(default=None, pattern=r"^[\w.-]+/[\w.-]+$")
    """owner/name; unset: no deploy role is made."""
    create_provider: bool = True
    """False where the account has GitHub's OIDC provider already."""
