"""Settings of which a resource has one: a second resource for it overwrites the first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from graph.checks.finding import Finding, finding
from graph.model import Graph, Resource

_ONE: dict[str, tuple[str, ...]] = {
    "aws:apigateway/integration:Integration": ("restApi", "resourceId", "httpMethod"),
    "aws:apigateway/method:Method": ("restApi", "resourceId", "httpMethod"),
    "aws:appautoscaling/target:Target": ("resourceId", "scalableDimension"),
    "aws:ec2/route:Route": ("routeTableId", "destinationCidrBlock", "destinationPrefixListId"),
    "aws:ec2/vpcEndpoint:VpcEndpoint": ("vpcId", "serviceName"),
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": ("repository",),
    "aws:ecr/repositoryPolicy:RepositoryPolicy": ("repository",),
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": ("clusterName",),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": ("role", "policyArn"),
    "aws:kms/keyPolicy:KeyPolicy": ("keyId",),
    "aws:lb/listener:Listener": ("loadBalancerArn", "port"),
    "aws:lb/listenerRule:ListenerRule": ("listenerArn", "priority"),
    "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration": ("bucket",),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": ("bucket",),
    "aws:s3/bucketLogging:BucketLogging": ("bucket",),
    "aws:s3/bucketNotification:BucketNotification": ("bucket",),
    "aws:s3/bucketObjectv2:BucketObjectv2": ("bucket", "key"),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": ("bucket",),
    "aws:s3/bucketPolicy:BucketPolicy": ("bucket",),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": ("bucket",),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        "bucket",
    ),
    "aws:s3/bucketVersioning:BucketVersioning": ("bucket",),
    "aws:secretsmanager/secretPolicy:SecretPolicy": ("secretArn",),
    "aws:secretsmanager/secretRotation:SecretRotation": ("secretId",),
    "aws:sns/topicPolicy:TopicPolicy": ("arn",),
    "aws:sns/topicSubscription:TopicSubscription": ("topic", "protocol", "endpoint"),
    "aws:sqs/queuePolicy:QueuePolicy": ("queueUrl",),
}
"""Inputs that together may stand in one resource of the type."""
_PEER = (
    *("securityGroupId", "ipProtocol", "fromPort", "toPort", "cidrIpv4", "cidrIpv6"),
    *("referencedSecurityGroupId", "prefixListId"),
)
_ONE["aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"] = _PEER
_ONE["aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"] = _PEER


def check_once(graph: Graph) -> Iterator[Finding]:
    """Two resources that set the same thing: the one that is deployed last wins, each time."""
    first: dict[tuple[Any, ...], Resource] = {}
    for resource in graph.resources:
        keys = _ONE.get(resource.type)
        if keys is None or any(key in resource.secrets for key in keys):
            continue
        identity = (resource.type, *(str(resource.inputs.get(key)) for key in keys))
        other = first.setdefault(identity, resource)
        if other.urn != resource.urn:
            yield finding(
                resource,
                keys[0],
                f"sets what {other.name} sets too",
                "merge the two: AWS keeps one of them",
            )
