"""JSON documents that are no policies: they parse, and they fit what reads them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from graph.checks.aws_schemas import other_schema
from graph.checks.document_schemas import (
    DASHBOARD,
    ECR_LIFECYCLE,
    EVENT_PATTERN,
    REDRIVE,
    REDRIVE_ALLOW,
)
from graph.checks.finding import Finding, finding
from graph.checks.json_schema import Evaluator, Path
from graph.model import Graph, Resource

_ANY: dict[str, Any] = {}

DOCUMENTS: dict[tuple[str, str], dict[str, Any]] = {
    ("aws:cfg/rule:Rule", "inputParameters"): {"type": "object"},
    ("aws:cloudwatch/dashboard:Dashboard", "dashboardBody"): DASHBOARD,
    ("aws:cloudwatch/eventRule:EventRule", "eventPattern"): EVENT_PATTERN,
    ("aws:cloudwatch/eventTarget:EventTarget", "input"): _ANY,
    ("aws:ecr/lifecyclePolicy:LifecyclePolicy", "policy"): ECR_LIFECYCLE,
    ("aws:scheduler/schedule:Schedule", "target.input"): _ANY,
    ("aws:sns/topic:Topic", "deliveryPolicy"): {"type": "object"},
    ("aws:sns/topicSubscription:TopicSubscription", "filterPolicy"): {"type": "object"},
    ("aws:sns/topicSubscription:TopicSubscription", "redrivePolicy"): {
        **REDRIVE,
        "required": ["deadLetterTargetArn"],
    },
    ("aws:sqs/queue:Queue", "redrivePolicy"): REDRIVE,
    ("aws:sqs/queue:Queue", "redriveAllowPolicy"): REDRIVE_ALLOW,
    ("aws:sqs/redriveAllowPolicy:RedriveAllowPolicy", "redriveAllowPolicy"): REDRIVE_ALLOW,
    ("aws:apigateway/restApi:RestApi", "body"): {"type": "object"},
    ("aws:apigateway/stage:Stage", "accessLogSettings.format"): _ANY,
}
"""What has to be JSON, by type and property, and the schema that it has to fit."""
_STATE_MACHINE = ("aws:sfn/stateMachine:StateMachine", "definition")


def check_documents(graph: Graph) -> Iterator[Finding]:
    """Documents that do not parse or do not fit."""
    for resource in graph.resources:
        for (kind, key), schema in DOCUMENTS.items():
            if resource.type == kind:
                yield from _document(resource, key, schema, Evaluator(schema))
        if resource.type == _STATE_MACHINE[0]:
            yield from _state_machine(resource)


def _document(
    resource: Resource, key: str, schema: dict[str, Any], evaluator: Evaluator
) -> Iterator[Finding]:
    value: Any = resource.inputs
    for step in key.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    if value is None or key in resource.secrets:
        return
    try:
        document = json.loads(value)
    except (TypeError, ValueError) as error:
        yield finding(resource, key, f"is no JSON: {error}", "write it with json.dumps")
        return
    for found in evaluator.violations(document, schema):
        yield finding(
            resource, f"{key}!{written(found.path)}", found.problem, "see the service's reference"
        )


def _state_machine(resource: Resource) -> Iterator[Finding]:
    schema = other_schema("step_functions/statemachine")
    yield from _document(resource, "definition", schema, Evaluator(schema))
    try:
        definition = json.loads(resource.inputs.get("definition", "null"))
    except (TypeError, ValueError):
        return
    yield from _states(resource, definition, "definition!")


def _states(resource: Resource, machine: Any, path: str) -> Iterator[Finding]:
    """States that name a next one which is not there."""
    states = machine.get("States") if isinstance(machine, dict) else None
    if not isinstance(states, dict):
        return
    named = [("StartAt", machine.get("StartAt"))]
    for name, state in states.items():
        place = f"States.{name}"
        if not isinstance(state, dict):
            continue
        named.append((f"{place}.Next", state.get("Next")))
        named.append((f"{place}.Default", state.get("Default")))
        for key in ("Choices", "Catch"):
            named.extend(
                (f"{place}.{key}[{number}].Next", entry.get("Next"))
                for number, entry in enumerate(state.get(key) or [])
            )
        for number, branch in enumerate(state.get("Branches") or []):
            yield from _states(resource, branch, f"{path}{place}.Branches[{number}].")
        for key in ("Iterator", "ItemProcessor"):
            yield from _states(resource, state.get(key), f"{path}{place}.{key}.")
    for place, target in named:
        if target is not None and target not in states:
            yield finding(
                resource, f"{path}{place}", f"is {target!r}, no state", "name one of the states"
            )


def written(path: Path) -> str:
    """A path in a document as text."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(
        "."
    )
