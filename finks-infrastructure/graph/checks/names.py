"""Physical names: the rules that AWS's schemas leave out, and each name once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from graph.checks.finding import Finding, finding, shown
from graph.model import Graph, Resource

_ALNUM_HYPHEN = r"[A-Za-z0-9-]+"


@dataclass(frozen=True)
class _Rule:
    key: str
    longest: int
    pattern: str
    meaning: str
    shortest: int = 1
    within: tuple[str, ...] = ()
    """Inputs that together with the name have to be unique."""


_RULES: dict[str, _Rule] = {
    "aws:acm/certificate:Certificate": _Rule("domainName", 253, r"[a-z0-9*.-]+", "a domain"),
    "aws:athena/workgroup:Workgroup": _Rule("name", 128, r"[A-Za-z0-9._-]+", "word characters"),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": _Rule("alarmName", 255, r".+", "any text"),
    "aws:cloudwatch/dashboard:Dashboard": _Rule(
        "dashboardName", 255, r"[A-Za-z0-9_-]+", "letters, digits, - and _"
    ),
    "aws:cloudwatch/eventRule:EventRule": _Rule(
        "name", 64, r"[.\-_A-Za-z0-9]+", "letters, digits, . - and _"
    ),
    "aws:cloudwatch/logGroup:LogGroup": _Rule(
        "name", 512, r"[.\-_/#A-Za-z0-9]+", "letters, digits and . - _ / #"
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": _Rule("name", 255, r".+", "any text"),
    "aws:ec2/securityGroup:SecurityGroup": _Rule(
        "name",
        255,
        r"(?!sg-)[A-Za-z0-9 ._\-:/()#,@\[\]+=&;{}!$*]+",
        "AWS's characters, not beginning with sg-",
        within=("vpcId",),
    ),
    "aws:ecr/repository:Repository": _Rule(
        "name",
        256,
        r"[a-z0-9]+([._-][a-z0-9]+)*(/[a-z0-9]+([._-][a-z0-9]+)*)*",
        "lower-case words parted by . _ - or /",
        shortest=2,
    ),
    "aws:ecs/cluster:Cluster": _Rule("name", 255, r"[A-Za-z0-9_-]+", "letters, digits, - and _"),
    "aws:ecs/service:Service": _Rule(
        "name", 255, r"[A-Za-z0-9_-]+", "letters, digits, - and _", within=("cluster",)
    ),
    "aws:ecs/taskDefinition:TaskDefinition": _Rule(
        "family", 255, r"[A-Za-z0-9_-]+", "letters, digits, - and _"
    ),
    "aws:elasticache/replicationGroup:ReplicationGroup": _Rule(
        "replicationGroupId",
        40,
        r"[a-z](?!.*--)[a-z0-9-]*[a-z0-9]",
        "lower-case letters, digits and single hyphens, beginning with a letter",
    ),
    "aws:elasticache/subnetGroup:SubnetGroup": _Rule(
        "name", 255, r"[a-z0-9-]+", "lower-case letters, digits and hyphens"
    ),
    "aws:glue/catalogDatabase:CatalogDatabase": _Rule(
        "name", 255, r"[a-z0-9_]+", "lower-case letters, digits and _ (Athena takes no others)"
    ),
    "aws:glue/catalogTable:CatalogTable": _Rule(
        "name", 255, r"[a-z0-9_]+", "lower-case letters, digits and _", within=("databaseName",)
    ),
    "aws:glue/crawler:Crawler": _Rule("name", 255, r"[^\r\n]+", "one line"),
    "aws:glue/job:Job": _Rule("name", 255, r"[^\r\n]+", "one line"),
    "aws:iam/policy:Policy": _Rule("name", 128, r"[\w+=,.@-]+", "word characters and +=,.@-"),
    "aws:iam/role:Role": _Rule("name", 64, r"[\w+=,.@-]+", "word characters and +=,.@-"),
    "aws:iam/rolePolicy:RolePolicy": _Rule(
        "name", 128, r"[\w+=,.@-]+", "word characters and +=,.@-", within=("role",)
    ),
    "aws:kms/alias:Alias": _Rule(
        "name", 256, r"alias/(?!aws/)[A-Za-z0-9/_-]+", "alias/ and a name that is not AWS's own"
    ),
    "aws:lambda/function:Function": _Rule(
        "name", 64, r"[A-Za-z0-9_-]+", "letters, digits, - and _"
    ),
    "aws:lb/loadBalancer:LoadBalancer": _Rule(
        "name",
        32,
        rf"(?!-)(?!internal-){_ALNUM_HYPHEN}(?<!-)",
        "letters, digits and inner hyphens, not beginning with internal-",
    ),
    "aws:lb/targetGroup:TargetGroup": _Rule(
        "name", 32, rf"(?!-){_ALNUM_HYPHEN}(?<!-)", "letters, digits and inner hyphens"
    ),
    "aws:rds/instance:Instance": _Rule(
        "identifier",
        63,
        r"[a-z](?!.*--)[a-z0-9-]*(?<!-)",
        "lower-case letters, digits and single hyphens, beginning with a letter",
    ),
    "aws:rds/parameterGroup:ParameterGroup": _Rule(
        "name", 255, r"[a-z](?!.*--)[a-z0-9-]*(?<!-)", "lower-case letters, digits and hyphens"
    ),
    "aws:rds/subnetGroup:SubnetGroup": _Rule(
        "name", 255, r"(?!default$)[a-z0-9 ._-]+", "lower-case letters, digits and . _ -"
    ),
    "aws:s3/bucket:Bucket": _Rule(
        "bucket",
        63,
        r"(?!xn--|sthree-|amzn-s3-demo-)(?!\d+\.\d+\.\d+\.\d+$)(?!.*\.\.)[a-z0-9][a-z0-9.-]*[a-z0-9]"
        r"(?<!-s3alias)(?<!--ol-s3)",
        "lower-case letters, digits, dots and inner hyphens, no IP address, not AWS's own",
        shortest=3,
    ),
    "aws:scheduler/schedule:Schedule": _Rule(
        "name", 64, r"[\w.-]+", "word characters, . and -", within=("groupName",)
    ),
    "aws:secretsmanager/secret:Secret": _Rule(
        "name",
        512,
        r"(?!.*-[A-Za-z0-9]{6}$)[A-Za-z0-9/_+=.@-]+|.*-api-key|.*-auth",
        "letters, digits and /_+=.@-, not ending like the suffix that AWS appends",
    ),
    "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace": _Rule(
        "name", 253, r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", "a domain"
    ),
    "aws:sfn/stateMachine:StateMachine": _Rule("name", 80, r"[\w-]+", "word characters and -"),
    "aws:sns/topic:Topic": _Rule(
        "name", 256, r"[A-Za-z0-9_-]+(\.fifo)?", "letters, digits, - and _"
    ),
    "aws:sqs/queue:Queue": _Rule(
        "name", 80, r"[A-Za-z0-9_-]+(\.fifo)?", "letters, digits, - and _"
    ),
}
"""Names by type, with the limits of each service's own API reference."""


def check_names(graph: Graph) -> Iterator[Finding]:
    """Names that a service refuses, or that two resources of one type have."""
    taken: dict[tuple[str, ...], Resource] = {}
    for resource in graph.resources:
        rule = _RULES.get(resource.type)
        name = resource.inputs.get(rule.key) if rule else None
        if rule is None or not isinstance(name, str):
            continue
        yield from _against(rule, resource, name)
        place = tuple(str(resource.inputs.get(key)) for key in rule.within)
        identity = (resource.type, *place, name)
        other = taken.setdefault(identity, resource)
        if other is not resource and other.urn != resource.urn:
            yield finding(
                resource,
                rule.key,
                f"is {name!r}, as that of {other.name}",
                "give each of the two a name of its own (blueprint/names.py)",
            )


def _against(rule: _Rule, resource: Resource, name: str) -> Iterator[Finding]:
    if not rule.shortest <= len(name) <= rule.longest:
        yield finding(
            resource,
            rule.key,
            f"has {len(name)} characters: {shown(name)}",
            f"use {rule.shortest} to {rule.longest}",
        )
    elif not re.fullmatch(rule.pattern, name):
        yield finding(resource, rule.key, f"is {name!r}", f"use {rule.meaning}")
