"""The first preview of a stack, where nothing has an id yet: the rules over the stack follow the
dependencies, and find no fault that is not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pulumi_policy import StackValidationPolicy
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from exported import Resource, Violation, judge
from rules import RULES
from tests.conftest import Recorded

RULES_OVER_THE_STACK = [rule for rule in RULES if isinstance(rule, StackValidationPolicy)]


def previewed(resources: list[Resource]) -> list[Resource]:
    """The resources as a first preview shows them.

    What a resource answers besides its inputs is unknown, and so is every input that is the id or
    the ARN of another one; the engine then names the dependency.
    """
    answered = {
        resource.outputs[key]: resource.urn
        for resource in resources
        for key in ("id", "arn")
        if resource.type.startswith("aws:") and resource.outputs.get(key)
    }
    return [_previewed(resource, answered) for resource in resources]


def _previewed(resource: Resource, answered: Mapping[str, str]) -> Resource:
    dependencies: dict[str, list[str]] = {}

    def unknown(value: Any, key: str) -> Any:
        if isinstance(value, dict):
            return {name: unknown(entry, key) for name, entry in value.items()}
        if isinstance(value, list):
            return [unknown(entry, key) for entry in value]
        if isinstance(value, str) and answered.get(value, resource.urn) != resource.urn:
            dependencies.setdefault(key, []).append(answered[value])
            return UNKNOWN_STRING_VALUE
        return value

    inputs = {key: unknown(value, key) for key, value in resource.inputs.items()}
    computed = dict.fromkeys(resource.outputs.keys() - inputs.keys(), UNKNOWN_STRING_VALUE)
    if resource.type == "aws:ec2/securityGroup:SecurityGroup":
        computed |= dict.fromkeys({"ingress", "egress"} - inputs.keys(), UNKNOWN_STRING_VALUE)
    if resource.type == "aws:ec2/routeTable:RouteTable":
        computed |= dict.fromkeys({"routes"} - inputs.keys(), UNKNOWN_STRING_VALUE)
    return replace(resource, outputs={**computed, **inputs}, property_dependencies=dependencies)


def found(resources: list[Resource]) -> list[Violation]:
    return [v for v in judge(resources, RULES_OVER_THE_STACK) if v.mandatory]


def test_a_sound_stack_is_found_sound(recorded: Recorded) -> None:
    resources = previewed(recorded("prod"))
    assert sum(len(resource.property_dependencies) for resource in resources) > 100
    assert found(resources) == []


def test_a_fault_is_found_before_anything_is_made(recorded: Recorded) -> None:
    kept = [
        resource
        for resource in recorded("prod")
        if resource.type != "aws:s3/bucketVersioning:BucketVersioning"
    ]
    assert {violation.rule for violation in found(previewed(kept))} == {"s3-versioned"}
