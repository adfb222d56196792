"""Permissions of the deploy role: `pulumi up` from GitHub Actions, and the deployment of flows.

It keeps a stack up to date. What holds the data or the doors (VPC and subnets, buckets, key,
database, secrets, repositories, the boundary, this role itself) is made and deleted by a person
with `pulumi up`, and so are their policies and lifecycles: docs/aws/iam.md. One document a subject.
"""

from __future__ import annotations

from blueprint.names import PROJECT, ROLES, ZONES
from blueprint.permissions.boundary import UNBOUNDED
from blueprint.permissions.scope import ECS_TASKS, Scope
from blueprint.permissions.transformation import SCRIPT_PREFIX
from blueprint.statements import Condition, Statement, allow, deny

READS = (
    "access-analyzer:Get*",
    "access-analyzer:List*",
    "acm:DescribeCertificate",
    "acm:ListTagsForCertificate",
    "application-autoscaling:Describe*",
    "application-autoscaling:ListTagsForResource",
    "cloudwatch:Describe*",
    "cloudwatch:GetDashboard",
    "cloudwatch:ListTagsForResource",
    "config:Describe*",
    "config:ListTagsForResource",
    "ec2:Describe*",
    "ecr:GetAuthorizationToken",
    "ecs:Describe*",
    "ecs:List*",
    "elasticache:Describe*",
    "elasticache:ListTagsForResource",
    "elasticloadbalancing:Describe*",
    "events:Describe*",
    "events:List*",
    "glue:GetSecurityConfiguration",
    "guardduty:Get*",
    "guardduty:ListTagsForResource",
    "kms:ListAliases",
    "lakeformation:DescribeResource",
    "logs:Describe*",
    "logs:ListTagsForResource",
    "rds:Describe*",
    "rds:ListTagsForResource",
    "route53:Get*",
    "route53:List*",
    "servicediscovery:Get*",
    "servicediscovery:List*",
)
"""Descriptions of resources, which most services offer for all resources alone. No data."""
_LOG_GROUPS = ("/ecs/{}-*", "/aws/lambda/{}-*", "/aws/apigateway/{}-*", "/aws/events/{}-*")
_MORE_LOG_GROUPS = ("/aws-glue/jobs/{}/*", "/aws/rds/instance/{}-*", "/vpc/{}/*")
_SERVICES = (
    "apigateway.amazonaws.com",
    ECS_TASKS,
    "events.amazonaws.com",
    "glue.amazonaws.com",
    "lakeformation.amazonaws.com",
    "lambda.amazonaws.com",
    "monitoring.rds.amazonaws.com",
    "scheduler.amazonaws.com",
    "states.amazonaws.com",
    "vpc-flow-logs.amazonaws.com",
)


def deploy(scope: Scope, boundary_arn: str) -> dict[str, list[Statement]]:
    """The documents by name."""
    return {
        "read": _read(scope),
        "network": _network(scope),
        "data": _data(scope),
        "compute": _compute(scope),
        "events": _events(scope),
        "roles": _roles(scope, boundary_arn),
    }


def _ours(scope: Scope, kind: str) -> Condition:
    """The resource has, or the request gives, the tags of the stack."""
    return {
        "StringEquals": {
            f"aws:{kind}/Project": PROJECT,
            f"aws:{kind}/Environment": scope.names.environment,
        }
    }


def _read(scope: Scope) -> list[Statement]:
    account = f"arn:aws:iam::{scope.account_id}"
    named = {
        "ReadRoles": (
            (
                *("GetRole", "GetRolePolicy", "ListAttachedRolePolicies"),
                *("ListInstanceProfilesForRole", "ListRolePolicies", "ListRoleTags"),
            ),
            f"{account}:role/{scope.names.prefix}-*",
        ),
        "ReadPolicies": (
            (
                *("GetPolicy", "GetPolicyVersion", "ListEntitiesForPolicy"),
                *("ListPolicyTags", "ListPolicyVersions"),
            ),
            f"{_policies(scope)}-*",
        ),
        "ReadProvider": (
            ("GetOpenIDConnectProvider", "ListOpenIDConnectProviderTags"),
            f"{account}:oidc-provider/*",
        ),
    }
    return [
        allow("DescribeResources", READS, ["*"]),
        *(
            allow(sid, [f"iam:{action}" for action in actions], [resource])
            for sid, (actions, resource) in named.items()
        ),
    ]


