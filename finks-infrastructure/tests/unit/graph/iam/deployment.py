"""What GitHub's deployments may change, and what is left to people."""

from __future__ import annotations

from tests.unit.graph.iam.requests import CLUSTER, TO_LAMBDA, TO_TASKS, Row, Rows, rows, via

BOUNDARY = "arn:aws:iam::123456789012:policy/finks-dev-boundary"
BOUNDED = {"iam:PermissionsBoundary": BOUNDARY}
READ_SECRET, PASS = "secretsmanager:GetSecretValue", "iam:PassRole"
SERVER = "{ecs}:service/finks-dev/finks-dev-prefect-server"
STATE = "arn:aws:s3:::finks-dev-pulumi-state-123456789012"
GROUP = "{ec2}:security-group/sg-1"
OURS = {"aws:ResourceTag/Project": "finks", "aws:ResourceTag/Environment": "dev"}
PRODS = {"aws:ResourceTag/Project": "finks", "aws:ResourceTag/Environment": "prod"}
TAGGED = {"aws:RequestTag/Project": "finks", "aws:RequestTag/Environment": "dev"}
ALIAS_RECORD = {"route53:ChangeResourceRecordSetsRecordTypes": "A"}
MAIL_RECORD = {"route53:ChangeResourceRecordSetsRecordTypes": "MX"}

_ALLOWED: Rows = {
    "deploy": [
        ("ec2:DescribeVpcs", "*"),
        ("iam:GetRolePolicy", "{role}-dbt"),
        ("iam:GetPolicyVersion", BOUNDARY),
        ("iam:GetOpenIDConnectProvider", "{iam}:oidc-provider/token.actions"),
        ("ec2:CreateSecurityGroup", GROUP, TAGGED),
        ("ec2:CreateTags", GROUP, {**TAGGED, "ec2:CreateAction": "CreateSecurityGroup"}),
        (("ec2:AuthorizeSecurityGroupIngress", "ec2:DeleteSecurityGroup"), GROUP, OURS),
        (
            "elasticloadbalancing:ModifyListener",
            "{elasticloadbalancing}:listener/app/finks-dev-prefect/1/2",
        ),
        ("route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/Z1", ALIAS_RECORD),
        ("servicediscovery:UpdateService", "{servicediscovery}:service/srv-1", OURS),
        ("s3:ListBucket", STATE),
        (("s3:GetObject", "s3:PutObject"), f"{STATE}/.pulumi/stacks/finks/dev.json"),
        ("s3:PutBucketVersioning", "{bronze}"),
        ("s3:PutObject", "{artifacts}/glue/bronze_to_silver-0123456789ab.py"),
        ("kms:EnableKeyRotation", "{key}"),
        ("kms:CreateGrant", "{key}", {"kms:GrantIsForAWSResource": "true"}),
        ("kms:GenerateDataKey", "{key}", via("secretsmanager")),
        (("kms:Encrypt", "kms:Decrypt"), "{key}", via("lambda")),
        (("secretsmanager:PutSecretValue", READ_SECRET), "{fmp}"),
        ("rds:ModifyDBInstance", "{rds}:db:finks-dev-prefect"),
        (
            "elasticache:ModifyReplicationGroup",
            "{elasticache}:replicationgroup:finks-dev-prefect",
        ),
        ("glue:UpdateTable", "{glue}:table/finks_dev_silver/fmp_quotes"),
        ("ecs:UpdateService", SERVER),
        ("ecs:RegisterTaskDefinition", "{ecs}:task-definition/finks-dev-dbt:4"),
        ("ecs:DeregisterTaskDefinition", "*"),
        ("ecs:RunTask", "{ecs}:task-definition/finks-dev-prefect-worker:3", CLUSTER),
        ("ecs:StopTask", "{ecs}:task/finks-dev/1", CLUSTER),
        (
            "logs:GetLogEvents",
            "{logs}:log-group:/ecs/finks-dev-prefect-worker:log-stream:ecs/prefect-worker/1",
        ),
        ("ecr:PutImage", "{ecr}:repository/finks-dev/finks-dbt"),
        ("logs:PutRetentionPolicy", "{logs}:log-group:/ecs/finks-dev-dbt:*"),
        ("lambda:UpdateFunctionCode", "{lambda}:function:finks-dev-api"),
        ("apigateway:PATCH", "arn:aws:apigateway:ca-central-1::/restapis/a1/stages/v1"),
        (
            "application-autoscaling:PutScalingPolicy",
            "{application-autoscaling}:scalable-target/1",
        ),
        ("glue:UpdateJob", "{glue}:job/finks-dev-bronze-to-silver"),
        ("athena:UpdateWorkGroup", "{athena}:workgroup/finks-dev-dbt"),
        ("cloudwatch:PutMetricAlarm", "{cloudwatch}:alarm:finks-dev-glue-failures"),
        (
            "cloudwatch:PutDashboard",
            "arn:aws:cloudwatch::123456789012:dashboard/finks-dev",
        ),
        ("events:PutRule", "{events}:rule/finks-dev-ecs-events"),
        ("scheduler:UpdateSchedule", "{scheduler}:schedule/finks-dev/stop-server"),
        ("scheduler:CreateScheduleGroup", "{scheduler}:schedule-group/finks-dev"),
        ("states:UpdateStateMachine", "{states}:stateMachine:finks-dev-redeploy-prefect"),
        ("sns:SetTopicAttributes", "{sns}:finks-dev-alarms-critical"),
        ("sqs:SetQueueAttributes", "{sqs}:finks-dev-ecs-events"),
        ("iam:CreateRole", "{role}-glue", BOUNDED),
        ("iam:PutRolePolicy", "{role}-dbt", BOUNDED),
        ("iam:UpdateAssumeRolePolicy", "{role}-dbt"),
        (PASS, "{role}-dbt", TO_TASKS),
        (PASS, "{role}-api", TO_LAMBDA),
    ],
}

