from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from components.base import StackContext
from components.endpoints import Endpoints, EndpointsArgs
from components.networking import Networking
from config.sections import INTERFACE_ENDPOINTS
from config.settings import SettingsError
from graph.checks.references import check_references
from graph.model import Graph, Resource
from tests.unit.components.conftest import RecordComponent

ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
ACCOUNT = {"StringEquals": {"aws:PrincipalAccount": "123456789012"}}


def endpoints(context: StackContext) -> Endpoints:
    args = EndpointsArgs(
        config=context.settings.network,
        vpc_id="vpc-1",
        subnet_ids=["subnet-1", "subnet-2"],
        route_table_ids=["rtb-1", "rtb-2", "rtb-3"],
        security_group_id="sg-1",
    )
    return Endpoints("endpoints", args, context)


def interfaces(graph: Graph) -> list[Resource]:
    return [e for e in graph.of_type(ENDPOINT) if e.inputs["vpcEndpointType"] == "Interface"]


def statements(resource: Resource) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(resource.inputs["policy"])["Statement"]
    return found


@pytest.mark.parametrize(
    ("stack", "services"),
    [
        ("dev", []),
        ("staging", ["ecr.api", "ecr.dkr", "logs", "secretsmanager"]),
        ("prod", list(INTERFACE_ENDPOINTS)),
    ],
)
def test_a_stack_has_the_interface_endpoints_that_it_lists(
    record_component: RecordComponent, stack: str, services: list[str]
) -> None:
    graph = record_component(endpoints, stack=stack)
    assert sorted(e.inputs["serviceName"] for e in interfaces(graph)) == sorted(
        f"com.amazonaws.ca-central-1.{service}" for service in services
    )


def test_the_issues_twelve_services_can_have_endpoints() -> None:
    assert set(INTERFACE_ENDPOINTS) == {
        *("ecr.api", "ecr.dkr", "logs", "secretsmanager", "sts", "ecs"),
        *("glue", "athena", "sns", "sqs", "monitoring", "kms"),
    }


def test_interface_endpoints_answer_in_every_zone_under_the_services_usual_name(
    record_component: RecordComponent,
) -> None:
    graph = record_component(endpoints, stack="prod")
    assert interfaces(graph)
    for endpoint in interfaces(graph):
        assert endpoint.inputs["vpcId"] == "vpc-1"
        assert endpoint.inputs["subnetIds"] == ["subnet-1", "subnet-2"]
        assert endpoint.inputs["securityGroupIds"] == ["sg-1"]
        assert endpoint.inputs["privateDnsEnabled"] is True


@pytest.mark.parametrize(
    ("service", "prefix"), [("ecr-dkr", "ecr"), ("monitoring", "cloudwatch"), ("glue", "glue")]
)
def test_an_interface_endpoint_serves_its_service_to_this_account_alone(
    record_component: RecordComponent, service: str, prefix: str
) -> None:
    graph = record_component(endpoints, stack="prod")
    (statement,) = statements(graph.named(f"endpoints-{service}"))
    assert statement["Effect"] == "Allow"
    assert statement["Action"] == [f"{prefix}:*"]
    assert statement["Condition"] == ACCOUNT


def test_s3_has_a_gateway_in_every_route_table_even_in_economy(
    record_component: RecordComponent,
) -> None:
    graph = record_component(endpoints, economy=True)
    assert [e.name for e in graph.of_type(ENDPOINT)] == ["endpoints-s3"]
    s3 = graph.named("endpoints-s3").inputs
    assert s3["vpcEndpointType"] == "Gateway"
    assert s3["serviceName"] == "com.amazonaws.ca-central-1.s3"
    assert s3["routeTableIds"] == ["rtb-1", "rtb-2", "rtb-3"]
    assert "subnetIds" not in s3


def test_s3s_policy_ends_at_the_stacks_buckets(record_component: RecordComponent) -> None:
    own, _ = statements(record_component(endpoints).named("endpoints-s3"))
    buckets = [
        f"arn:aws:s3:::finks-dev-{zone}-123456789012"
        for zone in ("bronze", "silver", "gold", "logs", "artifacts")
    ]
    assert own["Resource"] == [*buckets, *(f"{bucket}/*" for bucket in buckets)]
    assert own["Condition"] == ACCOUNT
    # No bucket is configured from inside the VPC.
    assert not any(action in {"*", "s3:*", "s3:Put*"} for action in own["Action"])


def test_images_can_be_pulled_through_s3s_gateway(record_component: RecordComponent) -> None:
    _, layers = statements(record_component(endpoints).named("endpoints-s3"))
    assert layers["Action"] == ["s3:GetObject"]
    assert layers["Resource"] == ["arn:aws:s3:::prod-ca-central-1-starport-layer-bucket/*"]
    assert "Condition" not in layers  # ECR's own link fetches the layer, not this account


def test_the_layer_bucket_is_that_of_the_stacks_region(record_component: RecordComponent) -> None:
    graph = record_component(lambda context: endpoints(replace(context, region="eu-west-1")))
    _, layers = statements(graph.named("endpoints-s3"))
    assert layers["Resource"] == ["arn:aws:s3:::prod-eu-west-1-starport-layer-bucket/*"]


def test_the_check_of_references_knows_the_layer_bucket_and_no_other(
    record_component: RecordComponent,
) -> None:
    graph = record_component(endpoints)
    # Alone, without storage: the stack's own buckets are all that leads nowhere.
    unknown = {found.path for found in check_references(graph) if "policy" in found.path}
    assert unknown == {f"policy!Statement[0].Resource[{number}]" for number in range(10)}


def test_networking_puts_endpoints_into_its_private_subnets_and_own_group(
    record_component: RecordComponent,
) -> None:
    graph = record_component(
        lambda context: Networking("network", context.settings.network, context), stack="prod"
    )
    private = [graph.named(f"network-private-{number}").id for number in (1, 2)]
    group = graph.named("network-security-groups-endpoints").id
    assert {tuple(e.inputs["subnetIds"]) for e in interfaces(graph)} == {tuple(private)}
    assert {tuple(e.inputs["securityGroupIds"]) for e in interfaces(graph)} == {(group,)}
    tables = {table.id for table in graph.of_type("aws:ec2/routeTable:RouteTable")}
    assert len(tables) == 3
    assert set(graph.named("network-endpoints-s3").inputs["routeTableIds"]) == tables


def test_an_unknown_endpoint_is_refused(record_component: RecordComponent) -> None:
    with pytest.raises(SettingsError, match=r"finks:network\.interfaceEndpoints: dynamodb"):
        record_component(endpoints, network={"interfaceEndpoints": ["dynamodb"]})
