"""Examples of rules/logs.py."""

from __future__ import annotations

import json

from tests.case import Case, aws, but

GROUP = aws("cloudwatch/logGroup:LogGroup", "logs", name="/ecs/finks-prod-dbt", retentionInDays=365)
TASK = aws(
    "ecs/taskDefinition:TaskDefinition",
    "task",
    containerDefinitions=json.dumps(
        [
            {
                "name": "dbt",
                "logConfiguration": {
                    "logDriver": "awslogs",
                    "options": {"awslogs-group": "/ecs/finks-prod-dbt"},
                },
            }
        ]
    ),
)
FUNCTION = aws("lambda/function:Function", "function", name="finks-prod-api")
FUNCTION_LOGS = aws(
    "cloudwatch/logGroup:LogGroup", "function-logs", name="/aws/lambda/finks-prod-api"
)
BUCKET = aws("s3/bucket:Bucket", "bronze", bucket="finks-prod-bronze")
LOGS_BUCKET = aws("s3/bucket:Bucket", "logs", bucket="finks-prod-logs")
LOGGING = aws(
    "s3/bucketLogging:BucketLogging",
    "logging",
    "",
    bucket="finks-prod-bronze",
    targetBucket="finks-prod-logs",
)
BALANCER = aws(
    "lb/loadBalancer:LoadBalancer", "lb", accessLogs={"bucket": "finks-prod-logs", "enabled": True}
)
STAGE = aws(
    "apigateway/stage:Stage",
    "stage",
    accessLogSettings={"destinationArn": "arn:aws:logs:x", "format": "$context.requestId"},
)
DATABASE = aws(
    "rds/instance:Instance", "db", enabledCloudwatchLogsExports=["postgresql", "upgrade"]
)
CLUSTER = aws(
    "ecs/cluster:Cluster", "cluster", settings=[{"name": "containerInsights", "value": "enabled"}]
)
DISABLED = [{"name": "containerInsights", "value": "disabled"}]

CASES = (
    Case(
        "log-group-retention",
        good=[GROUP],
        bad=[but(GROUP, retentionInDays=None)],
        says="kept for ever",
    ),
    Case(
        "log-group-retention",
        good=[aws("cloudwatch/logGroup:LogGroup", "logs", "dev", retentionInDays=7)],
        bad=[but(GROUP, retentionInDays=7)],
        says="for 7 days",
    ),
    Case(
        "task-log-group-declared",
        good=[TASK, GROUP],
        bad=[TASK, but(GROUP, name="/ecs/finks-prod-other")],
        says="/ecs/finks-prod-dbt",
    ),
    Case(
        "task-log-group-declared",
        good=[TASK, GROUP],
        bad=[but(TASK, containerDefinitions="{not json"), GROUP],
        says="no JSON",
    ),
    Case(
        "lambda-log-group-declared",
        good=[FUNCTION, FUNCTION_LOGS],
        bad=[FUNCTION],
        says="/aws/lambda/finks-prod-api",
    ),
    Case(
        "lambda-log-group-declared",
        good=[but(FUNCTION, loggingConfig={"logGroup": "/ecs/finks-prod-dbt"}), GROUP],
        bad=[but(FUNCTION, loggingConfig={"logGroup": "/finks/other"}), FUNCTION_LOGS],
        says="/finks/other",
    ),
    Case(
        "s3-access-logged",
        good=[BUCKET, LOGS_BUCKET, LOGGING],
        bad=[BUCKET],
        says="not logged",
    ),
    Case(
        "s3-access-logged",
        good=[LOGS_BUCKET, BALANCER],
        bad=[BUCKET, but(LOGGING, targetBucket="finks-prod-bronze")],
        says="its own logging",
    ),
    Case("lb-access-logged", [BALANCER], [but(BALANCER, accessLogs=None)], says="not logged"),
    Case(
        "lb-access-logged",
        good=[BALANCER],
        bad=[but(BALANCER, accessLogs={"bucket": "finks-prod-logs", "enabled": False})],
        says="not logged",
    ),
    Case("api-access-logged", [STAGE], [but(STAGE, accessLogSettings=None)], says="not logged"),
    Case(
        "rds-logs-exported",
        good=[DATABASE],
        bad=[but(DATABASE, enabledCloudwatchLogsExports=["upgrade"])],
        says="stays on its disk",
    ),
    Case(
        "ecs-container-insights",
        good=[CLUSTER],
        bad=[but(CLUSTER, settings=DISABLED)],
        says="off in prod",
    ),
    Case(
        "ecs-container-insights",
        good=[aws("ecs/cluster:Cluster", "cluster", "dev", settings=DISABLED)],
        bad=[but(CLUSTER, settings=None)],
        says="off in prod",
    ),
)
