"""Examples of rules/transport.py."""

from __future__ import annotations

from typing import Any

from exported import Resource
from tests.case import Case, aws, but, document

BUCKET = aws("s3/bucket:Bucket", "bronze", bucket="finks-prod-bronze")
ARN = "arn:aws:s3:::finks-prod-bronze"
TLS_ONLY = {
    "Sid": "TlsOnly",
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": [ARN, f"{ARN}/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


def bucket_policy(**changes: Any) -> Resource:
    return aws(
        "s3/bucketPolicy:BucketPolicy",
        "policy",
        "",
        bucket="finks-prod-bronze",
        policy=document({**TLS_ONLY, **changes}),
    )


DATABASE = aws("rds/instance:Instance", "db", engine="postgres", parameterGroupName="pg")
PARAMETERS = aws(
    "rds/parameterGroup:ParameterGroup",
    "pg",
    name="pg",
    parameters=[{"name": "rds.force_ssl", "value": "1"}],
)
CACHE = aws("elasticache/replicationGroup:ReplicationGroup", "redis", transitEncryptionEnabled=True)
LB = aws("lb/loadBalancer:LoadBalancer", "lb", internal=False, dropInvalidHeaderFields=True)
INTERNAL = but(LB, internal=True)
REDIRECT = {"type": "redirect", "redirect": {"protocol": "HTTPS", "statusCode": "HTTP_301"}}
HTTPS = aws(
    "lb/listener:Listener",
    "https",
    loadBalancerArn=LB.outputs["arn"],
    port=443,
    protocol="HTTPS",
    sslPolicy="ELBSecurityPolicy-TLS13-1-2-2021-06",
    certificateArn="arn:aws:acm:ca-central-1:123456789012:certificate/1",
)
HTTP = aws(
    "lb/listener:Listener",
    "http",
    loadBalancerArn=LB.outputs["arn"],
    port=80,
    protocol="HTTP",
    defaultActions=[REDIRECT],
)
FORWARD = but(HTTP, defaultActions=[{"type": "forward", "targetGroupArn": "arn:tg"}])
DOMAIN = aws("apigateway/domainName:DomainName", "domain", securityPolicy="TLS_1_2")

CASES = (
    Case("s3-tls-only", [BUCKET, bucket_policy()], [BUCKET], says="plain HTTP"),
    Case(
        "s3-tls-only",
        good=[BUCKET, bucket_policy(Resource="*")],
        bad=[BUCKET, bucket_policy(Resource=[f"{ARN}/*"])],  # the bucket itself still lists
        says="plain HTTP",
    ),
    Case(
        "s3-tls-only",
        good=[BUCKET, bucket_policy(Principal={"AWS": "*"})],
        bad=[BUCKET, bucket_policy(Principal={"AWS": "arn:aws:iam::123456789012:role/x"})],
        says="plain HTTP",
    ),
    Case(
        "s3-tls-only",
        good=[BUCKET, bucket_policy()],
        bad=[BUCKET, bucket_policy(Action="s3:PutObject")],
        says="plain HTTP",
    ),
    Case(
        "s3-tls-only",
        good=[BUCKET, bucket_policy()],
        bad=[BUCKET, bucket_policy(Effect="Allow")],
        says="plain HTTP",
    ),
    Case("rds-tls-forced", [DATABASE, PARAMETERS], [DATABASE], says="clear text"),
    Case(
        "rds-tls-forced",
        good=[DATABASE, PARAMETERS],
        bad=[
            DATABASE,
            but(PARAMETERS, parameters=[{"name": "rds.force_ssl", "value": "0"}]),
        ],
        says="clear text",
    ),
    Case(
        "elasticache-tls",
        good=[CACHE],
        bad=[but(CACHE, transitEncryptionEnabled=None)],
        says="clear text",
    ),
    Case(
        "elasticache-tls",
        good=[but(CACHE, transitEncryptionMode="required")],
        bad=[but(CACHE, transitEncryptionMode="preferred")],
        says="still takes",
    ),
    Case(
        "lb-tls-policy",
        good=[HTTPS, HTTP],
        bad=[but(HTTPS, sslPolicy="ELBSecurityPolicy-2016-08")],
        says="ELBSecurityPolicy-2016-08",
    ),
    Case("lb-tls-policy", [HTTPS], [but(HTTPS, sslPolicy=None)], says="not set"),
    Case("lb-tls-policy", [HTTPS], [but(HTTPS, certificateArn=None)], says="no certificate"),
    Case("lb-http-redirects", [HTTP, LB, HTTPS], [FORWARD, LB, HTTPS], says="with forward"),
    Case(
        "lb-http-redirects",
        good=[FORWARD, INTERNAL],  # no domain, no certificate: the VPC is its border
        bad=[FORWARD, INTERNAL, HTTPS],
        says="with forward",
    ),
    Case(
        "lb-http-redirects",
        good=[HTTP, LB],
        bad=[
            but(HTTP, defaultActions=[{"type": "redirect", "redirect": {"protocol": "HTTP"}}]),
            LB,
        ],
        says="with redirect",
    ),
    Case(
        "lb-drops-invalid-headers",
        good=[LB],
        bad=[but(LB, dropInvalidHeaderFields=None)],
        says="passed on",
    ),
    Case("api-domain-tls", [DOMAIN], [but(DOMAIN, securityPolicy=None)], says="TLS_1_0"),
)
