"""Alarms of the pipeline: what failed, what is late, what is wrong in the data."""

from __future__ import annotations

from typing import Any

from blueprint import metrics
from blueprint.alarms.alarm import DAY, HOUR, Alarm, Query, over
from blueprint.names import Names
from blueprint.tables import SILVER_TABLES

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


def failures(names: Names) -> tuple[Alarm, ...]:
    """Tasks and Glue jobs that failed, counted from their events."""
    return (
        over(
            "task-failures",
            "warning",
            "A task of ingestion, dbt or a flow run failed: read its reason and its log.",
            metrics.counted(names, metrics.TASK_FAILURES),
            0,
        ),
        over(
            "glue-failures",
            "warning",
            "The Glue job failed or ran out of time: read its error, then run the date again.",
            metrics.counted(names, metrics.GLUE_FAILURES),
            0,
        ),
    )


def schedule(names: Names) -> tuple[Alarm, ...]:
    """The pipeline did not run, or brought nothing new."""
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


def quality(names: Names) -> Alarm:
    """The worst score of any silver table."""
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


def errors(names: Names) -> tuple[Alarm, ...]:
    """Error lines in the logs of the pipeline and of Prefect."""
    return (
        over(
            "pipeline-errors",
            "warning",
            "Ingestion, dbt or flow runs log errors: the dashboard lists the lines.",
            metrics.counted(names, metrics.PIPELINE_ERRORS),
            PIPELINE_ERROR_LINES,
            periods=1,
        ),
        over(
            "prefect-errors",
            "info",
            "Prefect's server or worker logs many errors: the dashboard lists the lines.",
            metrics.counted(names, metrics.PREFECT_ERRORS),
            PREFECT_ERROR_LINES,
            periods=3,
        ),
    )
