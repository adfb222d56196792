"""Which properties hold the name of something else, and which ARNs exist at run time alone."""

from __future__ import annotations

from dataclasses import dataclass

from blueprint.names import PROJECT

_BUCKET = "aws:s3/bucket:Bucket"
_CLUSTER = "aws:ecs/cluster:Cluster"
_DATABASE = "aws:glue/catalogDatabase:CatalogDatabase"
_FUNCTION = "aws:lambda/function:Function"
_GROUP = "aws:cloudwatch/logGroup:LogGroup"
_JOB = "aws:glue/job:Job"
_QUEUE = "aws:sqs/queue:Queue"
_ROLE = "aws:iam/role:Role"
_TASK = "aws:ecs/taskDefinition:TaskDefinition"
_WORKGROUP = "aws:athena/workgroup:Workgroup"
_REST_API = "aws:apigateway/restApi:RestApi"


@dataclass(frozen=True)
class NameReference:
    """A property that names a resource of one of the types `of`."""

    of: tuple[str, ...]
    not_on: tuple[str, ...] = ()
    """Types in which the property is the resource's own name."""
    only_on: tuple[str, ...] = ()
    elsewhere: str = r"(?!)"
    """Names that AWS has without the stack, as a pattern."""


NAME_KEYS: dict[str, NameReference] = {
    "accessLogs.bucket": NameReference((_BUCKET,)),
    "bucket": NameReference((_BUCKET,), not_on=(_BUCKET,)),
    "cluster": NameReference((_CLUSTER,), only_on=("aws:ecs/service:Service",)),
    "clusterName": NameReference((_CLUSTER,), not_on=(_CLUSTER,)),
    "database": NameReference((_DATABASE,), only_on=("aws:athena/namedQuery:NamedQuery",)),
    "databaseName": NameReference((_DATABASE,)),
    "dbSubnetGroupName": NameReference(("aws:rds/subnetGroup:SubnetGroup",)),
    "detectorId": NameReference(("aws:guardduty/detector:Detector",)),
    "function": NameReference((_FUNCTION,)),
    "logGroupName": NameReference((_GROUP,), not_on=(_GROUP,)),
    "parameterGroupName": NameReference(
        ("aws:rds/parameterGroup:ParameterGroup", "aws:elasticache/parameterGroup:ParameterGroup"),
        elsewhere=r"default\..+",
    ),
    "queueUrl": NameReference((_QUEUE,)),
    "repository": NameReference(("aws:ecr/repository:Repository",)),
    "resourceId": NameReference(
        ("aws:apigateway/resource:Resource", _REST_API),
        only_on=(),
        not_on=(
            "aws:appautoscaling/target:Target",
            "aws:appautoscaling/policy:Policy",
            "aws:appautoscaling/scheduledAction:ScheduledAction",
        ),
        elsewhere=r"root.*|[0-9a-f]{10}",
    ),
    "restApi": NameReference((_REST_API,)),
    "restApiId": NameReference((_REST_API,)),
    "role": NameReference((_ROLE,), elsewhere=r"AWSServiceRole.+"),
    "rule": NameReference(
        ("aws:cloudwatch/eventRule:EventRule",), only_on=("aws:cloudwatch/eventTarget:EventTarget",)
    ),
    "s3Bucket": NameReference((_BUCKET,)),
    "s3BucketName": NameReference((_BUCKET,)),
    "secretId": NameReference(("aws:secretsmanager/secret:Secret",)),
    "subnetGroupName": NameReference(("aws:elasticache/subnetGroup:SubnetGroup",)),
    "targetBucket": NameReference((_BUCKET,)),
    "targetKeyId": NameReference(("aws:kms/key:Key",)),
}
"""By path of the property. Ids and ARNs in them are followed wherever they stand."""

ENVIRONMENT_SUFFIXES: dict[str, tuple[str, ...]] = {
    "BUCKET": (_BUCKET,),
    "CLUSTER": (_CLUSTER,),
    "GLUE_JOB": (_JOB,),
    "JOB_NAME": (_JOB,),
    "LOG_GROUP": (_GROUP,),
    "QUEUE_NAME": (_QUEUE,),
    "TASK_DEFINITION": (_TASK,),
    "WORKGROUP": (_WORKGROUP,),
}
"""Ends of environment variables' names that say what their value names."""

DEPLOYING = (":GitHubOidc", ":Boundary")
"""Ends of the types of components whose policies name what a stack makes with other settings too:
the roles that make the stack, and the boundary of its roles. It only has to begin with the stack's
own names."""

ACCOUNTS_OF_AWS = frozenset({"985666609251"})
"""Elastic Load Balancing in ca-central-1, which writes access logs into our bucket."""

