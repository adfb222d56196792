"""Resources of an exported graph (`make infra-export`), judged as the engine would do it.

A rule over single resources gets their inputs, a rule over the stack everybody's outputs, each
through the SDK's own argument classes and behind the proxy that the engine's properties have.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyCustomTimeouts,
    PolicyResource,
    PolicyResourceOptions,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError, unknown_checking_proxy

GRAPH_VERSION = 1
STACK_TYPE = "pulumi:pulumi:Stack"


class GraphError(Exception):
    """A file is no exported graph; the message says what to do."""


@dataclass(frozen=True)
class Resource:
    """One resource as exported: properties have the provider's camelCase keys."""

    type: str
    name: str
    urn: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    parent: str | None = None
    protect: bool = False
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """URNs by property. The export has none: a recorded value is always known."""


@dataclass(frozen=True)
class Violation:
    """What a rule says of a resource."""

    rule: str
    mandatory: bool
    urn: str
    message: str


def load(path: Path) -> list[Resource]:
    """The resources of a graph file; raises GraphError."""
    try:
        document = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise GraphError(
            f"{path} cannot be read ({error}); write it with 'make infra-export'"
        ) from (error)
    if not isinstance(document, dict) or document.get("version") != GRAPH_VERSION:
        raise GraphError(
            f"{path} is no graph of format {GRAPH_VERSION}; write it again with 'make infra-export'"
        )
    stack, project = document["stack"], document["project"]
    root = f"urn:pulumi:{stack}::{project}::{STACK_TYPE}::{project}-{stack}"
    return [
        Resource(STACK_TYPE, f"{project}-{stack}", root),
        *(
            Resource(
                type=entry["type"],
                name=entry["name"],
                urn=entry["urn"],
                inputs=entry["inputs"],
                # The engine's outputs of a provider's resource hold its id as well.
                outputs={**entry["outputs"], **({"id": entry["id"]} if entry["id"] else {})},
                parent=entry["parent"] or root,
                protect=entry["protect"],
                dependencies=tuple(entry["dependencies"]),
            )
            for entry in document["resources"]
        ),
    ]


def judge(
    resources: Sequence[Resource], rules: Iterable[Policy], config: Mapping[str, Any] | None = None
) -> list[Violation]:
    """What the rules say of the resources; `config` is each rule's in the policy pack."""
    found: list[Violation] = []
    everything = _policy_resources(resources)
    for rule in rules:
        mandatory = rule.enforcement_level is EnforcementLevel.MANDATORY
        if isinstance(rule, ResourceValidationPolicy):
            for resource in resources:
                found += [
                    Violation(rule.name, mandatory, resource.urn, message)
                    for message, _ in _asked(rule, _args(resource, config))
                ]
        elif isinstance(rule, StackValidationPolicy):
            found += [
                Violation(rule.name, mandatory, urn or "", message)
                for message, urn in _asked(rule, StackValidationArgs(everything, config))
            ]
    return found


def _asked(
    rule: ResourceValidationPolicy | StackValidationPolicy, args: Any
) -> list[tuple[str, str | None]]:
    messages: list[tuple[str, str | None]] = []

    def report(message: str, urn: str | None = None) -> None:
        messages.append((message, urn))

    try:
        rule.validate(args, report)
    except UnknownValueError as error:
        # The engine lets this pass with a note, because it asks again when the value is known.
        messages.append((f"{rule.name} cannot be judged: {error.message}", None))
    return messages


def _args(resource: Resource, config: Mapping[str, Any] | None) -> ResourceValidationArgs:
    return ResourceValidationArgs(
        resource.type,
        unknown_checking_proxy(dict(resource.inputs)),
        resource.urn,
        resource.name,
        _options(resource),
        None,
        config,
    )


def _options(resource: Resource) -> PolicyResourceOptions:
    return PolicyResourceOptions(
        protect=resource.protect,
        ignore_changes=[],
        delete_before_replace=None,
        aliases=[],
        custom_timeouts=PolicyCustomTimeouts(0, 0, 0),
        additional_secret_outputs=[],
        parent=resource.parent,
    )


def _policy_resources(resources: Sequence[Resource]) -> list[PolicyResource]:
    made = {
        resource.urn: PolicyResource(
            resource.type,
            unknown_checking_proxy(dict(resource.outputs)),
            resource.urn,
            resource.name,
            _options(resource),
            None,
            None,
            [],
            {},
        )
        for resource in resources
    }
    for resource in resources:
        own = made[resource.urn]
        own.parent = made.get(resource.parent or "")
        own.dependencies = [made[urn] for urn in resource.dependencies if urn in made]
        own.property_dependencies = {
            key: [made[urn] for urn in urns if urn in made]
            for key, urns in resource.property_dependencies.items()
        }
    return list(made.values())
