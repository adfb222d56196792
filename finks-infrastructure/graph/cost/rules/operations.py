"""Prices of what watches: alarms, dashboards, queues, topics and the account's detectors."""

from __future__ import annotations

from collections.abc import Iterator

from graph.cost.bill import Bill, Line, Rule, monthly
from graph.cost.prices import HOURS_A_MONTH
from graph.model import Resource

_FINE_PERIOD_FACTOR = 3
"""An alarm on periods under a minute costs three times as much."""

_VCPUS = 2
"""All sizes of db.t4g have two."""


def _alarm(resource: Resource, bill: Bill) -> Iterator[Line]:
    queries = resource.inputs.get("metricQueries") or []
    metrics = sum(1 for query in queries if query.get("metric")) or 1
    period = int(resource.inputs.get("period", 60))
    factor = _FINE_PERIOD_FACTOR if period < 60 else 1
    yield bill.line(resource, "alarms", "alarm_month", metrics, factor=factor)


def _log_group(resource: Resource, bill: Bill) -> Iterator[Line]:
    """A group keeps what the pipeline writes until its retention ends, shared by all groups."""
    groups = len(bill.graph.of_type(resource.type))
    written = bill.usage.pipeline["log_gb"] / groups
    months = int(resource.inputs.get("retentionInDays", 30)) * 24 / HOURS_A_MONTH
    yield bill.line(resource, "logs", "log_ingest_gb", written, basis="pipeline")
    yield bill.line(
        resource, "logs kept", "log_storage_gb_month", written * months, basis="pipeline"
    )


def _queue(resource: Resource, bill: Bill) -> Iterator[Line]:
    if resource.inputs.get("redrivePolicy"):
        yield bill.line(resource, "polls", "sqs_request", bill.usage.idle["sqs_requests"])


def _subscription(resource: Resource, bill: Bill) -> Iterator[Line]:
    if resource.inputs.get("protocol") == "email":
        emails = bill.usage.pipeline["emails"]
        yield bill.line(resource, "emails", "sns_email", emails, basis="pipeline")


def _detector(resource: Resource, bill: Bill) -> Iterator[Line]:
    use = bill.usage.idle
    for what, key, amount in (
        ("GuardDuty: events", "guardduty_million_events", use["guardduty_million_events"]),
        ("GuardDuty: flow and DNS logs", "guardduty_log_gb", use["guardduty_log_gb"]),
    ):
        yield bill.line(resource, what, key, amount)


def _detector_feature(resource: Resource, bill: Bill) -> Iterator[Line]:
    """Lambda's network logs are among the detector's logs; the rest is priced by itself."""
    name, status = resource.inputs.get("name"), resource.inputs.get("status")
    if status != "ENABLED":
        return
    if name == "S3_DATA_EVENTS":
        events = (bill.usage.pipeline["s3_puts"] + bill.usage.pipeline["s3_gets"]) / 1e6
        yield bill.line(
            resource,
            "GuardDuty: S3 events",
            "guardduty_million_s3_events",
            events,
            basis="pipeline",
        )
    if name == "RDS_LOGIN_EVENTS":
        vcpus = _VCPUS * len(bill.graph.of_type("aws:rds/instance:Instance"))
        yield bill.line(resource, "GuardDuty: log-ins", "guardduty_rds_vcpu_month", vcpus)


def _recorder(resource: Resource, bill: Bill) -> Iterator[Line]:
    yield bill.line(resource, "recorded changes", "config_item", bill.usage.idle["config_items"])


def _config_rule(resource: Resource, bill: Bill) -> Iterator[Line]:
    evaluations = bill.usage.idle["config_evaluations_a_rule"]
    yield bill.line(resource, "evaluations", "config_evaluation", evaluations)


RULES: dict[str, Rule] = {
    "aws:cfg/recorder:Recorder": _recorder,
    "aws:cfg/rule:Rule": _config_rule,
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": monthly(
        "composite_alarm_month", "composite alarm"
    ),
    "aws:cloudwatch/dashboard:Dashboard": monthly("dashboard_month", "dashboard"),
    "aws:cloudwatch/logGroup:LogGroup": _log_group,
    "aws:cloudwatch/metricAlarm:MetricAlarm": _alarm,
    "aws:guardduty/detector:Detector": _detector,
    "aws:guardduty/detectorFeature:DetectorFeature": _detector_feature,
    "aws:sns/topicSubscription:TopicSubscription": _subscription,
    "aws:sqs/queue:Queue": _queue,
}
