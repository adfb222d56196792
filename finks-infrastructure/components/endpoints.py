"""VPC endpoints: S3 by route at no cost, AWS APIs by interface at a price per hour and zone.

What they cost, and when NAT is cheaper: docs/aws/networking.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import ec2

from blueprint.names import ZONES
from components.base import BaseComponent
from components.policy_document import allow, document
from config.sections import Network

IAM_PREFIXES = {"ecr.api": "ecr", "ecr.dkr": "ecr", "monitoring": "cloudwatch"}
"""Endpoint service → prefix of its actions in IAM, where the two differ."""


@dataclass(frozen=True)
class EndpointsArgs:
    """The network's configuration; interfaces stand in `subnet_ids`, S3 in all route tables."""

    config: Network
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    route_table_ids: Sequence[pulumi.Input[str]]
    security_group_id: pulumi.Input[str]


class Endpoints(BaseComponent[EndpointsArgs]):
    """The gateway endpoint of S3, and the interface endpoints that the stack switches on.

    Each has a policy of its own: the way out of the VPC that it opens ends in this account.
    """

    area = "network"

    def create(self) -> None:
        """S3's endpoint always, the others as configured."""
        self.s3 = ec2.VpcEndpoint(
            f"{self.name}-s3",
            vpc_id=self.args.vpc_id,
            vpc_endpoint_type="Gateway",
            service_name=self._service("s3"),
            route_table_ids=self.args.route_table_ids,
            policy=self._s3_policy(),
            tags={"Name": f"{self.names.prefix}-s3"},
            opts=self.child(),
        )
        self.interfaces = {
            service: self._interface(service) for service in self.args.config.interface_endpoints
        }

    def outputs(self) -> Mapping[str, pulumi.Input[Any]]:
        """Ids by service."""
        return {
            "s3": self.s3.id,
            **{service: endpoint.id for service, endpoint in self.interfaces.items()},
        }

    def _service(self, service: str) -> str:
        return f"com.amazonaws.{self.context.region}.{service}"

    def _interface(self, service: str) -> ec2.VpcEndpoint:
        part = service.replace(".", "-")
        return ec2.VpcEndpoint(
            f"{self.name}-{part}",
            vpc_id=self.args.vpc_id,
            vpc_endpoint_type="Interface",
            service_name=self._service(service),
            subnet_ids=self.args.subnet_ids,
            security_group_ids=[self.args.security_group_id],
            private_dns_enabled=True,  # boto3 finds the endpoint under the service's usual name
            policy=document(
                allow(
                    "OwnAccount",
                    [f"{IAM_PREFIXES.get(service, service)}:*"],
                    ["*"],
                    principals="*",
                    condition={"StringEquals": {"aws:PrincipalAccount": self.context.account_id}},
                )
            ),
            tags={"Name": f"{self.names.prefix}-{part}"},
            opts=self.child(),
        )

    def _s3_policy(self) -> pulumi.Output[str]:
        """Objects of the stack's buckets, and the layers of images.

        It grants nothing, it bounds: stolen data cannot leave for somebody else's bucket, and
        nobody's foreign credentials work here. ECR stores layers in a bucket of its own and signs
        the links itself, so that statement asks for no account (ECR User Guide, "Interface VPC
        endpoints").
        """
        buckets = [self.context.bucket_arn(zone) for zone in ZONES]
        layers = f"arn:aws:s3:::prod-{self.context.region}-starport-layer-bucket"
        return document(
            allow(
                "BucketsOfTheStack",
                [
                    "s3:GetObject*",
                    "s3:PutObject*",
                    "s3:DeleteObject*",
                    "s3:AbortMultipartUpload",
                    "s3:ListMultipartUploadParts",
                    "s3:ListBucket*",
                    "s3:GetBucket*",
                ],
                [*buckets, *(f"{bucket}/*" for bucket in buckets)],
                principals="*",
                condition={"StringEquals": {"aws:PrincipalAccount": self.context.account_id}},
            ),
            allow("LayersOfImages", ["s3:GetObject"], [f"{layers}/*"], principals="*"),
        )
