"""IAM policy documents: shape, actions that exist, and sizes."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graph.checks.aws_schemas import other_schema
from graph.checks.finding import Finding, finding
from graph.checks.iam_data import SERVICE_PRINCIPALS, actions, is_condition_key
from graph.checks.json_schema import Evaluator
from graph.checks.known import matches_wildcards
from graph.checks.values import listed
from graph.model import Graph, Resource

IDENTITY, RESOURCE, TRUST = "identity", "resource", "trust"


@dataclass(frozen=True)
class Policy:
    """Where a policy document stands: of which kind it is and how long it may be."""

    kind: str
    longest: int
    """Characters; IAM does not count white space."""
    services: tuple[str, ...] = ()
    """Prefixes of the actions that make sense in it; none: any."""


POLICIES: dict[tuple[str, str], Policy] = {
    ("aws:apigateway/restApi:RestApi", "policy"): Policy(RESOURCE, 8192, ("execute-api",)),
    ("aws:cloudwatch/logResourcePolicy:LogResourcePolicy", "policyDocument"): Policy(
        RESOURCE, 5120, ("logs",)
    ),
    ("aws:ec2/vpcEndpoint:VpcEndpoint", "policy"): Policy(RESOURCE, 20480),
    ("aws:ecr/repositoryPolicy:RepositoryPolicy", "policy"): Policy("ecr", 10240, ("ecr",)),
    ("aws:iam/policy:Policy", "policy"): Policy(IDENTITY, 6144),
    ("aws:iam/role:Role", "assumeRolePolicy"): Policy(TRUST, 2048, ("sts",)),
    ("aws:iam/rolePolicy:RolePolicy", "policy"): Policy(IDENTITY, 10240),
    ("aws:kms/key:Key", "policy"): Policy(RESOURCE, 32768, ("kms",)),
    ("aws:kms/keyPolicy:KeyPolicy", "policy"): Policy(RESOURCE, 32768, ("kms",)),
    ("aws:s3/bucketPolicy:BucketPolicy", "policy"): Policy(RESOURCE, 20480, ("s3",)),
    ("aws:secretsmanager/secret:Secret", "policy"): Policy(RESOURCE, 20480, ("secretsmanager",)),
    ("aws:secretsmanager/secretPolicy:SecretPolicy", "policy"): Policy(
        RESOURCE, 20480, ("secretsmanager",)
    ),
    ("aws:sns/topic:Topic", "policy"): Policy(RESOURCE, 30720, ("sns",)),
    ("aws:sns/topicPolicy:TopicPolicy", "policy"): Policy(RESOURCE, 30720, ("sns",)),
    ("aws:sqs/queue:Queue", "policy"): Policy(RESOURCE, 30720, ("sqs",)),
    ("aws:sqs/queuePolicy:QueuePolicy", "policy"): Policy(RESOURCE, 30720, ("sqs",)),
}
_INLINE_OF_A_ROLE = 10240


def check_policies(graph: Graph) -> Iterator[Finding]:
    """Policy documents that AWS would not store, or that name actions which do not exist."""
    inline: dict[str, list[Resource]] = defaultdict(list)
    for resource in graph.resources:
        for (kind, key), policy in POLICIES.items():
            if resource.type == kind and key in resource.inputs:
                yield from _document(resource, key, policy, resource.inputs[key])
        if resource.type == "aws:iam/rolePolicy:RolePolicy":
            inline[str(resource.inputs.get("role"))].append(resource)
    for role, policies in inline.items():
        size = sum(_size(str(policy.inputs.get("policy", ""))) for policy in policies)
        if size > _INLINE_OF_A_ROLE and len(policies) > 1:
            yield finding(
                policies[-1],
                "policy",
                f"makes {size} characters of inline policies on {role}",
                f"IAM takes {_INLINE_OF_A_ROLE} in all; use fewer statements or managed policies",
            )


def _document(resource: Resource, key: str, policy: Policy, text: Any) -> Iterator[Finding]:
    if key in resource.secrets:
        yield finding(
            resource, key, "is secret: nobody can check it", "build it from what is no secret"
        )
        return
    try:
        document = json.loads(text)
    except (TypeError, ValueError) as error:
        yield finding(resource, key, f"is no JSON: {error}", "build it with policy_document.py")
        return
    size = _size(text)
    if size > policy.longest:
        yield finding(
            resource, key, f"has {size} characters", f"AWS takes {policy.longest} here; shorten it"
        )
    schema = other_schema(
        "iam/policy_resource_ecr" if policy.kind == "ecr" else f"iam/policy_{policy.kind}"
    )
    evaluator = Evaluator(schema, schemas={"policy": other_schema("iam/policy")})
    for found in evaluator.violations(document, schema):
        path = "".join(
            f"[{step}]" if isinstance(step, int) else f".{step}" for step in found.path
        ).lstrip(".")
        yield finding(resource, f"{key}!{path}", found.problem, "see IAM's policy grammar")
    if not isinstance(document, dict):
        return
    if document.get("Version") != "2012-10-17":
        yield finding(
            resource,
            f"{key}!Version",
            f"is {document.get('Version')!r}",
            "write 2012-10-17; without it policy variables are plain text",
        )
    for number, statement in enumerate(listed(document.get("Statement"))):
        if isinstance(statement, dict):
            path = f"{key}!Statement[{number}]"
            yield from _actions(resource, path, statement, policy)
            yield from _conditions(resource, path, statement)
            yield from _principals(resource, path, statement)


def _actions(
    resource: Resource, path: str, statement: dict[str, Any], policy: Policy
) -> Iterator[Finding]:
    for name in ("Action", "NotAction"):
        for index, action in enumerate(listed(statement.get(name))):
            place = f"{path}.{name}[{index}]"
            if action == "*" or not isinstance(action, str):
                continue
            service, colon, own = action.partition(":")
            known = actions().get(service.lower())
            if not colon or known is None:
                yield finding(
                    resource, place, f"is {action!r}", "write service:Action with an IAM service"
                )
            elif not any(matches_wildcards(own.lower(), each) for each in known):
                yield finding(
                    resource,
                    place,
                    f"is {action!r}, which {service} does not have",
                    "see the service authorization reference",
                )
            elif policy.services and service.lower() not in policy.services:
                yield finding(
                    resource,
                    place,
                    f"is {action!r} in a policy of {', '.join(policy.services)}",
                    "name actions of the resource's own service",
                )


def _conditions(resource: Resource, path: str, statement: dict[str, Any]) -> Iterator[Finding]:
    """Condition keys that IAM does not know: such a condition never holds, or always."""
    conditions = statement.get("Condition")
    for operator, entries in conditions.items() if isinstance(conditions, dict) else ():
        for key in entries if isinstance(entries, dict) else ():
            if not is_condition_key(key):
                yield finding(
                    resource,
                    f"{path}.Condition.{operator}.{key}",
                    "is no condition key that IAM knows",
                    "see the service authorization reference",
                )


def _principals(resource: Resource, path: str, statement: dict[str, Any]) -> Iterator[Finding]:
    principal = statement.get("Principal")
    for name in listed(principal.get("Service")) if isinstance(principal, dict) else ():
        if name not in SERVICE_PRINCIPALS:
            yield finding(
                resource,
                f"{path}.Principal.Service",
                f"is {name!r}, no service that is known here",
                "mend it, or add it to graph/checks/iam_data.py",
            )


def _size(text: str) -> int:
    return len("".join(str(text).split()))
