"""Alarms of what serves: Prefect, the load balancer, the data API, queues."""

from __future__ import annotations

from blueprint.alarms.alarm import (
    API,
    FIVE_MINUTES,
    LOAD_BALANCER,
    TARGET_GROUP,
    Alarm,
    Query,
    Watched,
    over,
)
from blueprint.metrics import Metric, of_service
from blueprint.names import Names

SERVER_ERRORS = 10
API_ERRORS = 5


def services(names: Names, watched: Watched) -> tuple[Alarm, ...]:
    """Prefect services that run fewer tasks than they should.

    Without Container Insights nobody counts them. But every running task reports its CPU, at no
    cost, and a service of which nothing is heard has none. With office hours that is every night.
    """
    found = (
        ("server", "Prefect server", names.prefect_server),
        ("worker", "Prefect worker", names.prefect_worker),
        *(
            (("loops", "task of Prefect's loops", names.prefect_services),)
            if watched.scaled
            else ()
        ),
    )
    if watched.container_insights:
        return tuple(_below_desired(names, *service) for service in found)
    if watched.office_hours:
        return ()
    return tuple(_silent(names, *service) for service in found)


def _below_desired(names: Names, subject: str, label: str, service: str) -> Alarm:
    def tasks(metric: str) -> Metric:
        return Metric("ECS/ContainerInsights", metric, of_service(names, service), "Average")

    return Alarm(
        subject=f"{subject}-below-desired",
        severity="critical",
        remedy=f"The {label} has fewer tasks than it should have: read the service's events.",
        comparison="GreaterThanThreshold",
        threshold=0,
        period=FIVE_MINUTES,
        periods=3,
        missing="notBreaching",
        queries=(
            Query("desired", metric=tasks("DesiredTaskCount")),
            Query("running", metric=tasks("RunningTaskCount")),
            Query("lacking", expression="desired - running", watched=True),
        ),
    )


def _silent(names: Names, subject: str, label: str, service: str) -> Alarm:
    return Alarm(
        subject=f"{subject}-below-desired",
        severity="critical",
        remedy=f"The {label} does not run: read the service's events.",
        comparison="LessThanThreshold",
        threshold=1,
        period=FIVE_MINUTES,
        periods=3,
        missing="breaching",
        metric=Metric("AWS/ECS", "CPUUtilization", of_service(names, service), "SampleCount"),
    )


def balancer(watched: Watched) -> tuple[Alarm, ...]:
    """Errors behind the load balancer, and no target that is healthy.

    Healthy ones are counted: unhealthy ones are none as well when no task is there at all. With
    office hours that is so every night.
    """
    balancer = ("LoadBalancer", LOAD_BALANCER)

    def errors(name: str) -> Metric:
        return Metric("AWS/ApplicationELB", name, (balancer,), "Sum")

    failing = Alarm(
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
    )
    if watched.office_hours:
        return (failing,)
    target_group = ("TargetGroup", TARGET_GROUP)
    return (
        failing,
        Alarm(
            subject="no-healthy-host",
            severity="critical",
            remedy="The load balancer finds no healthy Prefect server: read the service's events.",
            comparison="LessThanThreshold",
            threshold=1,
            period=FIVE_MINUTES,
            periods=3,
            missing="breaching",
            metric=Metric(
                "AWS/ApplicationELB", "HealthyHostCount", (balancer, target_group), "Maximum"
            ),
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
