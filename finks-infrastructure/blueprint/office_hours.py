"""When a stack with office hours runs: Monday to Friday, 07:00 to 20:00 in New York."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from blueprint.names import Names

TIMEZONE = "America/New_York"


@dataclass(frozen=True)
class Step:
    """One call of an AWS API at an hour, as EventBridge Scheduler makes it.

    `action` is service:operation of the SDK, `cron` in EventBridge's form and TIMEZONE.
    """

    name: str
    cron: str
    action: str
    arguments: dict[str, Any]


def steps(names: Names, counts: dict[str, int]) -> tuple[Step, ...]:
    """Database first in the morning and last in the evening; it takes minutes to come up.

    `counts` are ECS services and how many tasks each has by day.
    """
    database = {"DbInstanceIdentifier": names.database_instance}
    services = [
        Step(
            name=f"{service}-{when}",
            cron=cron,
            action="ecs:updateService",
            arguments={"Cluster": names.cluster, "Service": service, "DesiredCount": desired},
        )
        for service, count in counts.items()
        for when, cron, desired in (
            ("start", "cron(0 7 ? * MON-FRI *)", count),
            ("stop", "cron(0 20 ? * MON-FRI *)", 0),
        )
    ]
    return (
        Step(
            f"{names.database_instance}-db-start",
            "cron(40 6 ? * MON-FRI *)",
            "rds:startDBInstance",
            database,
        ),
        *services,
        # A database that stopped for seven days is started by AWS; a weekend is shorter.
        Step(
            f"{names.database_instance}-db-stop",
            "cron(15 20 ? * MON-FRI *)",
            "rds:stopDBInstance",
            database,
        ),
    )
