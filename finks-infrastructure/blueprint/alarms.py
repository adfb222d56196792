"""What is watched, from which value on, who hears of it, and which events count as failures.

Every alarm has a paragraph under its subject in docs/aws/runbook.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from blueprint import metrics
from blueprint.metrics import Metric
from blueprint.names import Names
from blueprint.tables import SILVER_TABLES

Severity = Literal["info", "warning", "critical"]
SEVERITIES: dict[Severity, str] = {
    "info": "Worth a look this week",
    "warning": "Needs somebody today",
    "critical": "Needs somebody now; PagerDuty where it is configured",
}
Comparison = Literal["GreaterThanThreshold", "GreaterThanOrEqualToThreshold", "LessThanThreshold"]
Missing = Literal["breaching", "notBreaching"]

RUNBOOK = "docs/aws/runbook.md"
LOAD_BALANCER = "{load balancer}"
TARGET_GROUP = "{target group}"
API = "{api}"
"""Stand for values that AWS gives; the component fills them in."""

FIVE_MINUTES = 300
HOUR = 3600
DAY = 24 * HOUR

CONNECTIONS_LIMIT = {"db.t4g.micro": 80, "db.t4g.small": 160, "db.t4g.medium": 320}
"""Connections from which on the database is nearly full, about 70 % of its max_connections.

RDS allows memory / 9,531,392 bytes of them (RDS User Guide, "Maximum number of connections").
"""
FREE_STORAGE_SHARE = 0.2
"""Share of the allocated storage; RDS enlarges it at 10 %, and at most every six hours."""
CPU_PERCENT = 80
SERVER_ERRORS = 10
API_ERRORS = 5
PIPELINE_ERROR_LINES = 5
PREFECT_ERROR_LINES = 20
QUALITY_SCORE = 0.95
WEEKEND_HOUR = 6
"""Hour of Saturday (UTC) from which on no run is due before Monday: Friday's may be late until
then."""
LATE_HOURS = 26
"""Weekday hours (UTC) without a finished run. The schedule is 18:30 in New York, which is 22:30 or
23:30 UTC, and a run takes half an hour: 26 hours are over at about 21:00 in New York."""
_RUNS = "FILL(runs, 0)"
_WEEKEND = f"(DAY({_RUNS}) == 6 AND HOUR({_RUNS}) >= {WEEKEND_HOUR}) OR DAY({_RUNS}) == 7"
"""Metric math; days count from Monday = 1."""
STALE_DAYS = 5
"""A weekend with two holidays has four days without new prices."""


@dataclass(frozen=True)
class Query:
    """A step of metric math: a metric or an expression; the one that `watched` is compared."""

    id: str
    metric: Metric | None = None
    expression: str | None = None
    watched: bool = False


@dataclass(frozen=True)
class Alarm:
    """A CloudWatch alarm: on `metric`, or on `queries`. `period` in seconds."""

    subject: str
    severity: Severity
    remedy: str
    """What has happened and what to do first."""
    comparison: Comparison
    threshold: float
    period: int
    periods: int
    """Periods that are looked at; all of them have to be over the threshold."""
    missing: Missing
    metric: Metric | None = None
    queries: tuple[Query, ...] = ()

    @property
    def description(self) -> str:
        """The alarm's text in CloudWatch and in e-mails."""
        return f"{self.remedy} {RUNBOOK}#{self.subject}"


@dataclass(frozen=True)
class Watched:
    """What there is to watch in a stack."""

    container_insights: bool
    schedules_active: bool
    load_balancer: bool
    api: bool
    database_class: str
    database_storage: int
    """GiB that were allocated."""


UNHEALTHY = "pipeline-unhealthy"
UNHEALTHY_WHEN = ("task-failures", "glue-failures", "pipeline-late", "silver-stale", "data-quality")
"""Alarms of which one is enough for the composite alarm."""
UNHEALTHY_REMEDY = "The lake is not brought up to date as it should be: see which alarm it was."


def alarms(names: Names, watched: Watched) -> tuple[Alarm, ...]:
    """Every alarm of a stack."""
    return (
        *_failures(names),
        *(_schedule(names) if watched.schedules_active else ()),
        _quality(names),
        *_errors(names),
        *(_services(names) if watched.container_insights else ()),
        *_database(names, watched),
        *(_balancer() if watched.load_balancer else ()),
        *((_api(),) if watched.api else ()),
        _dead_letters(names),
    )


