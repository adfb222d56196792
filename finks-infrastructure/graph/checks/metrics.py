"""Alarms and dashboards that watch what is not there: they would never say so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from graph.checks.finding import Finding, finding
from graph.checks.known import Known
from graph.checks.values import parsed
from graph.model import Graph

_DIMENSIONS: dict[str, tuple[str, ...]] = {
    "ApiName": ("aws:apigateway/restApi:RestApi",),
    "BucketName": ("aws:s3/bucket:Bucket",),
    "CacheClusterId": ("aws:elasticache/replicationGroup:ReplicationGroup",),
    "ClusterName": ("aws:ecs/cluster:Cluster",),
    "DBInstanceIdentifier": ("aws:rds/instance:Instance",),
    "FunctionName": ("aws:lambda/function:Function",),
    "JobName": ("aws:glue/job:Job",),
    "LoadBalancer": ("aws:lb/loadBalancer:LoadBalancer",),
    "LogGroupName": ("aws:cloudwatch/logGroup:LogGroup",),
    "NatGatewayId": ("aws:ec2/natGateway:NatGateway",),
    "QueueName": ("aws:sqs/queue:Queue",),
    "ReplicationGroupId": ("aws:elasticache/replicationGroup:ReplicationGroup",),
    "RuleName": ("aws:cloudwatch/eventRule:EventRule",),
    "ServiceName": ("aws:ecs/service:Service",),
    "StateMachineArn": ("aws:sfn/stateMachine:StateMachine",),
    "TargetGroup": ("aws:lb/targetGroup:TargetGroup",),
    "TopicName": ("aws:sns/topic:Topic",),
    "WorkGroup": ("aws:athena/workgroup:Workgroup",),
}
_ALARMS = (
    "aws:cloudwatch/metricAlarm:MetricAlarm",
    "aws:cloudwatch/compositeAlarm:CompositeAlarm",
)
_NAMED_ALARM = re.compile(r"(?:ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*\"?([^\")]+?)\"?\s*\)")


def check_metrics(graph: Graph) -> Iterator[Finding]:
    """Dimensions and alarm names that nothing in the stack has."""
    known = Known(graph)
    for alarm in graph.of_type("aws:cloudwatch/metricAlarm:MetricAlarm"):
        yield from (
            finding(alarm, path, problem, "name what the stack makes")
            for path, problem in _dimensions(alarm.inputs, known, "")
        )
    for composite in graph.of_type("aws:cloudwatch/compositeAlarm:CompositeAlarm"):
        rule = str(composite.inputs.get("alarmRule", ""))
        named = _NAMED_ALARM.findall(rule)
        if not named and rule not in {"TRUE", "FALSE"}:
            yield finding(
                composite, "alarmRule", f"is {rule!r}, which names no alarm", 'write ALARM("name")'
            )
        for name in named:
            if name not in known.names(*_ALARMS):
                yield finding(
                    composite,
                    "alarmRule",
                    f"names {name!r}, no alarm of the stack",
                    "name an alarm that the stack makes",
                )
    for dashboard in graph.of_type("aws:cloudwatch/dashboard:Dashboard"):
        body = parsed(dashboard.inputs.get("dashboardBody"))
        widgets = body.get("widgets") if isinstance(body, dict) else None
        for number, widget in enumerate(widgets if isinstance(widgets, list) else []):
            for name, value in _of_widget(widget):
                if name in _DIMENSIONS and value not in known.names(*_DIMENSIONS[name]):
                    yield finding(
                        dashboard,
                        f"dashboardBody!widgets[{number}]",
                        f"shows {name} {value!r}, which nothing in the stack has",
                        "name what the stack makes",
                    )


def _dimensions(value: Any, known: Known, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, list):
        for index, entry in enumerate(value):
            yield from _dimensions(entry, known, f"{path}[{index}]")
    if not isinstance(value, dict):
        return
    for key, entry in value.items():
        here = f"{path}.{key}" if path else key
        if key == "dimensions" and isinstance(entry, dict):
            for name, own in entry.items():
                if name in _DIMENSIONS and own not in known.names(*_DIMENSIONS[name]):
                    yield f"{here}.{name}", f"is {own!r}, which nothing in the stack has"
        else:
            yield from _dimensions(entry, known, here)


def _of_widget(widget: Any) -> Iterator[tuple[str, str]]:
    """Dimensions in a widget's metrics, each of which is [namespace, metric, name, value, …]."""
    properties = widget.get("properties") if isinstance(widget, dict) else None
    for metric in (properties or {}).get("metrics") or []:
        plain = [entry for entry in metric if isinstance(entry, str)]
        yield from zip(plain[2::2], plain[3::2], strict=False)
