"""What happened can be read afterwards, for as long as it matters and no longer."""

from __future__ import annotations

from collections.abc import Iterator

from rules.documents import containers
from rules.encryption import BUCKET, receives_logs
from rules.rule import Stack, Subject, has, refers, resource_rule, stack_rule

LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
FUNCTION = "aws:lambda/function:Function"
STAGE = "aws:apigateway/stage:Stage"
_PRODUCTION_DAYS = 365


@resource_rule(
    "log-group-retention",
    LOG_GROUP,
    why="CloudWatch keeps logs for ever by default, at 0.03 USD a GB and month; an audit asks for"
    " the last year of production.",
    remedy=f"set retentionInDays, in prod to {_PRODUCTION_DAYS} or more",
)
def log_group_retention(group: Subject) -> Iterator[str]:
    """Every group ends somewhere, in production not before a year."""
    days = group.get("retentionInDays")
    if not days:
        yield "logs are kept for ever"
    elif group.is_production and int(days) < _PRODUCTION_DAYS:
        yield f"logs of {group.environment} are kept for {int(days)} days"


@stack_rule(
    "task-log-group-declared",
    "aws:ecs/taskDefinition:TaskDefinition",
    why="A log group that ECS makes by itself has neither retention nor tags, and a missing one"
    " keeps the task from starting.",
    remedy="add a LogGroup with the name in awslogs-group",
)
def task_log_group_declared(task: Subject, stack: Stack) -> Iterator[str]:
    """The group that a container logs to is in the stack."""
    names = {str(group.get("name")) for group in stack.of_type(LOG_GROUP)}
    for container in containers(task):
        options = (container.get("logConfiguration") or {}).get("options") or {}
        group = options.get("awslogs-group")
        if group and group not in names:
            yield f"{container.get('name')} logs to {group}, which the stack does not make"


@stack_rule(
    "lambda-log-group-declared",
    FUNCTION,
    why="The log group that Lambda makes by itself is kept for ever and survives the stack.",
    remedy="add a LogGroup /aws/lambda/NAME, or name one in loggingConfig.logGroup",
)
def lambda_log_group_declared(function: Subject, stack: Stack) -> Iterator[str]:
    """The group that a function logs to is in the stack."""
    if stack.referred(function, "loggingConfig", LOG_GROUP):
        return
    named = function.within("loggingConfig").get("logGroup")
    wanted = str(named or f"/aws/lambda/{function.get('name')}")
    if wanted not in {str(group.get("name")) for group in stack.of_type(LOG_GROUP)}:
        yield f"it logs to {wanted}, which the stack does not make"


@stack_rule(
    "s3-access-logged",
    BUCKET,
    why="Who read which object is known from access logs alone.",
    remedy="add a BucketLogging to the logs bucket",
)
def s3_access_logged(bucket: Subject, stack: Stack) -> Iterator[str]:
    """Every bucket but the one that receives the logs, which would log itself for ever."""
    logged = stack.referring("bucket", bucket, "aws:s3/bucketLogging:BucketLogging")
    if not logged and not receives_logs(bucket, stack):
        yield "access is not logged"
    for logging in logged:
        if refers(logging, "targetBucket", bucket):
            yield "the bucket logs its own logging"


@resource_rule(
    "lb-access-logged",
    "aws:lb/loadBalancer:LoadBalancer",
    why="Requests that never reached the server leave a trace at the balancer alone.",
    remedy="set accessLogs with enabled: true and the logs bucket",
)
def lb_access_logged(balancer: Subject) -> Iterator[str]:
    """Access logs of every balancer."""
    logs = balancer.within("accessLogs")
    if logs.get("enabled") is not True or not has(logs, "bucket"):
        yield "requests are not logged"


@resource_rule(
    "api-access-logged",
    STAGE,
    "aws:apigatewayv2/stage:Stage",
    why="Who asked for which data, and who was refused, is in the access log alone.",
    remedy="set accessLogSettings with destinationArn and format",
)
def api_access_logged(stage: Subject) -> Iterator[str]:
    """Access logs of every stage of an API."""
    settings = stage.within("accessLogSettings")
    if not has(settings, "destinationArn") or not settings.get("format"):
        yield "requests are not logged"


@resource_rule(
    "rds-logs-exported",
    "aws:rds/instance:Instance",
    why="The database's own disk keeps its log for three days, and loses it with the instance.",
    remedy="set enabledCloudwatchLogsExports: [postgresql, upgrade]",
)
def rds_logs_exported(database: Subject) -> Iterator[str]:
    """PostgreSQL's log goes to CloudWatch."""
    if "postgresql" not in [str(log) for log in database.each("enabledCloudwatchLogsExports")]:
        yield "the database's log stays on its disk"


@resource_rule(
    "ecs-container-insights",
    "aws:ecs/cluster:Cluster",
    why="CPU and memory of single tasks are in Container Insights alone: without it nobody sees"
    " why a task was killed.",
    remedy="set the cluster's setting containerInsights to enabled or enhanced",
)
def ecs_container_insights(cluster: Subject) -> Iterator[str]:
    """In production; dev may save the money."""
    settings = {s.get("name"): s.get("value") for s in cluster.each("settings")}
    observed = settings.get("containerInsights") in {"enabled", "enhanced"}
    if cluster.is_production and not observed:
        yield f"Container Insights is off in {cluster.environment}"