CALL_KEYS: dict[str, tuple[str, ...]] = {
    "Cluster": (_CLUSTER,),
    "FunctionName": (_FUNCTION,),
    "JobName": (_JOB,),
    "QueueUrl": (_QUEUE,),
    "Service": ("aws:ecs/service:Service",),
    "TaskDefinition": (_TASK,),
    "WorkGroup": (_WORKGROUP,),
    "clusterName": (_CLUSTER,),
    "jobName": (_JOB,),
}
"""Arguments of calls in state machines and schedules, and fields in event patterns."""
DOCUMENTS_WITH_CALLS: dict[str, str] = {
    "aws:cloudwatch/eventRule:EventRule": "eventPattern",
    "aws:scheduler/schedule:Schedule": "target.input",
    "aws:sfn/stateMachine:StateMachine": "definition",
}


@dataclass(frozen=True)
class RunTime:
    """ARNs of what services make while they run, below something that the stack makes."""

    pattern: str
    of: tuple[str, ...] = ()
    """Types of what `owner` in the pattern has to name; none: it always exists."""


_HERE = r"[a-z0-9-]*:[0-9*]*"

RUN_TIME_ARNS: tuple[RunTime, ...] = (
    # A whole account, such as the one whose IAM decides over a key.
    RunTime(r"arn:aws:iam::\d{12}:root"),
    # Buckets of AWS's own: the layers of ECR's images, which pass through the S3 endpoint.
    RunTime(r"arn:aws:s3:::prod-[a-z0-9-]+-starport-layer-bucket(/\*)?"),
    # Calls of the SDK and service integrations, which belong to no account.
    RunTime(r"arn:aws:(scheduler|states):::.+"),
    RunTime(r"arn:aws:iam::[0-9*]+:role/aws-service-role/.+"),
    # Roles of people: those of IAM Identity Center, and the one that AWS Organizations makes.
    RunTime(
        r"arn:aws:iam::\d{12}:role/(aws-reserved/sso\.amazonaws\.com/.+|OrganizationAccountAccessRole)"
    ),
    RunTime(rf"arn:aws:ecs:{_HERE}:(task|container-instance)/(?P<owner>[^/]+)(/.*)?", (_CLUSTER,)),
    # The catalog, the tables that dbt makes, and their functions.
    RunTime(rf"arn:aws:glue:{_HERE}:catalog"),
    RunTime(rf"arn:aws:glue:{_HERE}:database/default"),
    RunTime(
        rf"arn:aws:glue:{_HERE}:(table|userDefinedFunction|database)/(?P<owner>[^/]+)(/.*)?",
        (_DATABASE,),
    ),
    RunTime(rf"arn:aws:athena:{_HERE}:datacatalog/AwsDataCatalog"),
    # The master password that RDS keeps, and what ECS Exec and services log.
    RunTime(rf"arn:aws:secretsmanager:{_HERE}:secret:rds!.+"),
    RunTime(rf"arn:aws:logs:{_HERE}:log-group:(RDS|/aws-glue/|/aws/rds/|/aws/vendedlogs/).*"),
    RunTime(rf"arn:aws:logs:{_HERE}:log-group:(?P<owner>[^:*]+\*?)(:.*)?", (_GROUP,)),
    RunTime(rf"arn:aws:rds:{_HERE}:(snapshot|og|auto-backup):.+"),
    RunTime(r"arn:aws:apigateway:[a-z0-9-]*:.*"),
    RunTime(rf"arn:aws:events:{_HERE}:rule/StepFunctions.+"),
    # Where Pulumi keeps the state: made before the first stack (docs/aws/bring-up.md).
    RunTime(rf"arn:aws:s3:::{PROJECT}-[a-z]+-pulumi-state-\d+(/.*)?"),
    # The zone of the owner's domain is there before the stack.
    RunTime(r"arn:aws:route53:::hostedzone/.+"),
    # The group of the schedules is made with office hours; the role waits for it without them.
    RunTime(rf"arn:aws:scheduler:{_HERE}:schedule-group/{PROJECT}-[a-z]+"),
    RunTime(rf"arn:aws:config:{_HERE}:.*", ()),
    RunTime(rf"arn:aws:guardduty:{_HERE}:.*", ()),
    # What a service of this account acts for, as in the source condition of a trust policy.
    RunTime(r"arn:aws:[a-z0-9-]+:[a-z0-9-]*:\d{12}:\*"),
    RunTime(r"arn:aws:[a-z0-9-]+:[a-z0-9-]*:\d{12}:[a-z-]+[/:]\*"),
)
