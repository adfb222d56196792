"""What a deployment changes in the network: parts of the VPC, the balancer, names."""

from __future__ import annotations

from blueprint.names import PROJECT
from blueprint.permissions.scope import Scope
from blueprint.statements import Condition, Statement, allow


def network(scope: Scope) -> list[Statement]:
    """Parts with the tags of the stack; the VPC and its subnets are a person's."""
    prefix = scope.names.prefix
    made = (
        "elastic-ip",
        "natgateway",
        "route-table",
        "security-group",
        "security-group-rule",
        "vpc-endpoint",
        "vpc-flow-log",
    )
    making = [
        "ec2:AllocateAddress",
        "ec2:AuthorizeSecurityGroupEgress",
        "ec2:AuthorizeSecurityGroupIngress",
        "ec2:CreateFlowLogs",
        "ec2:CreateNatGateway",
        "ec2:CreateRouteTable",
        "ec2:CreateSecurityGroup",
        "ec2:CreateVpcEndpoint",
    ]
    balancers = [
        scope.arn("elasticloadbalancing", f"{kind}/{prefix}-*")
        for kind in ("loadbalancer/app", "targetgroup", "listener/app", "listener-rule/app")
    ]
    return [
        allow(
            "MakeParts",
            making,
            [scope.arn("ec2", f"{kind}/*") for kind in made],
            condition=_ours(scope, "RequestTag"),
        ),
        allow(
            "TagNewParts",
            ["ec2:CreateTags"],
            [scope.arn("ec2", f"{kind}/*") for kind in made],
            condition={
                **_ours(scope, "RequestTag"),
                "StringLike": {"ec2:CreateAction": ["Allocate*", "Authorize*", "Create*"]},
            },
        ),
        allow(
            "ChangeParts",
            [
                *making,
                "ec2:AssociateAddress",
                "ec2:AssociateRouteTable",
                "ec2:CreateRoute",
                "ec2:CreateTags",
                "ec2:DeleteFlowLogs",
                "ec2:DeleteNatGateway",
                "ec2:DeleteRoute",
                "ec2:DeleteRouteTable",
                "ec2:DeleteSecurityGroup",
                "ec2:DeleteTags",
                "ec2:DeleteVpcEndpoints",
                "ec2:DisassociateAddress",
                "ec2:DisassociateRouteTable",
                "ec2:ModifySecurityGroupRules",
                "ec2:ModifySubnetAttribute",
                "ec2:ModifyVpcAttribute",
                "ec2:ModifyVpcEndpoint",
                "ec2:ReleaseAddress",
                "ec2:ReplaceRoute",
                "ec2:RevokeSecurityGroupEgress",
                "ec2:RevokeSecurityGroupIngress",
                "ec2:UpdateSecurityGroupRuleDescriptionsEgress",
                "ec2:UpdateSecurityGroupRuleDescriptionsIngress",
            ],
            [scope.arn("ec2", "*")],
            condition=_ours(scope, "ResourceTag"),
        ),
        allow(
            "ChangeBalancer",
            [
                f"elasticloadbalancing:{verb}"
                for verb in ("AddTags", "Create*", "Delete*", "Modify*", "RemoveTags", "Set*")
            ],
            balancers,
        ),
        # An ALB's alias and the certificate's proof; the zone itself is not the stack's.
        allow(
            "ChangeRecords",
            ["route53:ChangeResourceRecordSets"],
            ["arn:aws:route53:::hostedzone/*"],
            condition={
                "ForAllValues:StringEquals": {
                    "route53:ChangeResourceRecordSetsRecordTypes": ["A", "CNAME"]
                }
            },
        ),
        allow(
            "ChangeDiscovery",
            [
                "servicediscovery:CreateService",
                "servicediscovery:UpdateService",
            ],
            [scope.arn("servicediscovery", f"{kind}/*") for kind in ("namespace", "service")],
            condition=_ours(scope, "ResourceTag"),
        ),
    ]


def _ours(scope: Scope, kind: str) -> Condition:
    """The resource has, or the request gives, the tags of the stack."""
    return {
        "StringEquals": {
            f"aws:{kind}/Project": PROJECT,
            f"aws:{kind}/Environment": scope.names.environment,
        }
    }
