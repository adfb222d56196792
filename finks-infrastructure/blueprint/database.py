"""PostgreSQL and Redis of the Prefect server: versions, parameters and windows."""

from __future__ import annotations

from dataclasses import dataclass

POSTGRES_VERSION = "16"
"""Major version alone: RDS installs minor ones in the maintenance window."""
POSTGRES_FAMILY = "postgres16"
DATABASE_USER = "prefect"
"""Master user; its password is RDS's own affair."""
CA_CERTIFICATE = "rds-ca-rsa2048-g1"
SLOW_STATEMENT_MILLISECONDS = 1000
INSIGHTS_DAYS = 7
"""Days of Performance Insights that cost nothing. PostgreSQL has it in every instance class."""
MONITORING_SECONDS = 60
LOG_EXPORTS = ("postgresql", "upgrade")

VALKEY_VERSION = "8.0"
CACHE_NODE = "cache.t4g.micro"


@dataclass(frozen=True)
class Parameter:
    """A parameter of PostgreSQL; a static one waits for a restart."""

    name: str
    value: str
    static: bool = False


PARAMETERS = (
    # It is dynamic. But 1 is the family's default, and for a value that is none of ours AWS goes on
    # answering "pending-reboot": anything else would be a change at each `up`
    # (terraform-provider-aws issue 39252).
    Parameter("rds.force_ssl", "1", static=True),
    # Prefect's migrations make pg_trgm themselves, and need it for every search by name.
    Parameter("rds.allowed_extensions", "pg_stat_statements,pg_trgm,plpgsql"),
    Parameter("shared_preload_libraries", "pg_stat_statements", static=True),
    Parameter("log_min_duration_statement", str(SLOW_STATEMENT_MILLISECONDS)),
    Parameter("log_lock_waits", "1"),
)


@dataclass(frozen=True)
class Windows:
    """When RDS backs up and maintains: UTC, in RDS's own form. They may not overlap."""

    backup: str
    maintenance: str


ALWAYS_ON = Windows("05:00-06:00", "sun:06:30-sun:07:30")
"""Midnight in New York, when the day's pipeline is over."""
OFFICE_HOURS = Windows("13:00-14:00", "wed:14:30-wed:15:30")
"""For a database that runs from 07:00 to 20:00 in New York: a stopped one has no backups."""
CACHE_MAINTENANCE = "sun:07:00-sun:08:00"
