"""What keeps data: buckets, secrets, the database, Glue and Athena."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from blueprint.sizes import DATABASE_CLASSES
from config.sections.section import Section


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


class Transformation(Section):
    """Glue and Athena."""

    glue_workers: int = Field(default=2, ge=2, le=20)
    """Workers of the Glue job."""
    bytes_scanned_limit: int = Field(default=10 * 1024**3, ge=10 * 1024**2)
    """Bytes that one Athena query may scan."""
    lake_formation: bool = False
    """Whether Lake Formation governs the catalog besides IAM."""
