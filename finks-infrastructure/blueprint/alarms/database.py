"""Alarms of Prefect's database."""

from __future__ import annotations

from blueprint.alarms.alarm import FIVE_MINUTES, Alarm, Watched, over
from blueprint.metrics import Metric
from blueprint.names import Names

CONNECTIONS_LIMIT = {"db.t4g.micro": 80, "db.t4g.small": 160, "db.t4g.medium": 320}
"""Connections from which on the database is nearly full, about 70 % of its max_connections.

RDS allows memory / 9,531,392 bytes of them (RDS User Guide, "Maximum number of connections").
"""
FREE_STORAGE_SHARE = 0.2
"""Share of the allocated storage; RDS enlarges it at 10 %, and at most every six hours."""
CPU_PERCENT = 80


def database(names: Names, watched: Watched) -> tuple[Alarm, ...]:
    """CPU, connections and free storage against what the instance has."""

    def metric(name: str, statistic: str = "Average") -> Metric:
        dimensions = (("DBInstanceIdentifier", names.database_instance),)
        return Metric("AWS/RDS", name, dimensions, statistic)

    free = int(watched.database_storage * 1024**3 * FREE_STORAGE_SHARE)
    return (
        over(
            "database-connections",
            "warning",
            "Prefect's database has nearly no connections left: look for what holds them.",
            metric("DatabaseConnections", "Maximum"),
            CONNECTIONS_LIMIT[watched.database_class],
            periods=3,
        ),
        Alarm(
            subject="database-storage",
            severity="critical",
            remedy="Prefect's database has little free storage: enlarge it, or delete old runs.",
            comparison="LessThanThreshold",
            threshold=free,
            period=FIVE_MINUTES,
            periods=3,
            missing="notBreaching",
            metric=metric("FreeStorageSpace", "Minimum"),
        ),
        over(
            "database-cpu",
            "info",
            "Prefect's database is busy: see which queries take the time in Performance Insights.",
            metric("CPUUtilization"),
            CPU_PERCENT,
            periods=6,
        ),
    )
