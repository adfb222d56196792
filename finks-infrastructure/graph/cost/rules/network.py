"""Prices of the network: by the hour, and by the gigabyte that passes."""

from __future__ import annotations

from collections.abc import Iterator

from graph.cost.bill import Bill, Line, Rule, hourly, monthly
from graph.cost.prices import HOURS_A_MONTH
from graph.model import Resource


def _nat_gateway(resource: Resource, bill: Bill) -> Iterator[Line]:
    gateways = len(bill.graph.of_type(resource.type))
    yield bill.line(resource, "NAT gateway", "nat_gateway_hour", HOURS_A_MONTH)
    yield bill.line(
        resource, "traffic through NAT", "nat_gateway_gb", bill.usage.idle["nat_gb"] / gateways
    )
    yield bill.line(
        resource,
        "traffic through NAT",
        "nat_gateway_gb",
        bill.usage.pipeline["nat_gb"] / gateways,
        basis="pipeline",
    )


def _endpoint(resource: Resource, bill: Bill) -> Iterator[Line]:
    if resource.inputs.get("vpcEndpointType", "Gateway") != "Interface":
        return
    zones = len(resource.inputs.get("subnetIds") or [])
    yield bill.line(
        resource, "interface endpoint", "interface_endpoint_hour", zones * HOURS_A_MONTH
    )
    yield bill.line(
        resource,
        "traffic through the endpoint",
        "interface_endpoint_gb",
        zones * bill.usage.idle["endpoint_gb"],
    )


def _load_balancer(resource: Resource, bill: Bill) -> Iterator[Line]:
    yield bill.line(resource, "load balancer", "alb_hour", HOURS_A_MONTH)
    lcus = bill.usage.idle["alb_lcu"] * HOURS_A_MONTH
    yield bill.line(resource, "load balancer's traffic", "alb_lcu_hour", lcus)
    if not resource.inputs.get("internal"):
        addresses = len(resource.inputs.get("subnets") or [])
        yield bill.line(resource, "public addresses", "public_ipv4_hour", addresses * HOURS_A_MONTH)


def _flow_log(resource: Resource, bill: Bill) -> Iterator[Line]:
    to_bucket = resource.inputs.get("logDestinationType") == "s3"
    key = "log_to_s3_gb" if to_bucket else "log_ingest_gb"
    yield bill.line(resource, "flow logs", key, bill.usage.idle["flow_log_gb"])


RULES: dict[str, Rule] = {
    "aws:ec2/eip:Eip": hourly("public_ipv4_hour", "public address"),
    "aws:ec2/flowLog:FlowLog": _flow_log,
    "aws:ec2/natGateway:NatGateway": _nat_gateway,
    "aws:ec2/vpcEndpoint:VpcEndpoint": _endpoint,
    "aws:lb/loadBalancer:LoadBalancer": _load_balancer,
    "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace": monthly(
        "hosted_zone_month", "private hosted zone"
    ),
}