_DENIED: Rows = {
    "deploy": [
        ("iam:CreateRole", "{role}-glue"),
        ("iam:CreateRole", "{role}-evil", BOUNDED),
        ("iam:CreateRole", "{role}-dbt", {"iam:PermissionsBoundary": f"{BOUNDARY}-2"}),
        ("iam:PutRolePolicy", "{role}-deploy", BOUNDED),
        ("iam:PutRolePolicy", "{role}-config-recorder", BOUNDED),
        ("iam:PutRolePolicy", "{role}-dbt"),
        ("iam:AttachRolePolicy", "{role}-dbt", BOUNDED),
        ("iam:UpdateAssumeRolePolicy", "{role}-deploy"),
        ("iam:DeleteRolePermissionsBoundary", "{role}-dbt", BOUNDED),
        (("iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"), BOUNDARY),
        ("iam:CreatePolicyVersion", "arn:aws:iam::123456789012:policy/finks-dev-deploy-roles"),
        (PASS, "{role}-deploy", TO_TASKS),
        (PASS, "{role}-dbt", {"iam:PassedToService": "ec2.amazonaws.com"}),
        (("iam:CreateUser", "iam:CreateAccessKey"), "{iam}:user/eve"),
        ("ec2:CreateSecurityGroup", GROUP),
        ("ec2:AuthorizeSecurityGroupIngress", GROUP, PRODS),
        ("ec2:DeleteSecurityGroup", GROUP),
        ("ec2:DeleteVpc", "{ec2}:vpc/vpc-1", OURS),
        ("ec2:DeleteSubnet", "{ec2}:subnet/subnet-1", OURS),
        ("ec2:CreateTags", GROUP, TAGGED),
        ("route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/Z1", MAIL_RECORD),
        ("rds:DeleteDBInstance", "{rds}:db:finks-dev-prefect"),
        ("ecr:DeleteRepository", "{ecr}:repository/finks-dev/finks-dbt"),
        ("ecr:PutImage", "{ecr}:repository/finks-prod/finks-dbt"),
        ("ecs:UpdateService", "{ecs}:service/finks-prod/finks-prod-prefect-server"),
        ("ecs:RunTask", "{ecs}:task-definition/finks-dev-fmp-ingestion:3", CLUSTER),
        ("lambda:UpdateFunctionCode", "{lambda}:function:finks-prod-api"),
        ("logs:DeleteLogGroup", "{logs}:log-group:/vpc/finks-dev/flow-logs:*"),
        (READ_SECRET, "{secretsmanager}:secret:finks/prod/fmp-api-key-abcdef"),
        (READ_SECRET, "{master}"),
        (("secretsmanager:DeleteSecret", "secretsmanager:PutResourcePolicy"), "{fmp}"),
        ("kms:CreateGrant", "{key}"),
        (("kms:Decrypt", "kms:Encrypt"), "{key}"),
        ("kms:Encrypt", "{key}", via("s3")),
        (("kms:Decrypt", "kms:GenerateDataKey"), "{key}", via("sqs")),
        (("kms:ScheduleKeyDeletion", "kms:PutKeyPolicy", "kms:DisableKey"), "{key}"),
        (("s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "s3:DeleteBucket"), "{bronze}"),
        (("s3:PutLifecycleConfiguration", "s3:PutBucketAcl"), "{bronze}"),
        ("s3:GetObject", "arn:aws:s3:::finks-prod-pulumi-state-123456789012/.pulumi/x.json"),
        ("cloudtrail:StopLogging", "{cloudtrail}:trail/finks-dev"),
    ],
}

DEPLOYMENT: list[Row] = [*rows(_ALLOWED, allowed=True), *rows(_DENIED, allowed=False)]
