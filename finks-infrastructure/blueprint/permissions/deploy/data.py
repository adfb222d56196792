"""What a deployment changes about data: how it is kept, never what it is."""

from __future__ import annotations

from blueprint.names import PROJECT, ZONES
from blueprint.permissions.scope import Scope
from blueprint.permissions.transformation import SCRIPT_PREFIX
from blueprint.statements import Statement, allow


def data(scope: Scope) -> list[Statement]:
    """Pulumi's state; settings of buckets, key, secrets, database, cache and catalog."""
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
                        for service in ("s3", "secretsmanager", "lambda")
                    ]
                }
            },
        ),
        # Lambda encrypts a function's environment as the one who changes it.
        scope.uses_key("Encrypt", through="lambda"),
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
                "elasticache:DecreaseReplicaCount",
                "elasticache:IncreaseReplicaCount",
                "elasticache:ModifyCacheSubnetGroup",
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
