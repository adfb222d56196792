"""Networks, load balancers, certificates and names."""

from __future__ import annotations

from typing import Any

from blueprint.names import REGION
from graph.simulation.shapes import Identity, Inputs, arn_of, digits, prefixed


def _security_group(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    resource_id, outputs = prefixed("sg", "security-group")(name, inputs)
    return resource_id, {**outputs, "name": inputs.get("name") or name}


def _nat_gateway(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    resource_id, outputs = prefixed("nat", "natgateway")(name, inputs)
    return resource_id, {**outputs, "publicIp": "203.0.113.10"}


def _vpc(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    resource_id, outputs = prefixed("vpc", "vpc")(name, inputs)
    return resource_id, {
        **outputs,
        "defaultSecurityGroupId": f"sg-0{digits('default' + name, 16)}",
        "defaultRouteTableId": f"rtb-0{digits('default' + name, 16)}",
        "defaultNetworkAclId": f"acl-0{digits('default' + name, 16)}",
    }


def _load_balancer(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    own = str(inputs.get("name") or name)
    suffix = f"app/{own}/{digits(own, 16)}"
    arn = arn_of("elasticloadbalancing", f"loadbalancer/{suffix}")
    internal = "internal-" if inputs.get("internal") else ""
    return arn, {
        "arn": arn,
        "arnSuffix": suffix,
        "dnsName": f"{internal}{own}-{digits(own, 10)}.{REGION}.elb.amazonaws.com",
        "zoneId": "ZQSVJUPU6J1EY",
    }


def _target_group(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    own = str(inputs.get("name") or name)
    suffix = f"targetgroup/{own}/{digits(own, 16)}"
    arn = arn_of("elasticloadbalancing", suffix)
    return arn, {"arn": arn, "arnSuffix": suffix, "name": own}


def _listener(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    balancer = str(inputs.get("loadBalancerArn", "")).partition(":loadbalancer/")[2]
    arn = arn_of("elasticloadbalancing", f"listener/{balancer}/{digits(name, 16)}")
    return arn, {"arn": arn}


def _certificate(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    arn = arn_of("acm", f"certificate/{digits(name, 8)}-0000-4000-8000-{digits(name, 12)}")
    domain = str(inputs.get("domainName"))
    return arn, {
        "arn": arn,
        "domainValidationOptions": [
            {
                "domainName": domain,
                "resourceRecordName": f"_{digits(domain, 32)}.{domain}.",
                "resourceRecordType": "CNAME",
                "resourceRecordValue": f"_{digits('value' + domain, 32)}.acm-validations.aws.",
            }
        ],
    }


def _record(_: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    zone, own, kind = (str(inputs.get(key)) for key in ("zoneId", "name", "type"))
    return f"{zone}_{own}_{kind}", {"fqdn": own.removesuffix(".")}


def _namespace(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    resource_id = f"ns-{digits(name, 16)}"
    return resource_id, {
        "arn": arn_of("servicediscovery", f"namespace/{resource_id}"),
        "hostedZone": f"Z{digits(name, 13).upper()}",
        "name": inputs.get("name"),
    }


def _discovery_service(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    resource_id = f"srv-{digits(name, 16)}"
    return resource_id, {
        "arn": arn_of("servicediscovery", f"service/{resource_id}"),
        "name": inputs.get("name"),
    }


IDENTITIES: dict[str, Identity] = {
    "aws:acm/certificate:Certificate": _certificate,
    "aws:ec2/eip:Eip": prefixed("eipalloc", "elastic-ip"),
    "aws:ec2/flowLog:FlowLog": prefixed("fl", "vpc-flow-log"),
    "aws:ec2/internetGateway:InternetGateway": prefixed("igw", "internet-gateway"),
    "aws:ec2/natGateway:NatGateway": _nat_gateway,
    "aws:ec2/routeTable:RouteTable": prefixed("rtb", "route-table"),
    "aws:ec2/securityGroup:SecurityGroup": _security_group,
    "aws:ec2/subnet:Subnet": prefixed("subnet", "subnet"),
    "aws:ec2/vpc:Vpc": _vpc,
    "aws:ec2/vpcEndpoint:VpcEndpoint": prefixed("vpce", "vpc-endpoint"),
    "aws:lb/listener:Listener": _listener,
    "aws:lb/loadBalancer:LoadBalancer": _load_balancer,
    "aws:lb/targetGroup:TargetGroup": _target_group,
    "aws:route53/record:Record": _record,
    "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace": _namespace,
    "aws:servicediscovery/service:Service": _discovery_service,
}
