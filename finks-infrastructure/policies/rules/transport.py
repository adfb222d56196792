"""Encryption on the way: TLS 1.2 or newer, and no way around it."""

from __future__ import annotations

from collections.abc import Iterator

from rules.documents import Statement, statements
from rules.encryption import BUCKET
from rules.rule import Stack, Subject, resource_rule, stack_rule

BALANCER = "aws:lb/loadBalancer:LoadBalancer"
LISTENER = "aws:lb/listener:Listener"
_MODERN = (
    "ELBSecurityPolicy-FS-1-2",
    "ELBSecurityPolicy-TLS-1-2",
    "ELBSecurityPolicy-TLS13-1-2",
    "ELBSecurityPolicy-TLS13-1-3",
)
"""Starts of the names of policies that take TLS 1.2 or newer alone."""
_BUCKET_POLICY = {"aws:s3/bucketPolicy:BucketPolicy": "policy"}


def _denies_plain_text(statement: Statement) -> bool:
    """Whether a statement refuses plain HTTP to everybody, for the bucket and its objects."""
    objects = [resource for resource in statement.resources if resource.endswith("/*")]
    whole = "*" in statement.resources or 0 < len(objects) < len(statement.resources)
    everybody = any("*" in values for values in statement.principals.values())
    return (
        statement.denies
        and whole
        and everybody
        and bool({"*", "s3:*"} & set(statement.actions))
        and {key: values[0].lower() for key, values in statement.conditions.items()}
        == {"aws:securetransport": "false"}
    )


@stack_rule(
    "s3-tls-only",
    BUCKET,
    why="S3 also answers plain HTTP, where anybody on the way can read objects and replay them.",
    remedy="add a BucketPolicy that denies s3:* to everybody on the bucket and its objects"
    " where aws:SecureTransport is false",
)
def s3_tls_only(bucket: Subject, stack: Stack) -> Iterator[str]:
    """A policy on every bucket that refuses plain HTTP, for the bucket and its objects."""
    policies = stack.referring("bucket", bucket, *_BUCKET_POLICY)
    if not any(
        _denies_plain_text(statement)
        for policy in policies
        for statement in statements(policy, _BUCKET_POLICY)
    ):
        yield "the bucket answers plain HTTP"


@stack_rule(
    "rds-tls-forced",
    "aws:rds/instance:Instance",
    why="PostgreSQL takes connections in clear text unless its parameters forbid them.",
    remedy="use a ParameterGroup with rds.force_ssl = 1",
)
def rds_tls_forced(database: Subject, stack: Stack) -> Iterator[str]:
    """The parameter group of every PostgreSQL instance."""
    if database.get("engine") not in {None, "postgres"}:
        return
    groups = stack.referred(database, "parameterGroupName", "aws:rds/parameterGroup:ParameterGroup")
    forced = any(
        parameter.get("name") == "rds.force_ssl" and str(parameter.get("value")) == "1"
        for group in groups
        for parameter in group.each("parameters")
    )
    if not forced:
        yield "connections in clear text are taken"


@resource_rule(
    "elasticache-tls",
    "aws:elasticache/replicationGroup:ReplicationGroup",
    why="Flow parameters and events cross the network on their way to Redis.",
    remedy="set transitEncryptionEnabled: true and transitEncryptionMode: required",
)
def elasticache_tls(cache: Subject) -> Iterator[str]:
    """Redis takes TLS alone."""
    if cache.get("transitEncryptionEnabled") is not True:
        yield "the cache takes connections in clear text"
    elif cache.get("transitEncryptionMode") == "preferred":
        yield "the cache still takes connections in clear text"


@resource_rule(
    "lb-tls-policy",
    LISTENER,
    why="AWS's default policy of a listener still takes TLS 1.0.",
    remedy="set sslPolicy: ELBSecurityPolicy-TLS13-1-2-2021-06",
)
def lb_tls_policy(listener: Subject) -> Iterator[str]:
    """TLS 1.2 or newer, and a certificate, on every listener that speaks TLS."""
    if listener.get("protocol") not in {"HTTPS", "TLS"}:
        return
    policy = str(listener.get("sslPolicy") or "")
    if not policy.startswith(_MODERN):
        yield f"the TLS policy is {policy or 'not set'}"
    if not listener.has("certificateArn"):
        yield "the listener has no certificate"


@stack_rule(
    "lb-http-redirects",
    LISTENER,
    why="Whoever types the name without https:// would send a password in clear text.",
    remedy="make the HTTP listener's only action a redirect to HTTPS, or the balancer internal",
)
def lb_http_redirects(listener: Subject, stack: Stack) -> Iterator[str]:
    """Plain HTTP only redirects; an internal balancer without a domain has no certificate."""
    if listener.get("protocol") != "HTTP":
        return
    balancers = stack.referred(listener, "loadBalancerArn", BALANCER)
    siblings = (
        other
        for balancer in balancers
        for other in stack.referring("loadBalancerArn", balancer, LISTENER)
    )
    internal = bool(balancers) and all(b.get("internal") is True for b in balancers)
    if internal and not any(other.get("protocol") == "HTTPS" for other in siblings):
        return
    for action in listener.each("defaultActions"):
        redirect = action.get("redirect") or {}
        if action.get("type") != "redirect" or redirect.get("protocol") != "HTTPS":
            yield f"plain HTTP is answered with {action.get('type')}"


@resource_rule(
    "lb-drops-invalid-headers",
    BALANCER,
    why="Malformed headers are how requests are smuggled past a proxy.",
    remedy="set dropInvalidHeaderFields: true",
)
def lb_drops_invalid_headers(balancer: Subject) -> Iterator[str]:
    """Application load balancers alone have headers."""
    application = balancer.get("loadBalancerType") in {None, "application"}
    if application and balancer.get("dropInvalidHeaderFields") is not True:
        yield "malformed headers are passed on"


@resource_rule(
    "api-domain-tls",
    "aws:apigateway/domainName:DomainName",
    why="API Gateway's own default for a domain is TLS 1.0.",
    remedy="set securityPolicy: TLS_1_2",
)
def api_domain_tls(domain: Subject) -> Iterator[str]:
    """TLS 1.2 on every domain of an API."""
    policy = str(domain.get("securityPolicy") or "TLS_1_0")
    if policy == "TLS_1_0":
        yield f"the domain takes {policy}"
