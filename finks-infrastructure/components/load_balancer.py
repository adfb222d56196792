"""The way in to the Prefect UI and API: load balancer, certificate, listeners and name.

With a domain it faces the internet and speaks HTTPS alone. Without one it is internal: plain HTTP,
reachable from the VPC only, which is where deployment steps then run as a one-off task.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import acm, lb, route53

from blueprint.network import HTTP_PORT, HTTPS_PORT, PREFECT_HEALTH_PATH, PREFECT_PORT
from components.base import BaseComponent
from components.bucket_policy import ALB_PREFIX
from config import sections

TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"
"""TLS 1.2 and 1.3, ciphers with forward secrecy and authenticated encryption only.

Source: Application Load Balancers User Guide, "Security policies".
"""
DRAIN_SECONDS = 30
"""Requests to Prefect are short; AWS's 300 seconds would only make deployments slow."""
VALIDATION_TTL_SECONDS = 300


@dataclass(frozen=True)
class LoadBalancerArgs:
    """Configuration, the VPC and its subnets, and the bucket for access logs.

    `logs_bucket` has to be known only once the bucket's policy is in force: AWS tries to write
    there before it makes the balancer.
    """

    config: sections.LoadBalancer
    vpc_id: pulumi.Input[str]
    public_subnet_ids: Sequence[pulumi.Input[str]]
    private_subnet_ids: Sequence[pulumi.Input[str]]
    security_group_id: pulumi.Input[str]
    logs_bucket: pulumi.Input[str]


class LoadBalancer(BaseComponent[LoadBalancerArgs]):
    """Application load balancer in front of the Prefect server.

    `url` is that of the UI, without a slash at the end; `listener` the one that forwards: a service
    can register in the target group only once it is there.
    """

    area = "load_balancer"

    def create(self) -> None:
        """Balancer, target group, and the listeners of its kind."""
        domain, zone_id = self.args.config.domain, self.args.config.hosted_zone_id
        self.balancer = self._balancer(internal=domain is None)
        self.target_group = self._target_group()
        self.arn_suffix: pulumi.Output[str] = self.balancer.arn_suffix
        self.target_group_arn: pulumi.Output[str] = self.target_group.arn
        self.target_group_arn_suffix: pulumi.Output[str] = self.target_group.arn_suffix
        if domain is None or zone_id is None:
            self.listener = self._http_listener(self._forward())
            self.url: pulumi.Output[str] = pulumi.Output.concat("http://", self.balancer.dns_name)
        else:
            self.listener = self._https_listener(self._certificate(domain, zone_id))
            self._http_listener(_redirect_to_https())
            self._alias(domain, zone_id)
            self.url = pulumi.Output.from_input(f"https://{domain}")

    def outputs(self) -> Mapping[str, pulumi.Input[Any]]:
        """Where the Prefect UI is, and the balancer's own name behind it."""
        return {"prefectUrl": self.url, "loadBalancerDnsName": self.balancer.dns_name}

    def _balancer(self, *, internal: bool) -> lb.LoadBalancer:
        return lb.LoadBalancer(
            f"{self.name}-alb",
            name=self.names.load_balancer,
            load_balancer_type="application",
            internal=internal,
            subnets=self.args.private_subnet_ids if internal else self.args.public_subnet_ids,
            security_groups=[self.args.security_group_id],
            drop_invalid_header_fields=True,
            enable_deletion_protection=self.args.config.deletion_protection,
            access_logs={
                "enabled": True,
                "bucket": self.args.logs_bucket,
                "prefix": ALB_PREFIX,
            },
            opts=self.child(),
        )

    def _target_group(self) -> lb.TargetGroup:
        return lb.TargetGroup(
            f"{self.name}-prefect",
            name=self.names.target_group,
            vpc_id=self.args.vpc_id,
            target_type="ip",  # tasks of Fargate have no instance to register
            port=PREFECT_PORT,
            protocol="HTTP",
            deregistration_delay=DRAIN_SECONDS,
            health_check={
                "enabled": True,
                "path": PREFECT_HEALTH_PATH,
                "protocol": "HTTP",
                "matcher": "200",
                "interval": 30,
                "timeout": 5,
                "healthy_threshold": 2,
                "unhealthy_threshold": 3,
            },
            opts=self.child(),
        )

    def _certificate(self, domain: str, zone_id: str) -> pulumi.Output[str]:
        """ARN of a certificate for the domain, once its record in the zone has proved it ours."""
        certificate = acm.Certificate(
            f"{self.name}-certificate",
            domain_name=domain,
            validation_method="DNS",
            opts=self.child(),
        )
        proof = certificate.domain_validation_options[0]
        record = route53.Record(
            f"{self.name}-validation-record",
            zone_id=zone_id,
            name=proof.resource_record_name,
            type=proof.resource_record_type,
            records=[proof.resource_record_value],
            ttl=VALIDATION_TTL_SECONDS,
            # A new certificate for the same domain is proved by the very same record.
            allow_overwrite=True,
            opts=self.child(),
        )
        validation = acm.CertificateValidation(
            f"{self.name}-validation",
            certificate_arn=certificate.arn,
            validation_record_fqdns=[record.fqdn],
            opts=self.child(),
        )
        return validation.certificate_arn

    def _https_listener(self, certificate_arn: pulumi.Output[str]) -> lb.Listener:
        return lb.Listener(
            f"{self.name}-https",
            load_balancer_arn=self.balancer.arn,
            port=HTTPS_PORT,
            protocol="HTTPS",
            ssl_policy=TLS_POLICY,
            certificate_arn=certificate_arn,
            default_actions=[self._forward()],
            opts=self.child(),
        )

    def _http_listener(self, action: lb.ListenerDefaultActionArgs) -> lb.Listener:
        return lb.Listener(
            f"{self.name}-http",
            load_balancer_arn=self.balancer.arn,
            port=HTTP_PORT,
            protocol="HTTP",
            default_actions=[action],
            opts=self.child(),
        )

    def _forward(self) -> lb.ListenerDefaultActionArgs:
        return lb.ListenerDefaultActionArgs(type="forward", target_group_arn=self.target_group.arn)

    def _alias(self, domain: str, zone_id: str) -> None:
        route53.Record(
            f"{self.name}-alias",
            zone_id=zone_id,
            name=domain,
            type="A",
            aliases=[
                {
                    "name": self.balancer.dns_name,
                    "zone_id": self.balancer.zone_id,
                    "evaluate_target_health": True,
                }
            ],
            opts=self.child(),
        )


def _redirect_to_https() -> lb.ListenerDefaultActionArgs:
    return lb.ListenerDefaultActionArgs(
        type="redirect",
        redirect=lb.ListenerDefaultActionRedirectArgs(
            protocol="HTTPS", port=str(HTTPS_PORT), status_code="HTTP_301"
        ),
    )
