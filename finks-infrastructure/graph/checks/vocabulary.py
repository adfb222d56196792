"""Values for which AWS's schemas say no more than that they are texts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from blueprint.names import REGION
from graph.checks.finding import Finding, finding, shown
from graph.checks.values import leaves
from graph.model import Graph, Resource

_ID = "-[0-9a-f]{8,17}"


@dataclass(frozen=True)
class _Word:
    pattern: str
    meaning: str


BY_KEY: dict[str, _Word] = {
    "allocationId": _Word(f"eipalloc{_ID}", "the id of an elastic IP"),
    "alarmActions": _Word(r"arn:aws:.+", "an ARN"),
    "gatewayId": _Word(f"(igw|vgw|vpce){_ID}", "the id of a gateway"),
    "insufficientDataActions": _Word(r"arn:aws:.+", "an ARN"),
    "location": _Word(r"s3a?://.+", "an address s3://bucket/…"),
    "natGatewayId": _Word(f"nat{_ID}", "the id of a NAT gateway"),
    "okActions": _Word(r"arn:aws:.+", "an ARN"),
    "outputLocation": _Word(r"s3://.+", "an address s3://bucket/…"),
    "referencedSecurityGroupId": _Word(f"sg{_ID}", "the id of a security group"),
    "routeTableId": _Word(f"rtb{_ID}", "the id of a route table"),
    "routeTableIds": _Word(f"rtb{_ID}", "the id of a route table"),
    "scriptLocation": _Word(r"s3://.+", "an address s3://bucket/…"),
    "securityGroupId": _Word(f"sg{_ID}", "the id of a security group"),
    "securityGroupIds": _Word(f"sg{_ID}", "the id of a security group"),
    "securityGroups": _Word(f"sg{_ID}", "the id of a security group"),
    "subnetId": _Word(f"subnet{_ID}", "the id of a subnet"),
    "subnetIds": _Word(f"subnet{_ID}", "the id of a subnet"),
    "subnets": _Word(f"subnet{_ID}", "the id of a subnet"),
    "vpcId": _Word(f"vpc{_ID}", "the id of a VPC"),
    "vpcSecurityGroupIds": _Word(f"sg{_ID}", "the id of a security group"),
}
"""By the last step of a property's path, in every type."""

_PROTOCOL = _Word(r"-1|tcp|udp|icmp|icmpv6|\d{1,3}", "tcp, udp, icmp, icmpv6, -1 or a number")
_COLUMN = _Word(
    r"(?i)(boolean|tinyint|smallint|int|integer|bigint|float|double|string|date|timestamp|binary"
    r"|(decimal|varchar|char)\(\d+(, ?\d+)?\)|(array|map|struct|uniontype)<.+>)",
    "a type of Hive",
)

