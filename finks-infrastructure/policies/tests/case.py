"""How an example of a rule is written: resources that it lets pass, and others."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from exported import Resource
from rules.tags import REQUIRED

ACCOUNT = "123456789012"
TAGS = dict.fromkeys(REQUIRED, "finks")


def aws(kind: str, name: str, environment: str = "prod", /, **props: Any) -> Resource:
    """A resource of type `aws:{kind}` with these inputs and the tags of an environment.

    Its id is its name; an empty environment leaves the tags away.
    """
    if environment:
        props = {"tags": {**TAGS, "Environment": environment}, **props}
    return Resource(
        type=f"aws:{kind}",
        name=name,
        urn=f"urn:pulumi:{environment or 'prod'}::finks::aws:{kind}::{name}",
        inputs=props,
        outputs={"id": name, "arn": f"arn:aws:x:ca-central-1:{ACCOUNT}:{name}", **props},
    )


def but(resource: Resource, **changes: Any) -> Resource:
    """The same resource with other inputs; None takes one away."""
    changed = {**resource.inputs, **changes}
    inputs = {key: value for key, value in changed.items() if value is not None}
    kept = {key: value for key, value in resource.outputs.items() if key not in changed}
    return replace(resource, inputs=inputs, outputs={**kept, **inputs})


def document(*statements: Mapping[str, Any]) -> str:
    """A policy document of allowing statements, unless they say otherwise."""
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **s} for s in statements]}
    )


@dataclass(frozen=True)
class Case:
    """One rule, and what it says of two stacks that differ in what it is about."""

    rule: str
    good: Sequence[Resource]
    bad: Sequence[Resource]
    """The first is the one that the rule blames."""
    says: str
    """Words of the message."""
