"""Alarms of what serves: Prefect, the load balancer, the data API, queues."""

from __future__ import annotations

from blueprint.alarms.alarm import (
    API,
    FIVE_MINUTES,
    LOAD_BALANCER,
    TARGET_GROUP,
    Alarm,
    Query,
    over,
)
from blueprint.metrics import Metric
from blueprint.names import Names

SERVER_ERRORS = 10
API_ERRORS = 5


def services(names: Names) -> tuple[Alarm, ...]:
    """Prefect services that run fewer tasks than they should."""
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


def balancer() -> tuple[Alarm, ...]:
    """Errors behind the load balancer, and targets that are not healthy."""
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
        over(
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


def api() -> Alarm:
    """Server errors of the data API."""
    return over(
        "api-errors",
        "warning",
        "The data API answers with 5xx: read the function's log.",
        Metric("AWS/ApiGateway", "5XXError", (("ApiName", API),), "Sum"),
        API_ERRORS,
        periods=2,
    )


def dead_letters(names: Names) -> Alarm:
    """Events that the Prefect worker could not take."""
    return over(
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
