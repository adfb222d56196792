"""Properties of one resource that have to agree with each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from graph.checks.finding import Finding, finding
from graph.model import Graph, Resource

_ORDERED: dict[str, tuple[tuple[str, str], ...]] = {
    "aws:appautoscaling/target:Target": (("minCapacity", "maxCapacity"),),
    "aws:ecs/service:Service": (("deploymentMinimumHealthyPercent", "deploymentMaximumPercent"),),
    "aws:lb/targetGroup:TargetGroup": (("healthCheck.timeout", "healthCheck.interval"),),
    "aws:cloudwatch/metricAlarm:MetricAlarm": (("datapointsToAlarm", "evaluationPeriods"),),
    "aws:rds/instance:Instance": (("allocatedStorage", "maxAllocatedStorage"),),
}
"""By type: properties of which the first may not be above the second."""
_INFREQUENT = {"STANDARD_IA", "ONEZONE_IA"}
_LEAST_DAYS_IN_STANDARD = 30
"""Amazon S3 User Guide, "Transitioning objects using Amazon S3 Lifecycle"."""
_COLDER = (
    *("STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER"),
    "DEEP_ARCHIVE",
)


def check_consistency(graph: Graph) -> Iterator[Finding]:
    """Limits the wrong way round, and lifecycles that S3 refuses."""
    for resource in graph.resources:
        for low, high in _ORDERED.get(resource.type, ()):
            least, most = _number(resource, low), _number(resource, high)
            if least is not None and most is not None and least > most:
                yield finding(
                    resource,
                    low,
                    f"is {least:g}, above {high} {most:g}",
                    f"lower it, or raise {high}",
                )
    for lifecycle in graph.of_type(
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
    ):
        ids: set[str] = set()
        for number, rule in enumerate(lifecycle.inputs.get("rules") or []):
            if isinstance(rule, dict):
                yield from _rule(lifecycle, rule, f"rules[{number}]", ids)


def _rule(lifecycle: Resource, rule: dict[str, Any], path: str, ids: set[str]) -> Iterator[Finding]:
    if str(rule.get("id")) in ids:
        yield finding(lifecycle, f"{path}.id", f"{rule.get('id')!r} twice", "name each rule")
    ids.add(str(rule.get("id")))
    for key, days_key in (
        ("transitions", "days"),
        ("noncurrentVersionTransitions", "noncurrentDays"),
    ):
        before = 0
        warmer = -1
        for number, transition in enumerate(rule.get(key) or []):
            days, kind = transition.get(days_key), transition.get("storageClass")
            place = f"{path}.{key}[{number}]"
            if not isinstance(days, int) or kind not in _COLDER:
                continue
            if kind in _INFREQUENT and days < _LEAST_DAYS_IN_STANDARD:
                yield finding(
                    lifecycle,
                    f"{place}.{days_key}",
                    f"is {days} for {kind}",
                    f"S3 takes {_LEAST_DAYS_IN_STANDARD} or more",
                )
            elif days <= before or _COLDER.index(kind) <= warmer:
                yield finding(
                    lifecycle, place, "is not later and colder than the one before", "order them"
                )
            before, warmer = days, _COLDER.index(kind)
        expiry = (rule.get("expiration") or {}).get("days") if key == "transitions" else None
        if isinstance(expiry, int) and expiry <= before:
            yield finding(
                lifecycle,
                f"{path}.expiration.days",
                f"is {expiry}, not after the last transition at {before}",
                "expire later, or drop the transition",
            )


def _number(resource: Resource, path: str) -> float | None:
    value: Any = resource.inputs
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    try:
        return None if value is None or isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return None