BY_TYPE: dict[tuple[str, str], _Word] = {
    ("aws:cloudwatch/metricAlarm:MetricAlarm", "namespace"): _Word(
        r"AWS/(ApiGateway|ApplicationELB|Athena|ECS|ElastiCache|Events|Glue|Lambda|Logs"
        r"|NATGateway|RDS|S3|SNS|SQS|Scheduler|SecretsManager|States|Usage)"
        r"|ECS/ContainerInsights|Glue|(?!AWS/)[A-Z]\w*(/\w+)+",
        "a namespace of AWS's or one of our own, such as Finks/Pipeline",
    ),
    ("aws:cloudwatch/eventTarget:EventTarget", "arn"): _Word(r"arn:aws:.+", "an ARN"),
    ("aws:ec2/vpcEndpoint:VpcEndpoint", "serviceName"): _Word(
        rf"com\.amazonaws\.{REGION}\.[a-z0-9.-]+", f"com.amazonaws.{REGION}. and a service"
    ),
    ("aws:ecs/cluster:Cluster", "settings.name"): _Word("containerInsights", "containerInsights"),
    ("aws:ecs/cluster:Cluster", "settings.value"): _Word(
        "enabled|disabled|enhanced", "enabled, disabled or enhanced"
    ),
    ("aws:ecs/service:Service", "taskDefinition"): _Word(
        r"arn:aws:ecs:.+|[A-Za-z0-9_-]+(:\d+)?", "an ARN or a family"
    ),
    ("aws:elasticache/replicationGroup:ReplicationGroup", "engine"): _Word(
        "redis|valkey", "redis or valkey"
    ),
    ("aws:elasticache/replicationGroup:ReplicationGroup", "nodeType"): _Word(
        r"cache\.[a-z0-9]+\.[a-z0-9]+", "a node type such as cache.t4g.micro"
    ),
    ("aws:glue/catalogTable:CatalogTable", "partitionKeys.type"): _COLUMN,
    ("aws:glue/catalogTable:CatalogTable", "storageDescriptor.columns.type"): _COLUMN,
    ("aws:glue/catalogTable:CatalogTable", "storageDescriptor.columns.name"): _Word(
        r"[a-z0-9_]+", "lower-case letters, digits and _"
    ),
    ("aws:lb/listener:Listener", "sslPolicy"): _Word(
        r"ELBSecurityPolicy-[A-Za-z0-9-]+", "a policy such as ELBSecurityPolicy-TLS13-1-2-2021-06"
    ),
    ("aws:lb/targetGroup:TargetGroup", "healthCheck.matcher"): _Word(
        r"[2-4]\d\d([-,][2-4]\d\d)*", "status codes such as 200 or 200-299"
    ),
    ("aws:lb/targetGroup:TargetGroup", "healthCheck.path"): _Word(r"/\S*", "a path"),
    ("aws:rds/parameterGroup:ParameterGroup", "family"): _Word(
        r"(postgres|mysql|mariadb)\d+(\.\d+)?", "a family such as postgres16"
    ),
    ("aws:rds/parameterGroup:ParameterGroup", "parameters.applyMethod"): _Word(
        "immediate|pending-reboot", "immediate or pending-reboot"
    ),
    ("aws:rds/parameterGroup:ParameterGroup", "parameters.name"): _Word(
        r"[a-z][a-z0-9_.]+", "the name of a parameter"
    ),
    ("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "ipProtocol"): _PROTOCOL,
    ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "ipProtocol"): _PROTOCOL,
}
"""By type and path without indexes. Sources: the API reference of each service."""


def check_vocabulary(graph: Graph) -> Iterator[Finding]:
    """Ids, ARNs, addresses and words that are none."""
    for resource in graph.resources:
        if not resource.type.startswith("aws:"):
            continue
        for path, value in leaves(resource.inputs):
            plain = re.sub(r"\[\d+\]", "", path)
            word = BY_TYPE.get((resource.type, plain)) or _by_key(plain.rpartition(".")[2])
            if word is None or not isinstance(value, str) or plain.startswith("tags."):
                continue
            if not re.fullmatch(word.pattern, value):
                yield finding(resource, path, f"is {shown(value)}", f"write {word.meaning}")
    yield from _parameter_families(graph)


def _by_key(key: str) -> _Word | None:
    if key in BY_KEY:
        return BY_KEY[key]
    if re.search(r"(?<=[a-z])Arns?$", key):
        return _Word(r"arn:aws[a-z-]*:.+", "an ARN")
    return None


def _parameter_families(graph: Graph) -> Iterator[Finding]:
    """A database takes parameter groups of its own engine and major version alone."""
    groups: dict[object, Resource] = {
        group.inputs.get("name"): group
        for group in graph.of_type("aws:rds/parameterGroup:ParameterGroup")
    }
    for database in graph.of_type("aws:rds/instance:Instance"):
        group = groups.get(database.inputs.get("parameterGroupName"))
        if group is None:
            continue
        major = str(database.inputs.get("engineVersion", "")).partition(".")[0]
        wanted = f"{database.inputs.get('engine')}{major}"
        # An engine that there is not has been found already.
        known = re.fullmatch(BY_TYPE[(group.type, "family")].pattern, wanted)
        if major and known and group.inputs.get("family") != wanted:
            yield finding(
                group,
                "family",
                f"is {group.inputs.get('family')!r}, the database {database.name} is {wanted}",
                f"write {wanted}",
            )