def failure_events(names: Names, *, region: str, account_id: str) -> dict[str, dict[str, Any]]:
    """Event patterns of what counts as a failure, by subject.

    Tasks of services are left out (`group`): ECS replaces them, and services-below-desired tells
    when it does not succeed. Exit code 4 of ingestion is a run that finished incomplete.
    """
    cluster = f"arn:aws:ecs:{region}:{account_id}:cluster/{names.cluster}"
    return {
        "task-failures": {
            "source": ["aws.ecs"],
            "detail-type": ["ECS Task State Change"],
            "detail": {
                "clusterArn": [cluster],
                "lastStatus": ["STOPPED"],
                "group": [{"prefix": "family:"}],
                "$or": [
                    {"stopCode": ["TaskFailedToStart"]},
                    {
                        "stopCode": ["EssentialContainerExited"],
                        "containers": {"exitCode": [{"anything-but": [0, 4]}]},
                    },
                ],
            },
        },
        "glue-failures": {
            "source": ["aws.glue"],
            "detail-type": ["Glue Job State Change"],
            "detail": {"jobName": [names.glue_job], "state": ["FAILED", "TIMEOUT"]},
        },
    }


def _failures(names: Names) -> tuple[Alarm, ...]:
    return (
        _over(
            "task-failures",
            "warning",
            "A task of ingestion, dbt or a flow run failed: read its reason and its log.",
            metrics.counted(names, metrics.TASK_FAILURES),
            0,
        ),
        _over(
            "glue-failures",
            "warning",
            "The Glue job failed or ran out of time: read its error, then run the date again.",
            metrics.counted(names, metrics.GLUE_FAILURES),
            0,
        ),
    )


def _schedule(names: Names) -> tuple[Alarm, ...]:
    runs = metrics.pipeline_metric(
        names,
        metrics.PIPELINE_LATENCY,
        metrics.ALL_DATASETS,
        metrics.WHOLE_PIPELINE,
        "SampleCount",
    )
    rows = metrics.pipeline_metric(
        names, metrics.RECORDS_PROCESSED, metrics.PRICES, metrics.TRANSFORMATION, "Sum"
    )
    return (
        Alarm(
            subject="pipeline-late",
            severity="warning",
            remedy="No run of the pipeline finished since yesterday (normal on exchange holidays):"
            " look at Prefect's runs.",
            comparison="LessThanThreshold",
            threshold=1,
            period=HOUR,
            periods=LATE_HOURS,
            missing="breaching",
            queries=(
                Query("runs", metric=runs),
                Query(
                    "due",
                    expression=f"IF({_WEEKEND}, 1, {_RUNS})",
                    watched=True,
                ),
            ),
        ),
        Alarm(
            subject="silver-stale",
            severity="critical",
            remedy=f"No new prices in silver for {STALE_DAYS} days: find the first date that is"
            " missing and run the pipeline from there.",
            comparison="LessThanThreshold",
            threshold=1,
            period=DAY,
            periods=STALE_DAYS,
            missing="breaching",
            metric=rows,
        ),
    )


def _quality(names: Names) -> Alarm:
    scores = tuple(
        Query(
            f"m{number}",
            metric=metrics.pipeline_metric(
                names,
                metrics.DATA_QUALITY_SCORE,
                table.dataset,
                metrics.TRANSFORMATION,
                "Minimum",
            ),
        )
        for number, table in enumerate(SILVER_TABLES, start=1)
    )
    filled = ", ".join(f"FILL({query.id}, 1)" for query in scores)
    return Alarm(
        subject="data-quality",
        severity="warning",
        remedy=f"The audit rejected more than {1 - QUALITY_SCORE:.0%} of a dataset's rows: read the"
        " audit report of the run for the rule.",
        comparison="LessThanThreshold",
        threshold=QUALITY_SCORE,
        period=HOUR,
        periods=1,
        missing="notBreaching",
        queries=(*scores, Query("worst", expression=f"MIN([{filled}])", watched=True)),
    )