def _network(scope: Scope) -> list[Statement]:
    prefix = scope.names.prefix
    made = (
        "elastic-ip",
        "natgateway",
        "route-table",
        "security-group",
        "security-group-rule",
        "vpc-endpoint",
        "vpc-flow-log",
    )
    making = [
        "ec2:AllocateAddress",
        "ec2:AuthorizeSecurityGroupEgress",
        "ec2:AuthorizeSecurityGroupIngress",
        "ec2:CreateFlowLogs",
        "ec2:CreateNatGateway",
        "ec2:CreateRouteTable",
        "ec2:CreateSecurityGroup",
        "ec2:CreateVpcEndpoint",
    ]
    balancers = [
        scope.arn("elasticloadbalancing", f"{kind}/{prefix}-*")
        for kind in ("loadbalancer/app", "targetgroup", "listener/app", "listener-rule/app")
    ]
    return [
        allow(
            "MakeParts",
            making,
            [scope.arn("ec2", f"{kind}/*") for kind in made],
            condition=_ours(scope, "RequestTag"),
        ),
        allow(
            "TagNewParts",
            ["ec2:CreateTags"],
            [scope.arn("ec2", f"{kind}/*") for kind in made],
            condition={
                **_ours(scope, "RequestTag"),
                "StringLike": {"ec2:CreateAction": ["Allocate*", "Authorize*", "Create*"]},
            },
        ),
        allow(
            "ChangeParts",
            [
                *making,
                "ec2:AssociateRouteTable",
                "ec2:CreateRoute",
                "ec2:CreateTags",
                "ec2:DeleteFlowLogs",
                "ec2:DeleteNatGateway",
                "ec2:DeleteRoute",
                "ec2:DeleteRouteTable",
                "ec2:DeleteSecurityGroup",
                "ec2:DeleteTags",
                "ec2:DeleteVpcEndpoints",
                "ec2:DisassociateAddress",
                "ec2:DisassociateRouteTable",
                "ec2:ModifySecurityGroupRules",
                "ec2:ModifySubnetAttribute",
                "ec2:ModifyVpcAttribute",
                "ec2:ModifyVpcEndpoint",
                "ec2:ReleaseAddress",
                "ec2:ReplaceRoute",
                "ec2:RevokeSecurityGroupEgress",
                "ec2:RevokeSecurityGroupIngress",
            ],
            [scope.arn("ec2", "*")],
            condition=_ours(scope, "ResourceTag"),
        ),
        allow(
            "ChangeBalancer",
            [
                f"elasticloadbalancing:{verb}"
                for verb in ("AddTags", "Create*", "Delete*", "Modify*", "RemoveTags", "Set*")
            ],
            balancers,
        ),
        # An ALB's alias and the certificate's proof; the zone itself is not the stack's.
        allow(
            "ChangeRecords",
            ["route53:ChangeResourceRecordSets"],
            ["arn:aws:route53:::hostedzone/*"],
            condition={
                "ForAllValues:StringEquals": {
                    "route53:ChangeResourceRecordSetsRecordTypes": ["A", "CNAME"]
                }
            },
        ),
        allow(
            "ChangeDiscovery",
            ["servicediscovery:CreateService", "servicediscovery:UpdateService"],
            [scope.arn("servicediscovery", f"{kind}/*") for kind in ("namespace", "service")],
            condition=_ours(scope, "ResourceTag"),
        ),
    ]


