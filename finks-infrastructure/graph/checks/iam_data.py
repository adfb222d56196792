"""What IAM knows: actions, condition keys and service principals."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_GLOBAL_KEYS = _words("""
CalledVia CalledViaFirst CalledViaLast CurrentTime Ec2InstanceSourceVpc EpochTime FederatedProvider
MultiFactorAuthAge MultiFactorAuthPresent PrincipalAccount PrincipalArn PrincipalIsAWSService
PrincipalOrgID PrincipalOrgPaths PrincipalServiceName PrincipalServiceNamesList PrincipalType
Referer RequestedRegion ResourceAccount ResourceOrgID ResourceOrgPaths SecureTransport
SourceAccount SourceArn SourceIdentity SourceIp SourceOrgID SourceOrgPaths SourceVpc SourceVpce
TagKeys TokenIssueTime UserAgent userid username ViaAWSService VpceAccount VpceOrgID VpceOrgPaths
VpcSourceIp
""")
"""IAM User Guide, "AWS global condition context keys", without the prefix aws:."""
_KEYS_WITH_A_NAME = ("aws:principaltag/", "aws:requesttag/", "aws:resourcetag/")
_IDENTITY_PROVIDERS = re.compile(r"[a-z0-9.-]+\.[a-z]+(/[\w/-]+)?:(aud|sub|amr|oaud|[a-z_]+)")
"""Keys of an OpenID Connect provider begin with its host name."""
SERVICE_PRINCIPALS = frozenset(
    f"{name}.amazonaws.com"
    for name in _words("""
    access-analyzer apigateway application-autoscaling athena backup cloudformation cloudtrail
    cloudwatch codebuild config delivery.logs ec2 ecs ecs-tasks elasticache elasticloadbalancing
    events firehose glue guardduty kms lakeformation lambda logdelivery.elasticloadbalancing
    logging.s3 logs logs.ca-central-1 monitoring.rds rds s3 scheduler secretsmanager securityhub
    sns sqs states vpc-flow-logs xray
    """)
)
"""Services that act for an account; AWS publishes no list of them to hold against."""


@lru_cache(maxsize=1)
def _services() -> list[dict[str, Any]]:
    spec = find_spec("parliament")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("parliament is not installed; run 'make setup'")
    document = (Path(spec.origin).parent / "iam_definition.json").read_text()
    return list(json.loads(document))


@lru_cache(maxsize=1)
def actions() -> dict[str, frozenset[str]]:
    """Every IAM action in lower case, by service prefix (source: parliament's copy)."""
    found: dict[str, set[str]] = defaultdict(set)
    for service in _services():
        found[service["prefix"]].update(
            privilege["privilege"].lower() for privilege in service["privileges"]
        )
    return {prefix: frozenset(names) for prefix, names in found.items()}


def is_condition_key(key: str) -> bool:
    """Whether IAM knows a condition key: a global one, a service's, or a provider's of tokens."""
    lower = key.lower()
    if lower.startswith("aws:"):
        return lower.removeprefix("aws:") in {name.lower() for name in _GLOBAL_KEYS} or any(
            lower.startswith(start) for start in _KEYS_WITH_A_NAME
        )
    if lower.partition(":")[0] in actions():
        return any(pattern.fullmatch(lower) for pattern in _service_keys(lower.partition(":")[0]))
    return _IDENTITY_PROVIDERS.fullmatch(lower) is not None


@lru_cache(maxsize=50)
def _service_keys(prefix: str) -> tuple[re.Pattern[str], ...]:
    keys = {
        condition["condition"].lower()
        for service in _services()
        for condition in service["conditions"]
        if condition["condition"].lower().startswith(f"{prefix}:")
    }
    # A part of some keys is the writer's own, such as kms:EncryptionContext:${…}.
    return tuple(
        re.compile(re.sub(r"\\\$\\\{[^}]*\\\}|\\<[^>]*>", ".+", re.escape(key)))
        for key in sorted(keys)
    )
