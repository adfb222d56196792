"""Nothing answers to the whole world unless it is meant to."""

from __future__ import annotations

from collections.abc import Iterator

from rules.documents import RESOURCE_POLICIES, TRUST_POLICIES, statements
from rules.encryption import BUCKET
from rules.rule import Stack, Subject, resource_rule, stack_rule

_BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
_PUBLIC_ACLS = {"public-read", "public-read-write", "authenticated-read", "website"}
_PUBLIC_GRANTEES = ("/AllUsers", "/AuthenticatedUsers")
_NARROWING = {
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceip",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "kms:calleraccount",
}
"""Condition keys that say who calls or from where. Others, such as aws:SecureTransport, let
everybody in who calls in the right manner."""


@stack_rule(
    "s3-public-access-blocked",
    BUCKET,
    why="One wrong policy or ACL publishes a bucket; the block wins over both.",
    remedy="add a BucketPublicAccessBlock with all four settings true",
)
def s3_public_access_blocked(bucket: Subject, stack: Stack) -> Iterator[str]:
    """All four blocks on every bucket."""
    blocks = stack.referring(
        "bucket", bucket, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
    )
    if not blocks:
        yield "public access is not blocked"
    for block in blocks:
        missing = [key for key in _BLOCKS if block.get(key) is not True]
        if missing:
            yield f"public access is blocked without {', '.join(missing)}"


@resource_rule(
    "s3-no-public-acl",
    BUCKET,
    "aws:s3/bucketAcl:BucketAcl",
    "aws:s3/bucketObjectv2:BucketObjectv2",
    "aws:s3/bucketObject:BucketObject",
    why="A public ACL publishes objects one by one, out of sight of the bucket's policy.",
    remedy="remove the ACL; give access by policy",
)
def s3_no_public_acl(subject: Subject) -> Iterator[str]:
    """No canned ACL and no grant for everybody."""
    acl = subject.get("acl")
    if acl in _PUBLIC_ACLS:
        yield f"the ACL is {acl}"
    for grant in subject.within("accessControlPolicy").get("grants") or ():
        uri = str((grant.get("grantee") or {}).get("uri") or "")
        if uri.endswith(_PUBLIC_GRANTEES):
            yield f"the ACL grants {grant.get('permission')} to {uri.rpartition('/')[2]}"


@resource_rule(
    "s3-acls-disabled",
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    why="With ACLs a writer from another account owns what it wrote, and our policies do not"
    " apply to it.",
    remedy="set objectOwnership: BucketOwnerEnforced",
)
def s3_acls_disabled(controls: Subject) -> Iterator[str]:
    """The bucket's owner owns all objects."""
    ownership = controls.within("rule").get("objectOwnership")
    if ownership != "BucketOwnerEnforced":
        yield f"object ownership is {ownership}"


@resource_rule(
    "no-public-principal",
    *RESOURCE_POLICIES,
    *TRUST_POLICIES,
    why='Principal "*" is every AWS account and everybody without one.',
    remedy="name the principals, or add a condition on aws:PrincipalOrgID, aws:SourceAccount"
    " or aws:SourceArn",
)
def no_public_principal(subject: Subject) -> Iterator[str]:
    """No document that lets everybody in."""
    for places in (RESOURCE_POLICIES, TRUST_POLICIES):
        for statement in statements(subject, places):
            everybody = any("*" in values for values in statement.principals.values())
            if statement.allows and everybody and not _NARROWING & statement.conditions.keys():
                yield f"{statement.sid} allows everybody"


@resource_rule(
    "lambda-not-public",
    "aws:lambda/functionUrl:FunctionUrl",
    "aws:lambda/permission:Permission",
    why="A function that everybody may call is paid for by us and reads with our role.",
    remedy="use authorizationType AWS_IAM; name the service as principal and its sourceArn",
)
def lambda_not_public(subject: Subject) -> Iterator[str]:
    """No open function URL, no permission without an owner."""
    if subject.type.endswith(":FunctionUrl"):
        if subject.get("authorizationType") != "AWS_IAM":
            yield "the function's URL asks nobody who they are"
        return
    source = subject.has("sourceArn") or subject.has("sourceAccount")
    principal = str(subject.get("principal"))
    if (principal == "*" or principal.endswith(".amazonaws.com")) and not source:
        yield f"{principal} may call the function on anybody's behalf"


@resource_rule(
    "rds-not-public",
    "aws:rds/instance:Instance",
    "aws:rds/clusterInstance:ClusterInstance",
    why="A database with a public address is one leaked password away from the world.",
    remedy="set publiclyAccessible: false",
)
def rds_not_public(database: Subject) -> Iterator[str]:
    """No database with a public address."""
    if database.get("publiclyAccessible") is True:
        yield "the database has a public address"


@resource_rule(
    "ecs-service-no-public-address",
    "aws:ecs/service:Service",
    why="A task needs no public address to reach out (NAT) or to be reached (load balancer).",
    remedy="set networkConfiguration.assignPublicIp: false and use private subnets"
    " (economy: true is for dev alone)",
)
def ecs_service_no_public_address(service: Subject) -> Iterator[str]:
    """Outside dev, where tasks without NAT sit in public subnets, closed by their group."""
    public = service.within("networkConfiguration").get("assignPublicIp") is True
    if public and not service.is_throwaway:
        yield f"tasks get public addresses in {service.environment}"


@stack_rule(
    "api-methods-authorised",
    "aws:apigateway/method:Method",
    why="An open method serves our data, at our cost, to whoever finds its address.",
    remedy="set authorization to AWS_IAM, CUSTOM or COGNITO_USER_POOLS, or apiKeyRequired: true",
)
def api_methods_authorised(method: Subject, stack: Stack) -> Iterator[str]:
    """Every method but two: browsers' pre-flight carries no credentials, and monitors have none.

    GET /health says whether the service answers, and nothing of the data.
    """
    paths = stack.referred(method, "resourceId", "aws:apigateway/resource:Resource")
    is_health = bool(paths) and all(path.get("pathPart") == "health" for path in paths)
    verb = method.get("httpMethod")
    if verb == "OPTIONS" or (verb == "GET" and is_health):
        return
    if method.get("authorization") in {None, "NONE"} and method.get("apiKeyRequired") is not True:
        yield f"{method.get('httpMethod')} asks nobody who they are"