def _data(scope: Scope) -> list[Statement]:
    names, prefix = scope.names, scope.names.prefix
    catalog = f"{PROJECT}_{names.environment}_*"
    state = f"arn:aws:s3:::{names.state_bucket(scope.account_id)}"
    return [
        allow("OpenState", ["s3:GetBucketLocation", "s3:ListBucket"], [state]),
        allow(
            "ChangeState",
            ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
            [f"{state}/.pulumi/*"],
        ),
        # The key is older than the program and known by its alias alone.
        allow(
            "UseKeyOfState",
            ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"],
            [scope.arn("kms", "key/*")],
            condition={"ForAnyValue:StringEquals": {"kms:ResourceAliases": names.state_key_alias}},
        ),
        allow(
            "ConfigureBuckets",
            [
                "s3:GetAccelerateConfiguration",
                "s3:GetBucket*",
                "s3:GetEncryptionConfiguration",
                "s3:GetLifecycleConfiguration",
                "s3:GetReplicationConfiguration",
                "s3:ListBucket",
                "s3:ListTagsForResource",
                "s3:PutBucketCORS",
                "s3:PutBucketLogging",
                "s3:PutBucketPublicAccessBlock",
                "s3:PutBucketTagging",
                "s3:PutBucketVersioning",
                "s3:PutEncryptionConfiguration",
                "s3:TagResource",
                "s3:UntagResource",
            ],
            [scope.bucket(zone) for zone in ZONES],
        ),
        allow(
            "UploadScript",
            [
                "s3:DeleteObject",
                "s3:GetObject",
                "s3:GetObjectTagging",
                "s3:PutObject",
                "s3:PutObjectTagging",
            ],
            scope.objects("artifacts", f"{SCRIPT_PREFIX}*"),
        ),
        allow(
            "ConfigureKey",
            [
                "kms:DescribeKey",
                "kms:EnableKeyRotation",
                "kms:GetKeyPolicy",
                "kms:GetKeyRotationStatus",
                "kms:ListResourceTags",
                "kms:TagResource",
                "kms:UntagResource",
                "kms:UpdateKeyDescription",
            ],
            [scope.key_arn],
        ),
        allow(
            "LendKeyToServices",
            ["kms:CreateGrant"],
            [scope.key_arn],
            condition={"Bool": {"kms:GrantIsForAWSResource": "true"}},
        ),
        allow(
            "UseKeyThroughServices",
            ["kms:Decrypt", "kms:GenerateDataKey"],
            [scope.key_arn],
            condition={
                "StringEquals": {
                    "kms:ViaService": [
                        f"{service}.{scope.region}.amazonaws.com"
                        for service in ("s3", "secretsmanager", "lambda", "sqs")
                    ]
                }
            },
        ),
        allow(
            "ChangeSecrets",
            [
                "secretsmanager:DescribeSecret",
                "secretsmanager:GetResourcePolicy",
                "secretsmanager:GetSecretValue",
                "secretsmanager:ListSecretVersionIds",
                "secretsmanager:PutSecretValue",
                "secretsmanager:TagResource",
                "secretsmanager:UntagResource",
                "secretsmanager:UpdateSecret",
                "secretsmanager:UpdateSecretVersionStage",
            ],
            [scope.arn("secretsmanager", f"secret:{PROJECT}/{names.environment}/*")],
        ),
        allow(
            "ChangeDatabase",
            [
                "rds:AddTagsToResource",
                "rds:CreateDBParameterGroup",
                "rds:DeleteDBParameterGroup",
                "rds:ModifyDBInstance",
                "rds:ModifyDBParameterGroup",
                "rds:ModifyDBSubnetGroup",
                "rds:RebootDBInstance",
                "rds:RemoveTagsFromResource",
            ],
            [scope.arn("rds", f"{kind}:{prefix}-*") for kind in ("db", "pg", "subgrp")],
        ),
        allow(
            "ChangeCache",
            [
                "elasticache:AddTagsToResource",
                "elasticache:CreateReplicationGroup",
                "elasticache:ModifyReplicationGroup",
                "elasticache:RemoveTagsFromResource",
            ],
            [
                scope.arn("elasticache", f"{kind}:{prefix}-*")
                for kind in ("replicationgroup", "subnetgroup", "parametergroup", "cluster")
            ],
        ),
        allow(
            "ChangeCatalog",
            [
                "glue:CreateTable",
                "glue:GetDatabase",
                "glue:GetTable",
                "glue:GetTags",
                "glue:TagResource",
                "glue:UntagResource",
                "glue:UpdateDatabase",
                "glue:UpdateTable",
            ],
            [
                scope.arn("glue", "catalog"),
                scope.arn("glue", f"database/{catalog}"),
                scope.arn("glue", f"table/{catalog}/*"),
            ],
        ),
    ]


