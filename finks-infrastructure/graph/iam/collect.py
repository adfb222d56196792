"""All policy documents of a graph, by whom or what they are about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from graph.iam.document import Document, parse
from graph.model import Graph, Resource

IDENTITY, RESOURCE, TRUST, BOUNDARY = "identity", "resource", "trust", "boundary"
ROLE = "aws:iam/role:Role"
POLICY = "aws:iam/policy:Policy"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
RESOURCE_POLICIES = {
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": "policyDocument",
    "aws:ec2/vpcEndpoint:VpcEndpoint": "policy",
    "aws:ecr/repositoryPolicy:RepositoryPolicy": "policy",
    "aws:kms/key:Key": "policy",
    "aws:s3/bucketPolicy:BucketPolicy": "policy",
    "aws:secretsmanager/secretPolicy:SecretPolicy": "policy",
    "aws:sns/topicPolicy:TopicPolicy": "policy",
    "aws:sns/topic:Topic": "policy",
    "aws:sqs/queuePolicy:QueuePolicy": "policy",
    "aws:sqs/queue:Queue": "policy",
}
"""Where a type keeps its document, by type."""


@dataclass(frozen=True)
class Placed:
    """A document as it stands in the graph."""

    place: str
    """Name of the resource."""
    kind: str
    text: str


@dataclass(frozen=True)
class Policies:
    """Documents by ARN. `opaque` are policies of AWS itself, whose text the graph does not hold."""

    identity: dict[str, list[Document]]
    boundaries: dict[str, Document]
    resource: dict[str, list[Document]]
    trust: dict[str, Document]
    opaque: dict[str, list[str]]


def placed(graph: Graph) -> Iterator[Placed]:
    """Every policy document of the graph."""
    boundaries = {role.inputs.get("permissionsBoundary") for role in graph.of_type(ROLE)} - {None}
    for resource in graph.resources:
        if resource.type == ROLE:
            yield Placed(resource.name, TRUST, resource.inputs["assumeRolePolicy"])
        elif resource.type in {POLICY, ROLE_POLICY}:
            kind = BOUNDARY if resource.outputs.get("arn") in boundaries else IDENTITY
            yield Placed(resource.name, kind, resource.inputs["policy"])
        elif resource.inputs.get(RESOURCE_POLICIES.get(resource.type, "")):
            text = resource.inputs[RESOURCE_POLICIES[resource.type]]
            yield Placed(resource.name, RESOURCE, text)


def collect(graph: Graph) -> Policies:
    """The documents of a graph, ready to be evaluated."""
    roles = {role.inputs["name"]: role for role in graph.of_type(ROLE)}
    managed = {policy.outputs["arn"]: policy for policy in graph.of_type(POLICY)}
    identity: dict[str, list[Document]] = defaultdict(list)
    opaque: dict[str, list[str]] = defaultdict(list)
    for policy in graph.of_type(ROLE_POLICY):
        identity[_arn(roles[policy.inputs["role"]])].append(_document(policy))
    for attachment in graph.of_type(ATTACHMENT):
        role, arn = _arn(roles[attachment.inputs["role"]]), attachment.inputs["policyArn"]
        if arn in managed:
            identity[role].append(_document(managed[arn]))
        else:
            opaque[role].append(arn)
    for name, found in roles.items():
        for arn in found.inputs.get("managedPolicyArns") or ():
            opaque[_arn(roles[name])].append(arn)
    return Policies(
        identity=dict(identity),
        boundaries={
            _arn(role): _document(managed[role.inputs["permissionsBoundary"]])
            for role in roles.values()
            if role.inputs.get("permissionsBoundary")
        },
        resource=_of_resources(graph),
        trust={
            _arn(role): parse(role.name, role.inputs["assumeRolePolicy"]) for role in roles.values()
        },
        opaque=dict(opaque),
    )


def _of_resources(graph: Graph) -> dict[str, list[Document]]:
    queues = {queue.id: _arn(queue) for queue in graph.of_type("aws:sqs/queue:Queue")}
    found: dict[str, list[Document]] = defaultdict(list)
    for kind, key in RESOURCE_POLICIES.items():
        for resource in graph.of_type(kind):
            if not resource.inputs.get(key):
                continue
            about = _about(resource, queues)
            if about is not None:
                found[about].append(parse(resource.name, resource.inputs[key]))
    return dict(found)


def _about(resource: Resource, queues: dict[str, str]) -> str | None:
    """ARN of what a policy is about; None for those that no request of a role is held against."""
    inputs = resource.inputs
    match resource.type:
        case "aws:s3/bucketPolicy:BucketPolicy":
            return f"arn:aws:s3:::{inputs['bucket']}"
        case "aws:secretsmanager/secretPolicy:SecretPolicy":
            return str(inputs["secretArn"])
        case "aws:sqs/queuePolicy:QueuePolicy":
            return queues[inputs["queueUrl"]]
        case "aws:sns/topicPolicy:TopicPolicy":
            return str(inputs["arn"])
        case "aws:kms/key:Key" | "aws:sqs/queue:Queue" | "aws:sns/topic:Topic":
            return _arn(resource)
    return None


def _document(resource: Resource) -> Document:
    return parse(resource.name, resource.inputs["policy"])


def _arn(resource: Resource) -> str:
    return str(resource.outputs["arn"])