def _errors(names: Names) -> tuple[Alarm, ...]:
    return (
        _over(
            "pipeline-errors",
            "warning",
            "Ingestion, dbt or flow runs log errors: the dashboard lists the lines.",
            metrics.counted(names, metrics.PIPELINE_ERRORS),
            PIPELINE_ERROR_LINES,
            periods=1,
        ),
        _over(
            "prefect-errors",
            "info",
            "Prefect's server or worker logs many errors: the dashboard lists the lines.",
            metrics.counted(names, metrics.PREFECT_ERRORS),
            PREFECT_ERROR_LINES,
            periods=3,
        ),
    )


def _services(names: Names) -> tuple[Alarm, ...]:
    return tuple(
        Alarm(
            subject=f"{subject}-below-desired",
            severity="critical",
            remedy=f"The {label} has fewer tasks than it should have: read the service's events.",
            comparison="GreaterThanThreshold",
            threshold=0,
            period=FIVE_MINUTES,
            periods=3,
            missing="notBreaching",
            queries=(
                Query("desired", metric=_tasks(names, service, "DesiredTaskCount")),
                Query("running", metric=_tasks(names, service, "RunningTaskCount")),
                Query("lacking", expression="desired - running", watched=True),
            ),
        )
        for subject, label, service in (
            ("server", "Prefect server", names.prefect_server),
            ("worker", "Prefect worker", names.prefect_worker),
        )
    )


def _tasks(names: Names, service: str, metric: str) -> Metric:
    dimensions = (("ClusterName", names.cluster), ("ServiceName", service))
    return Metric("ECS/ContainerInsights", metric, dimensions, "Average")


def _database(names: Names, watched: Watched) -> tuple[Alarm, ...]:
    def metric(name: str, statistic: str = "Average") -> Metric:
        dimensions = (("DBInstanceIdentifier", names.database_instance),)
        return Metric("AWS/RDS", name, dimensions, statistic)

    free = int(watched.database_storage * 1024**3 * FREE_STORAGE_SHARE)
    return (
        _over(
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
        _over(
            "database-cpu",
            "info",
            "Prefect's database is busy: see which queries take the time in Performance Insights.",
            metric("CPUUtilization"),
            CPU_PERCENT,
            periods=6,
        ),
    )


def _balancer() -> tuple[Alarm, ...]:
    balancer = ("LoadBalancer", LOAD_BALANCER)

    def errors(name: str) -> Metric:
        return Metric("AWS/ApplicationELB", name, (balancer,), "Sum")

    return (
        Alarm(
            subject="balancer-errors",
            severity="warning",
            remedy="Requests to Prefect fail with 5xx: see whether the server's tasks are healthy.",
            comparison="GreaterThanThreshold",
            threshold=SERVER_ERRORS,
            period=FIVE_MINUTES,
            periods=2,
            missing="notBreaching",
            queries=(
                Query("server", metric=errors("HTTPCode_Target_5XX_Count")),
                Query("balancer", metric=errors("HTTPCode_ELB_5XX_Count")),
                Query("errors", expression="FILL(server, 0) + FILL(balancer, 0)", watched=True),
            ),
        ),
        _over(
            "unhealthy-hosts",
            "critical",
            "The load balancer finds no healthy Prefect server: read the service's events.",
            Metric(
                "AWS/ApplicationELB",
                "UnHealthyHostCount",
                (balancer, ("TargetGroup", TARGET_GROUP)),
                "Maximum",
            ),
            0,
            periods=3,
        ),
    )


def _api() -> Alarm:
    return _over(
        "api-errors",
        "warning",
        "The data API answers with 5xx: read the function's log.",
        Metric("AWS/ApiGateway", "5XXError", (("ApiName", API),), "Sum"),
        API_ERRORS,
        periods=2,
    )


def _dead_letters(names: Names) -> Alarm:
    return _over(
        "dead-letters",
        "warning",
        "The Prefect worker could not handle some events of ECS: read them, then redrive.",
        Metric(
            "AWS/SQS",
            "ApproximateNumberOfMessagesVisible",
            (("QueueName", names.observer_dead_letters),),
            "Maximum",
        ),
        0,
    )


def _over(
    subject: str,
    severity: Severity,
    remedy: str,
    metric: Metric,
    threshold: float,
    *,
    periods: int = 1,
) -> Alarm:
    return Alarm(
        subject=subject,
        severity=severity,
        remedy=remedy,
        comparison="GreaterThanThreshold",
        threshold=threshold,
        period=FIVE_MINUTES,
        periods=periods,
        missing="notBreaching",
        metric=metric,
    )