def _compute(scope: Scope) -> list[Statement]:
    names, prefix = scope.names, scope.names.prefix
    groups = [pattern.format(prefix) for pattern in (*_LOG_GROUPS, *_MORE_LOG_GROUPS)]
    return [
        allow(
            "ChangeServices",
            [
                "ecs:CreateService",
                "ecs:DeleteService",
                "ecs:PutClusterCapacityProviders",
                "ecs:TagResource",
                "ecs:UntagResource",
                "ecs:UpdateCluster",
                "ecs:UpdateService",
            ],
            [
                scope.arn("ecs", f"cluster/{names.cluster}"),
                scope.arn("ecs", f"service/{names.cluster}/*"),
                scope.arn("ecs", f"task-definition/{prefix}-*"),
            ],
        ),
        allow(
            "RegisterTaskDefinitions",
            ["ecs:RegisterTaskDefinition"],
            [scope.arn("ecs", f"task-definition/{prefix}-*")],
        ),
        # AWS offers no resource for it (Service Authorization Reference, Amazon ECS).
        allow("RetireTaskDefinitions", ["ecs:DeregisterTaskDefinition"], ["*"]),
        allow(
            "DeployFlows",
            ["ecs:RunTask"],
            scope.task_definitions(names.prefect_worker),
            condition=scope.in_our_cluster(),
        ),
        allow(
            "WatchDeploymentOfFlows",
            ["ecs:DescribeTasks", "ecs:StopTask"],
            scope.tasks(),
            condition=scope.in_our_cluster(),
        ),
        allow(
            "ReadDeploymentOfFlows",
            ["logs:GetLogEvents"],
            scope.log_streams(names.log_group(names.prefect_worker)),
        ),
        allow(
            "PushImages",
            [
                "ecr:BatchCheckLayerAvailability",
                "ecr:BatchGetImage",
                "ecr:CompleteLayerUpload",
                "ecr:DescribeImages",
                "ecr:DescribeRepositories",
                "ecr:GetDownloadUrlForLayer",
                "ecr:GetLifecyclePolicy",
                "ecr:GetRepositoryPolicy",
                "ecr:InitiateLayerUpload",
                "ecr:ListTagsForResource",
                "ecr:PutImage",
                "ecr:PutImageScanningConfiguration",
                "ecr:PutImageTagMutability",
                "ecr:PutLifecyclePolicy",
                "ecr:TagResource",
                "ecr:UploadLayerPart",
            ],
            [scope.arn("ecr", f"repository/{prefix}/*")],
        ),
        allow(
            "ChangeLogGroups",
            [
                "logs:AssociateKmsKey",
                "logs:CreateLogGroup",
                "logs:DeleteMetricFilter",
                "logs:PutMetricFilter",
                "logs:PutRetentionPolicy",
                "logs:TagResource",
                "logs:UntagResource",
            ],
            [arn for group in groups for arn in _log_group(scope, group)],
        ),
        allow(
            "ChangeFunctions",
            [
                "lambda:AddPermission",
                "lambda:CreateFunction",
                "lambda:DeleteFunction",
                "lambda:GetFunction",
                "lambda:GetFunctionCodeSigningConfig",
                "lambda:GetFunctionConcurrency",
                "lambda:GetFunctionConfiguration",
                "lambda:GetPolicy",
                "lambda:ListTags",
                "lambda:ListVersionsByFunction",
                "lambda:PutFunctionConcurrency",
                "lambda:RemovePermission",
                "lambda:TagResource",
                "lambda:UntagResource",
                "lambda:UpdateFunctionCode",
                "lambda:UpdateFunctionConfiguration",
            ],
            [scope.arn("lambda", f"function:{prefix}-*")],
        ),
        # API Gateway makes up the ids, and its paths carry no name.
        allow(
            "ChangeApis",
            [f"apigateway:{verb}" for verb in ("DELETE", "GET", "PATCH", "POST", "PUT")],
            [
                f"arn:aws:apigateway:{scope.region}::/{path}"
                for path in ("restapis", "restapis/*", "tags/*", "account")
            ],
        ),
        allow(
            "ChangeScaling",
            [
                "application-autoscaling:DeleteScalingPolicy",
                "application-autoscaling:DeregisterScalableTarget",
                "application-autoscaling:PutScalingPolicy",
                "application-autoscaling:RegisterScalableTarget",
                "application-autoscaling:TagResource",
            ],
            [scope.arn("application-autoscaling", "scalable-target/*")],
        ),
        allow(
            "ChangeJobs",
            [
                *(f"glue:{verb}Job" for verb in ("Create", "Delete", "Get", "Update")),
                "glue:GetCrawler",
                "glue:UpdateCrawler",
            ],
            [scope.arn("glue", f"{kind}/{prefix}-*") for kind in ("job", "crawler")],
        ),
        allow(
            "ChangeWorkgroups",
            [
                "athena:CreateWorkGroup",
                "athena:GetWorkGroup",
                "athena:ListTagsForResource",
                "athena:TagResource",
                "athena:UntagResource",
                "athena:UpdateWorkGroup",
            ],
            [
                scope.arn("athena", f"workgroup/{group}")
                for group in (names.workgroup, names.dbt_workgroup)
            ],
        ),
    ]


