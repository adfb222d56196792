"""Tags: what belongs to whom, and who pays for it."""

from __future__ import annotations

from collections.abc import Iterator

from rules.rule import ENVIRONMENTS, Stack, Subject, resource_rule, stack_rule

REQUIRED = ("Project", "Environment", "Component", "Owner", "CostCentre")
UNTAGGABLE = frozenset(
    {
        "aws:apigateway/account:Account",
        "aws:apigateway/deployment:Deployment",
        "aws:apigateway/response:Response",
        "aws:apigateway/integration:Integration",
        "aws:apigateway/integrationResponse:IntegrationResponse",
        "aws:apigateway/method:Method",
        "aws:apigateway/methodResponse:MethodResponse",
        "aws:apigateway/methodSettings:MethodSettings",
        "aws:apigateway/model:Model",
        "aws:apigateway/requestValidator:RequestValidator",
        "aws:apigateway/resource:Resource",
        "aws:apigateway/usagePlanKey:UsagePlanKey",
        "aws:acm/certificateValidation:CertificateValidation",
        "aws:appautoscaling/policy:Policy",
        "aws:appautoscaling/scheduledAction:ScheduledAction",
        "aws:cfg/deliveryChannel:DeliveryChannel",
        "aws:cfg/recorder:Recorder",
        "aws:cfg/recorderStatus:RecorderStatus",
        "aws:cloudwatch/dashboard:Dashboard",
        "aws:cloudwatch/eventTarget:EventTarget",
        "aws:cloudwatch/logMetricFilter:LogMetricFilter",
        "aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
        "aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation",
        "aws:ec2/route:Route",
        "aws:ec2/routeTableAssociation:RouteTableAssociation",
        "aws:ec2/securityGroupRule:SecurityGroupRule",
        "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation",
        "aws:ecr/lifecyclePolicy:LifecyclePolicy",
        "aws:ecr/repositoryPolicy:RepositoryPolicy",
        "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders",
        "aws:glue/catalogTable:CatalogTable",
        "aws:glue/dataCatalogEncryptionSettings:DataCatalogEncryptionSettings",
        "aws:glue/partition:Partition",
        "aws:glue/securityConfiguration:SecurityConfiguration",
        "aws:guardduty/detectorFeature:DetectorFeature",
        "aws:iam/accountPasswordPolicy:AccountPasswordPolicy",
        "aws:iam/rolePolicy:RolePolicy",
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "aws:kms/alias:Alias",
        "aws:kms/keyPolicy:KeyPolicy",
        "aws:lakeformation/dataLakeSettings:DataLakeSettings",
        "aws:lakeformation/permissions:Permissions",
        "aws:lakeformation/resource:Resource",
        "aws:lambda/alias:Alias",
        "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
        "aws:lambda/permission:Permission",
        "aws:route53/record:Record",
        "aws:s3/bucketAcl:BucketAcl",
        "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration",
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        "aws:s3/bucketLogging:BucketLogging",
        "aws:s3/bucketNotification:BucketNotification",
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        "aws:s3/bucketPolicy:BucketPolicy",
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        "aws:s3/bucketVersioning:BucketVersioning",
        "aws:scheduler/schedule:Schedule",
        "aws:secretsmanager/secretPolicy:SecretPolicy",
        "aws:secretsmanager/secretRotation:SecretRotation",
        "aws:secretsmanager/secretVersion:SecretVersion",
        "aws:sns/topicPolicy:TopicPolicy",
        "aws:sns/topicSubscription:TopicSubscription",
        "aws:sqs/queuePolicy:QueuePolicy",
        "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy",
        "aws:sqs/redrivePolicy:RedrivePolicy",
    }
)
"""Types that AWS gives no tags; a test compares them with the provider's SDK."""


@resource_rule(
    "required-tags",
    why="What carries no owner is never removed, and what carries no cost centre is paid by all.",
    remedy=f"set the tags {', '.join(REQUIRED)} (BaseComponent does); a type that AWS gives no"
    " tags goes into UNTAGGABLE of rules/tags.py",
)
def required_tags(subject: Subject) -> Iterator[str]:
    """Five tags on everything of AWS that takes tags."""
    if not subject.type.startswith("aws:") or subject.type in UNTAGGABLE:
        return
    tags = subject.within("tags")
    missing = [tag for tag in REQUIRED if not str(tags.get(tag) or "").strip()]
    if missing:
        yield f"{', '.join(missing)} missing"


@resource_rule(
    "known-environment",
    why="Rules, alarms and bills go by the tag Environment: a misspelt one belongs to nobody.",
    remedy=f"use one of {', '.join(ENVIRONMENTS)}",
)
def known_environment(subject: Subject) -> Iterator[str]:
    """The tag Environment is one that Finks knows."""
    tagged = subject.within("tags").get("Environment")
    if tagged is not None and tagged not in ENVIRONMENTS:
        yield f"Environment is {tagged}"


@stack_rule(
    "one-environment",
    "pulumi:pulumi:Stack",
    why="A stack that holds resources of two environments changes one while deploying the other.",
    remedy="keep one environment a stack",
)
def one_environment(_: Subject, stack: Stack) -> Iterator[str]:
    """All resources of a stack carry the same tag Environment."""
    found = {
        str(tag)
        for subject in stack.subjects
        if (tag := subject.within("tags").get("Environment")) is not None
    }
    if len(found) > 1:
        yield f"resources are of {', '.join(sorted(found))}"
