"""The deploy role can read every type of resource that a stack has, or `pulumi up` ends there."""

from __future__ import annotations

import json
from collections.abc import Iterator

from graph.checks.aws_schemas import resource_schema
from graph.checks.correspondence import CORRESPONDENCES
from graph.iam.wildcards import matches
from graph.model import Graph

_OTHER_RESOURCES = "the provider reads it by a resource of its own, and the program has none"
_CLOUDFORMATION = "CloudFormation's own check; the provider does not ask"
NOT_READ = {
    **dict.fromkeys(
        (
            *("s3:GetAnalyticsConfiguration", "s3:GetIntelligentTieringConfiguration"),
            *("s3:GetInventoryConfiguration", "s3:GetMetricsConfiguration"),
            *("logs:GetDataProtectionPolicy", "sns:GetDataProtectionPolicy"),
            *("lambda:GetFunctionScalingConfig", "cloudtrail:GetEventConfiguration"),
        ),
        _OTHER_RESOURCES,
    ),
    **dict.fromkeys(
        (
            *("glue:GetConnection", "lakeformation:CreateTable", "lakeformation:GetDataAccess"),
            "lakeformation:DescribeLakeFormationIdentityCenterConfiguration",
            *("lakeformation:ListResources", "sns:ListSubscriptionsByTopic"),
            "vpc-lattice:DescribeServiceNetworkVpcEndpointAssociation",
        ),
        _CLOUDFORMATION,
    ),
}
"""Actions that AWS names for reading a type, without which the provider reads it, and why."""


def allowed(graph: Graph) -> list[str]:
    return [
        action
        for policy in graph.of_type("aws:iam/policy:Policy")
        if policy.name.startswith("iam-github-deploy")
        for statement in json.loads(policy.inputs["policy"])["Statement"]
        if statement["Effect"] == "Allow"
        for action in statement["Action"]
    ]


def wanted(graph: Graph) -> Iterator[tuple[str, str]]:
    """Each type of the graph with the actions that AWS's own schema names for reading it."""
    for kind in sorted({resource.type for resource in graph.resources} & CORRESPONDENCES.keys()):
        handlers = resource_schema(CORRESPONDENCES[kind].cfn).get("handlers", {})
        for action in handlers.get("read", {}).get("permissions", ()):
            yield kind, action


def test_every_type_of_the_program_can_be_read(dev: Graph) -> None:
    patterns = allowed(dev)
    asked = [(kind, action) for kind, action in wanted(dev) if action.lower() not in _EXCEPT]
    assert len(asked) > 100
    missing = [
        (kind, action)
        for kind, action in asked
        if not any(matches(pattern, action, ignore_case=True) for pattern in patterns)
    ]
    assert missing == []


def test_what_is_not_read_is_asked_for_by_a_type(dev: Graph) -> None:
    assert _EXCEPT - {action.lower() for _, action in wanted(dev)} == set()


_EXCEPT = {action.lower() for action in NOT_READ}