def _events(scope: Scope) -> list[Statement]:
    prefix = scope.names.prefix
    changes = {
        "Alarms": (
            ("cloudwatch", "alarm:{}-*"),
            ("DeleteAlarms", "PutCompositeAlarm", "PutMetricAlarm", "TagResource", "UntagResource"),
        ),
        "Rules": (
            ("events", "rule/{}-*"),
            (
                *("DeleteRule", "PutRule", "PutTargets", "RemoveTargets"),
                *("TagResource", "UntagResource"),
            ),
        ),
        "Schedules": (
            ("scheduler", "schedule/{}/*"),
            ("CreateSchedule", "DeleteSchedule", "GetSchedule", "UpdateSchedule"),
        ),
        "ScheduleGroups": (
            ("scheduler", "schedule-group/{}"),
            (
                *("CreateScheduleGroup", "DeleteScheduleGroup", "GetScheduleGroup"),
                *("ListTagsForResource", "TagResource", "UntagResource"),
            ),
        ),
        "StateMachines": (
            ("states", "stateMachine:{}-*"),
            (
                *("CreateStateMachine", "DeleteStateMachine", "DescribeStateMachine"),
                *("ListStateMachineVersions", "ListTagsForResource", "TagResource"),
                *("UntagResource", "UpdateStateMachine"),
            ),
        ),
        "Topics": (
            ("sns", "{}-*"),
            (
                *("CreateTopic", "DeleteTopic", "GetSubscriptionAttributes", "GetTopicAttributes"),
                *("ListTagsForResource", "SetTopicAttributes", "Subscribe", "TagResource"),
                *("Unsubscribe", "UntagResource"),
            ),
        ),
        "Queues": (
            ("sqs", "{}-*"),
            (
                *("CreateQueue", "DeleteQueue", "GetQueueAttributes", "GetQueueUrl"),
                *("ListQueueTags", "SetQueueAttributes", "TagQueue", "UntagQueue"),
            ),
        ),
    }
    statements = [
        allow(
            f"Change{subject}",
            [f"{service}:{action}" for action in actions],
            [scope.arn(service, path.format(prefix))],
        )
        for subject, ((service, path), actions) in changes.items()
    ]
    return [
        *statements,
        allow(
            "ChangeDashboard",
            ["cloudwatch:PutDashboard"],
            [f"arn:aws:cloudwatch::{scope.account_id}:dashboard/{scope.names.dashboard}"],
        ),
    ]


def _roles(scope: Scope, boundary_arn: str) -> list[Statement]:
    """Roles of the stack, and only within the boundary: see blueprint/permissions/boundary.py."""
    bounded = [name for name in ROLES if name not in UNBOUNDED]
    roles = [
        *(scope.role(name) for name in bounded),
        f"arn:aws:iam::{scope.account_id}:role/{scope.names.database_monitoring_role}",
    ]
    own = [scope.role("deploy"), boundary_arn, f"{_policies(scope)}-deploy-*"]
    return [
        allow(
            "ChangeRolesWithinTheBoundary",
            [
                "iam:CreateRole",
                "iam:DeleteRolePolicy",
                "iam:PutRolePermissionsBoundary",
                "iam:PutRolePolicy",
            ],
            roles,
            condition={"StringEquals": {"iam:PermissionsBoundary": boundary_arn}},
        ),
        allow(
            "DescribeRoles",
            [
                "iam:DeleteRole",
                "iam:TagRole",
                "iam:UntagRole",
                "iam:UpdateAssumeRolePolicy",
                "iam:UpdateRole",
                "iam:UpdateRoleDescription",
            ],
            roles,
        ),
        allow(
            "PassRoles",
            ["iam:PassRole"],
            roles,
            condition={"StringEquals": {"iam:PassedToService": list(_SERVICES)}},
        ),
        deny("KeepTheBoundary", ["iam:DeleteRolePermissionsBoundary"], ["*"]),
        deny(
            "NeverItself",
            [
                "iam:AttachRolePolicy",
                "iam:Create*",
                "iam:Delete*",
                "iam:DetachRolePolicy",
                "iam:PassRole",
                "iam:Put*",
                "iam:SetDefaultPolicyVersion",
                "iam:UpdateAssumeRolePolicy",
            ],
            own,
        ),
    ]


def _policies(scope: Scope) -> str:
    return f"arn:aws:iam::{scope.account_id}:policy/{scope.names.prefix}"


def _log_group(scope: Scope, group: str) -> list[str]:
    # CloudWatch Logs compares tagging with the plain ARN, everything else with the one in :*.
    arn = scope.arn("logs", f"log-group:{group}")
    return [arn, f"{arn}:*"]
