"""One value of a valid graph is damaged; exactly that value is found."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from graph.checks import check
from graph.model import Graph
from tests.unit.graph.checks.conftest import with_input

ACCOUNT = "123456789012"
ROLE_POLICY = "policy!Statement.0"


class Fault(NamedTuple):
    """What is damaged, and where the finding has to point and what it has to say."""

    title: str
    token: str
    name: str
    path: str
    value: Any
    found_at: str
    says: str


FAULTS = [
    # Values against AWS's resource schemas.
    Fault("task with 300 CPU units", "TaskDefinition", "task", "cpu", "300", "cpu", "300"),
    Fault("memory that the CPU does not go with", "TaskDefinition", "task", "memory", "7000",
          "memory", "above the maximum 4096"),
    Fault("Fargate without awsvpc", "TaskDefinition", "task", "networkMode", "bridge",
          "networkMode", "awsvpc"),
    Fault("retention that CloudWatch does not offer", "LogGroup", "task", "retentionInDays", 8,
          "retentionInDays", "not one of"),
    Fault("unknown storage class", "BucketLifecycleConfiguration", "bronze",
          "rules.0.transitions.0.storageClass", "STANDARD_AI",
          "rules[0].transitions[0].storageClass", "not one of"),
    Fault("unknown encryption", "BucketServerSideEncryptionConfiguration", "bronze",
          "rules.0.applyServerSideEncryptionByDefault.sseAlgorithm", "aws:kmss",
          "rules[0].applyServerSideEncryptionByDefault.sseAlgorithm", "not one of"),
    Fault("versioning with another word", "BucketVersioning", "bronze",
          "versioningConfiguration.status", "On", "versioningConfiguration.status", "not one of"),
    Fault("tag mutability in small letters", "Repository", "image", "imageTagMutability",
          "immutable", "imageTagMutability", "not one of"),
    Fault("deletion window below AWS's least", "Key", "key", "deletionWindowInDays", 3,
          "deletionWindowInDays", "below the minimum"),
    Fault("backups kept for longer than RDS keeps them", "Instance", "database",
          "backupRetentionPeriod", 99, "backupRetentionPeriod", "above the maximum"),
    Fault("instance class that Canada does not have", "Instance", "database", "instanceClass",
          "db.t9.nano", "instanceClass", "not one of"),
    Fault("engine that RDS does not have", "Instance", "database", "engine", "postgresql",
          "engine", "not one of"),
    Fault("engine version that RDS does not have", "Instance", "database", "engineVersion",
          "16.999", "engineVersion", "not one of"),
    Fault("alarm with an unknown comparison", "MetricAlarm", "busy", "comparisonOperator",
          "MoreThan", "comparisonOperator", "not one of"),
    Fault("alarm over 45 seconds", "MetricAlarm", "busy", "period", 45, "period", "not one of"),
    Fault("queue that keeps messages for a month", "Queue", "dead", "messageRetentionSeconds",
          2592000, "messageRetentionSeconds", "above the maximum"),
    Fault("health check every second", "TargetGroup", "server", "healthCheck.interval", 1,
          "healthCheck.interval", "below the minimum"),
    Fault("scan limit below Athena's least", "Workgroup", "people",
          "configuration.bytesScannedCutoffPerQuery", 1000,
          "configuration.bytesScannedCutoffPerQuery", "below the minimum"),
    Fault("launch type that there is not", "Service", "server", "launchType", "FARGAT",
          "launchType", "not one of"),
    # Inputs against the provider's classes.
    Fault("number that is a word", "Instance", "database", "allocatedStorage", "plenty",
          "allocatedStorage", "no integer"),
    Fault("misspelled key in a nested block", "LoadBalancer", "balancer", "accessLogs",
          {"bucket": "sample-bronze", "enabeld": True}, "accessLogs.enabeld",
          "no property that the provider knows"),
    Fault("input that is missing", "EventTarget", "tasks", "arn", ..., "arn", "is missing"),
    Fault("nested input that is missing", "BucketLifecycleConfiguration", "bronze",
          "rules.0.status", ..., "rules[0].status", "is missing"),
    # Names.
    Fault("bucket name with capitals", "Bucket", "bronze", "bucket", "INVALID_NAME!!", "bucket",
          "INVALID_NAME!!"),
    Fault("load balancer's name too long", "LoadBalancer", "balancer", "name", "x" * 33, "name",
          "33 characters"),
    Fault("target group's name with an underscore", "TargetGroup", "server", "name", "a_b",
          "name", "a_b"),
    Fault("role's name too long", "Role", "task", "name", "r" * 65, "name", "65 characters"),
    Fault("replication group's name too long", "ReplicationGroup", "cache", "replicationGroupId",
          "r" * 41, "replicationGroupId", "41 characters"),
    Fault("two queues of one name", "Queue", "events", "name", "sample-dead", "name",
          "as that of dead"),
    Fault("database that Athena cannot name", "CatalogDatabase", "bronze", "name", "sample-bronze",
          "name", "lower-case letters"),
    # The network.
    Fault("VPC with an impossible CIDR", "Vpc", "vpc", "cidrBlock", "999.0.0.0/99", "cidrBlock",
          "no CIDR"),
    Fault("CIDR with host bits", "Subnet", "public-b", "cidrBlock", "10.0.16.1/20", "cidrBlock",
          "no CIDR"),
    Fault("subnet outside of the VPC", "Subnet", "public-a", "cidrBlock", "10.1.0.0/20",
          "cidrBlock", "outside of the VPC"),
    Fault("subnets that overlap", "Subnet", "public-b", "cidrBlock", "10.0.0.0/22", "cidrBlock",
          "overlaps"),
    Fault("zone that Canada does not have", "Subnet", "public-a", "availabilityZone",
          "ca-central-1c", "availabilityZone", "ca-central-1c"),
    Fault("port beyond the last", "SecurityGroupIngressRule", "server-from-clients", "toPort",
          70000, "toPort", "no port"),
    Fault("ports the wrong way round", "SecurityGroupIngressRule", "server-from-clients",
          "fromPort", 4300, "toPort", "below fromPort"),
    Fault("rule that names no peer", "SecurityGroupEgressRule", "clients-out", "cidrIpv4", ...,
          "securityGroupId", "0 peers"),
    # References.
    Fault("ingress from a group that there is not", "SecurityGroupIngressRule",
          "server-from-clients", "referencedSecurityGroupId", "sg-0123456789abcdef0",
          "referencedSecurityGroupId", "nothing in the stack"),
    Fault("side resource of another bucket", "BucketVersioning", "bronze", "bucket",
          "sample-silver", "bucket", "name of no Bucket"),
    Fault("policy of a role that there is not", "RolePolicy", "task", "role", "sample-tusk",
          "role", "name of no Role"),
    Fault("managed policy that AWS does not have", "RolePolicyAttachment", "task", "policyArn",
          "arn:aws:iam::aws:policy/AmazonECSTaskExecutionRolePolicy", "policyArn",
          "no managed policy"),
    Fault("PassRole of a role that there is not", "RolePolicy", "task",
          "policy!Statement.2.Resource.0", f"arn:aws:iam::{ACCOUNT}:role/sample-other",
          "policy!Statement[2].Resource[0]", "matches nothing"),
    Fault("statement over a bucket that there is not", "RolePolicy", "task",
          f"{ROLE_POLICY}.Resource.0", "arn:aws:s3:::sample-gold/*",
          "policy!Statement[0].Resource[0]", "matches nothing"),
    Fault("task family that there is not", "RolePolicy", "task", "policy!Statement.1.Resource.0",
          f"arn:aws:ecs:ca-central-1:{ACCOUNT}:task-definition/sampel:*",
          "policy!Statement[1].Resource[0]", "matches nothing"),
    Fault("query results in a bucket that there is not", "Workgroup", "people",
          "configuration.resultConfiguration.outputLocation", "s3://sample-results/",
          "configuration.resultConfiguration.outputLocation", "no bucket sample-results"),
    Fault("secret that there is not", "TaskDefinition", "task",
          "containerDefinitions!0.secrets.0.valueFrom",
          f"arn:aws:secretsmanager:ca-central-1:{ACCOUNT}:secret:sample/other-abc123:key::",
          "containerDefinitions![0].secrets[0].valueFrom", "matches nothing"),
    Fault("log group that there is not", "TaskDefinition", "task",
          "containerDefinitions!0.logConfiguration.options.awslogs-group", "/ecs/other",
          "containerDefinitions![0].logConfiguration.options.awslogs-group", "no log group"),
    Fault("bucket in a container's environment that there is not", "TaskDefinition", "task",
          "containerDefinitions!0.environment.0.value", "sample-broze",
          "containerDefinitions![0].environment.S3_BUCKET", "no Bucket"),
    Fault("image of a repository that there is not", "TaskDefinition", "task",
          "containerDefinitions!0.image",
          f"{ACCOUNT}.dkr.ecr.ca-central-1.amazonaws.com/sample/other:1",
          "containerDefinitions![0].image", "no ECR repository"),
    Fault("service behind a port that the container does not open", "Service", "server",
          "loadBalancers.0.containerPort", 4201, "loadBalancers[0].containerPort",
          "does not open"),
    Fault("state machine that restarts a service that there is not", "StateMachine", "nightly",
          "definition!States.Wait",
          {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:ecs:updateService",
           "Parameters": {"Cluster": "sample", "Service": "sevrer"}, "Next": "Done"},
          "definition!States.Wait.Parameters.Service", "no Service"),
    Fault("event pattern of a cluster that there is not", "EventRule", "tasks",
          "eventPattern!detail",
          {"clusterArn": [f"arn:aws:ecs:ca-central-1:{ACCOUNT}:cluster/other"]},
          "eventPattern!detail.clusterArn[0]", "matches nothing"),
    # What alarms and dashboards watch.
    Fault("alarm on a database that there is not", "MetricAlarm", "busy",
          "dimensions.DBInstanceIdentifier", "prefect", "dimensions.DBInstanceIdentifier",
          "nothing in the stack"),
    Fault("composite of an alarm that there is not", "CompositeAlarm", "any", "alarmRule",
          'ALARM("sample-bsy")', "alarmRule", "no alarm"),
    Fault("dashboard of a database that there is not", "Dashboard", "overview",
          "dashboardBody!widgets.0.properties.metrics.0.3", "other", "dashboardBody!widgets[0]",
          "nothing in the stack"),
    # Words for which AWS's schemas know no more than that they are texts.
    Fault("alarm that tells a name instead of a topic", "MetricAlarm", "busy", "alarmActions.0",
          "sample-alerts", "alarmActions[0]", "an ARN"),
    Fault("name of an elastic IP instead of its id", "NatGateway", "nat", "allocationId", "nat",
          "allocationId", "id of an elastic IP"),
    Fault("node type without its prefix", "ReplicationGroup", "cache", "nodeType", "t4g.micro",
          "nodeType", "cache.t4g.micro"),
    Fault("column of a type that Hive does not have", "CatalogTable", "quotes",
          "storageDescriptor.columns.0.type", "text", "storageDescriptor.columns[0].type",
          "type of Hive"),
    Fault("parameters of another major version", "ParameterGroup", "database", "family",
          "postgres15", "family", "postgres16"),
    Fault("metrics of a service that there is not", "MetricAlarm", "busy", "namespace",
          "AWS/RSD", "namespace", "a namespace"),
    # Policy documents.
    Fault("policy that is no JSON", "RolePolicy", "task", "policy", "{Statement: []", "policy",
          "no JSON"),
    Fault("action that S3 does not have", "RolePolicy", "task", f"{ROLE_POLICY}.Action.0",
          "s3:GetObjects", "policy!Statement[0].Action[0]", "s3 does not have"),
    Fault("service that there is not", "RolePolicy", "task", f"{ROLE_POLICY}.Action.0",
          "s4:GetObject", "policy!Statement[0].Action[0]", "s4:GetObject"),
    Fault("effect in small letters", "RolePolicy", "task", f"{ROLE_POLICY}.Effect", "allow",
          "policy!Statement[0].Effect", "not one of"),
    Fault("identity policy without a resource", "RolePolicy", "task", f"{ROLE_POLICY}.Resource",
          ..., "policy!Statement[0]", "Resource"),
    Fault("identity policy with a principal", "RolePolicy", "task", f"{ROLE_POLICY}.Principal",
          "*", "policy!Statement[0].Principal", "Principal"),
    Fault("trust policy without a principal", "Role", "task",
          "assumeRolePolicy!Statement.0.Principal", ..., "assumeRolePolicy!Statement[0]",
          "Principal"),
    Fault("unknown condition operator", "BucketPolicy", "bronze",
          "policy!Statement.0.Condition", {"Boolean": {"aws:SecureTransport": "false"}},
          "policy!Statement[0].Condition.Boolean", "Boolean"),
    Fault("queue action in a bucket's policy", "BucketPolicy", "bronze",
          "policy!Statement.0.Action.0", "sqs:SendMessage", "policy!Statement[0].Action[0]",
          "in a policy of s3"),
    Fault("old policy version", "RolePolicy", "task", "policy!Version", "2008-10-17",
          "policy!Version", "2008-10-17"),
    Fault("policy longer than IAM takes", "RolePolicy", "task", "policy!Statement.0.Resource",
          [f"arn:aws:s3:::sample-bronze/{number:0250}" for number in range(50)], "policy",
          "characters"),
    # Containers.
    Fault("container definitions that are no JSON", "TaskDefinition", "task",
          "containerDefinitions", "[{name: server}]", "containerDefinitions", "no JSON"),
    Fault("container without an image", "TaskDefinition", "task", "containerDefinitions!0.image",
          ..., "containerDefinitions![0]", "lacks Image"),
    Fault("misspelled key of a container", "TaskDefinition", "task",
          "containerDefinitions!0.enviroment", [], "containerDefinitions![0].enviroment",
          "not a property"),
    Fault("container that asks for more than its task has", "TaskDefinition", "task",
          "containerDefinitions!0.memory", 2048, "containerDefinitions", "memory 2048"),
    Fault("mount of a volume that there is not", "TaskDefinition", "task",
          "containerDefinitions!0.mountPoints.0.sourceVolume", "scratch",
          "containerDefinitions![0].mountPoints[0].sourceVolume", "no volume"),
    Fault("no container that is essential", "TaskDefinition", "task",
          "containerDefinitions!0.essential", False, "containerDefinitions!", "lacks an entry"),
    Fault("logs without a region", "TaskDefinition", "task",
          "containerDefinitions!0.logConfiguration.options.awslogs-region", ...,
          "containerDefinitions![0].logConfiguration.options", "awslogs-region"),
    # Other documents.
    Fault("event pattern with a bare text", "EventRule", "tasks", "eventPattern!source",
          "aws.ecs", "eventPattern!source", "type array"),
    Fault("event pattern with an unknown key", "EventRule", "tasks", "eventPattern!detailType",
          ["x"], "eventPattern!detailType", "not one of"),
    Fault("dashboard that is no JSON", "Dashboard", "overview", "dashboardBody", "{",
          "dashboardBody", "no JSON"),
    Fault("dashboard widget of an unknown kind", "Dashboard", "overview",
          "dashboardBody!widgets.0.type", "chart", "dashboardBody!widgets[0].type", "not one of"),
    Fault("lifecycle policy that counts nothing", "LifecyclePolicy", "image",
          "policy!rules.0.selection.countNumber", 0, "policy!rules[0].selection.countNumber",
          "below the minimum"),
    Fault("state machine that goes nowhere", "StateMachine", "nightly",
          "definition!States.Wait.Next", "Finished", "definition!States.Wait.Next", "no state"),
    Fault("dead letters to a queue that there is not", "Queue", "events",
          "redrivePolicy!deadLetterTargetArn", f"arn:aws:sqs:ca-central-1:{ACCOUNT}:sample-gone",
          "redrivePolicy!deadLetterTargetArn", "matches nothing"),
    # Structure.
    Fault("resource without an owner", "Topic", "alerts", "tags.Owner", ..., "tags", "lacks Owner"),
    Fault("resource tagged for another stack", "Topic", "alerts", "tags.Environment", "prod",
          "tags.Environment", "prod"),
]  # fmt: skip


def test_the_sample_is_valid(valid: Graph) -> None:
    assert check(valid) == []


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.title for fault in FAULTS])
def test_a_seeded_fault_is_found_and_nothing_else(valid: Graph, fault: Fault) -> None:
    damaged = with_input(valid, fault.token, fault.name, fault.path, fault.value)

    found = check(damaged)

    told = "\n".join(str(each) for each in found)
    assert found, "nothing was found"
    assert {each.name for each in found} == {fault.name}, told
    assert any(fault.says in str(each) for each in found), told
    if fault.found_at:
        assert {each.path for each in found} == {fault.found_at}, told


def test_there_is_more_than_one_seeded_fault_for_every_subject() -> None:
    assert len({(fault.token, fault.path, str(fault.value)) for fault in FAULTS}) >= 35
    assert len(FAULTS) == len({fault.title for fault in FAULTS})
