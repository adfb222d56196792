"""Examples of rules/public_access.py."""

from __future__ import annotations

from tests.case import ACCOUNT, Case, aws, but, document

BUCKET = aws("s3/bucket:Bucket", "bronze", bucket="finks-prod-bronze")
BLOCK = aws(
    "s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "block",
    "",
    bucket="finks-prod-bronze",
    blockPublicAcls=True,
    blockPublicPolicy=True,
    ignorePublicAcls=True,
    restrictPublicBuckets=True,
)
ACL = aws("s3/bucketAcl:BucketAcl", "acl", "", bucket="finks-prod-bronze", acl="private")
CONTROLS = aws(
    "s3/bucketOwnershipControls:BucketOwnershipControls",
    "ownership",
    "",
    bucket="finks-prod-bronze",
    rule={"objectOwnership": "BucketOwnerEnforced"},
)
PUBLISH = {"Sid": "Publish", "Action": "sns:Publish", "Resource": "*", "Principal": "*"}
OURS = {"StringEquals": {"AWS:SourceAccount": ACCOUNT}}
TOPIC = aws(
    "sns/topicPolicy:TopicPolicy", "policy", "", policy=document({**PUBLISH, "Condition": OURS})
)
ROLE = aws(
    "iam/role:Role",
    "role",
    assumeRolePolicy=document(
        {"Action": "sts:AssumeRole", "Principal": {"Service": "glue.amazonaws.com"}}
    ),
)
URL = aws("lambda/functionUrl:FunctionUrl", "url", "", authorizationType="AWS_IAM")
PERMISSION = aws(
    "lambda/permission:Permission",
    "permission",
    "",
    principal="apigateway.amazonaws.com",
    sourceArn=f"arn:aws:execute-api:ca-central-1:{ACCOUNT}:abc/*",
)
DATABASE = aws("rds/instance:Instance", "db", publiclyAccessible=False)
SERVICE = aws("ecs/service:Service", "server", networkConfiguration={"assignPublicIp": False})
METHOD = aws(
    "apigateway/method:Method",
    "get",
    "",
    httpMethod="GET",
    authorization="NONE",
    apiKeyRequired=True,
)
HEALTH = but(METHOD, apiKeyRequired=False, resourceId="path")

CASES = (
    Case("s3-public-access-blocked", [BUCKET, BLOCK], [BUCKET], says="not blocked"),
    Case(
        "s3-public-access-blocked",
        good=[BUCKET, BLOCK],
        bad=[BUCKET, but(BLOCK, restrictPublicBuckets=False)],
        says="without restrictPublicBuckets",
    ),
    Case(
        "s3-public-access-blocked",
        good=[BUCKET, BLOCK],
        bad=[BUCKET, but(BLOCK, bucket="finks-prod-silver")],
        says="not blocked",
    ),
    Case("s3-no-public-acl", [ACL], [but(ACL, acl="public-read")], says="public-read"),
    Case(
        "s3-no-public-acl",
        good=[ACL],
        bad=[
            but(
                ACL,
                acl=None,
                accessControlPolicy={
                    "grants": [
                        {
                            "grantee": {
                                "uri": "http://acs.amazonaws.com/groups/global/AllUsers",
                                "type": "Group",
                            },
                            "permission": "READ",
                        }
                    ]
                },
            )
        ],
        says="grants READ to AllUsers",
    ),
    Case(
        "s3-acls-disabled",
        good=[CONTROLS],
        bad=[but(CONTROLS, rule={"objectOwnership": "ObjectWriter"})],
        says="ObjectWriter",
    ),
    Case(
        "no-public-principal",
        good=[TOPIC],
        bad=[but(TOPIC, policy=document(PUBLISH))],
        says="Publish allows everybody",
    ),
    Case(
        "no-public-principal",
        good=[but(TOPIC, policy=document({**PUBLISH, "Effect": "Deny"}))],
        bad=[
            but(
                TOPIC,
                policy=document(
                    {**PUBLISH, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}
                ),
            )
        ],
        says="allows everybody",  # TLS says nothing of who calls
    ),
    Case(
        "no-public-principal",
        good=[ROLE],
        bad=[
            but(
                ROLE,
                assumeRolePolicy=document({"Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}),
            )
        ],
        says="allows everybody",
    ),
    Case(
        "no-public-principal",
        good=[TOPIC],
        bad=[but(TOPIC, policy="[secret]")],
        says="no JSON",  # what cannot be read is not waved through
    ),
    Case("lambda-not-public", [URL], [but(URL, authorizationType="NONE")], says="asks nobody"),
    Case(
        "lambda-not-public",
        good=[PERMISSION],
        bad=[but(PERMISSION, sourceArn=None)],
        says="anybody's behalf",
    ),
    Case("rds-not-public", [DATABASE], [but(DATABASE, publiclyAccessible=True)], says="public"),
    Case(
        "ecs-service-no-public-address",
        good=[SERVICE],
        bad=[but(SERVICE, networkConfiguration={"assignPublicIp": True})],
        says="public addresses in prod",
    ),
    Case(
        "ecs-service-no-public-address",
        good=[
            aws(
                "ecs/service:Service",
                "server",
                "dev",
                networkConfiguration={"assignPublicIp": True},
            )
        ],
        bad=[
            aws(
                "ecs/service:Service",
                "server",
                "staging",
                networkConfiguration={"assignPublicIp": True},
            )
        ],
        says="public addresses in staging",
    ),
    Case(
        "api-methods-authorised",
        good=[METHOD],
        bad=[but(METHOD, apiKeyRequired=False)],
        says="GET asks nobody",
    ),
    Case(
        "api-methods-authorised",
        good=[HEALTH, aws("apigateway/resource:Resource", "path", "", pathPart="health")],
        bad=[HEALTH, aws("apigateway/resource:Resource", "path", "", pathPart="prices")],
        says="GET asks nobody",
    ),
    Case(
        "api-methods-authorised",
        good=[but(METHOD, apiKeyRequired=None, httpMethod="OPTIONS")],
        bad=[but(METHOD, apiKeyRequired=None, authorization=None)],
        says="GET asks nobody",
    ),
)
