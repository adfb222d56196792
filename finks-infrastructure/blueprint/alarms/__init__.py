"""What is watched, from which value on, who hears of it, and which events count as failures.

Every alarm has a paragraph under its subject in docs/aws/runbook.md.
"""

from __future__ import annotations

from blueprint.alarms.alarm import (
    API,
    LOAD_BALANCER,
    SEVERITIES,
    TARGET_GROUP,
    Alarm,
    Query,
    Severity,
    Watched,
)
from blueprint.alarms.database import database
from blueprint.alarms.pipeline import errors, failure_events, failures, quality, schedule
from blueprint.alarms.services import api, balancer, dead_letters, services
from blueprint.names import Names

__all__ = [
    "API",
    "LOAD_BALANCER",
    "SEVERITIES",
    "TARGET_GROUP",
    "UNHEALTHY",
    "UNHEALTHY_REMEDY",
    "UNHEALTHY_WHEN",
    "Alarm",
    "Query",
    "Severity",
    "Watched",
    "alarms",
    "failure_events",
]

UNHEALTHY = "pipeline-unhealthy"
UNHEALTHY_WHEN = ("task-failures", "glue-failures", "pipeline-late", "silver-stale", "data-quality")
"""Alarms of which one is enough for the composite alarm."""
UNHEALTHY_REMEDY = "The lake is not brought up to date as it should be: see which alarm it was."


def alarms(names: Names, watched: Watched) -> tuple[Alarm, ...]:
    """Every alarm of a stack."""
    return (
        *failures(names),
        *(schedule(names) if watched.schedules_active else ()),
        quality(names),
        *errors(names),
        *services(names, watched),
        *database(names, watched),
        *(balancer(watched) if watched.load_balancer else ()),
        *((api(),) if watched.api else ()),
        dead_letters(names),
    )
