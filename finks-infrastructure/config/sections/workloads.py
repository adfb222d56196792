"""What runs: tasks, Prefect, the data API."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from blueprint.sizes import DBT as DBT_SIZE
from blueprint.sizes import (
    FARGATE_MEMORY,
    FLOW_RUN,
    INGESTION,
    PREFECT_SERVER,
    PREFECT_WORKER,
    TaskSize,
    allowed_memory,
)
from config.sections.section import Section


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
