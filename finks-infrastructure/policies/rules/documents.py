"""IAM policy documents and container definitions, read from the JSON in a resource's properties."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rules.rule import Subject, UnreadableError, listed

IDENTITY_POLICIES = {
    "aws:iam/groupPolicy:GroupPolicy": "policy",
    "aws:iam/policy:Policy": "policy",
    "aws:iam/rolePolicy:RolePolicy": "policy",
    "aws:iam/userPolicy:UserPolicy": "policy",
    "aws:iam/role:Role": "inlinePolicies",
}
"""Where a type keeps what an identity may do."""
RESOURCE_POLICIES = {
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": "policyDocument",
    "aws:ecr/repositoryPolicy:RepositoryPolicy": "policy",
    "aws:glue/resourcePolicy:ResourcePolicy": "policy",
    "aws:kms/key:Key": "policy",
    "aws:kms/keyPolicy:KeyPolicy": "policy",
    "aws:s3/bucketPolicy:BucketPolicy": "policy",
    "aws:secretsmanager/secret:Secret": "policy",
    "aws:secretsmanager/secretPolicy:SecretPolicy": "policy",
    "aws:sns/topic:Topic": "policy",
    "aws:sns/topicPolicy:TopicPolicy": "policy",
    "aws:sqs/queue:Queue": "policy",
    "aws:sqs/queuePolicy:QueuePolicy": "policy",
}
"""Where a type says who may use a resource."""
TRUST_POLICIES = {"aws:iam/role:Role": "assumeRolePolicy"}
"""Who may take a role."""


@dataclass(frozen=True)
class Statement:
    """One statement; single values are lists of one."""

    raw: Mapping[str, Any]

    @property
    def sid(self) -> str:
        """How a message names the statement."""
        return f"statement {self.raw.get('Sid', 'without Sid')}"

    @property
    def allows(self) -> bool:
        """Whether its effect is Allow."""
        return self.raw.get("Effect") == "Allow"

    @property
    def denies(self) -> bool:
        """Whether its effect is Deny."""
        return self.raw.get("Effect") == "Deny"

    @property
    def actions(self) -> list[str]:
        """Actions, in lower case: IAM does not mind the case."""
        return [str(action).lower() for action in listed(self.raw.get("Action"))]

    @property
    def resources(self) -> list[str]:
        """ARNs, or patterns of them."""
        return [str(resource) for resource in listed(self.raw.get("Resource"))]

    @property
    def principals(self) -> dict[str, list[str]]:
        """Principals by kind: AWS, Service, Federated; "*" alone is AWS."""
        principal = self.raw.get("Principal")
        if isinstance(principal, str):
            return {"AWS": [principal]}
        return {
            kind: [str(value) for value in listed(values)]
            for kind, values in (principal or {}).items()
        }

    @property
    def conditions(self) -> dict[str, list[str]]:
        """Values by condition key in lower case, whatever the operator."""
        found: dict[str, list[str]] = {}
        for keys in (self.raw.get("Condition") or {}).values():
            for key, values in keys.items():
                found.setdefault(key.lower(), []).extend(str(value) for value in listed(values))
        return found


def statements(subject: Subject, places: Mapping[str, str]) -> Iterator[Statement]:
    """The statements of all documents that a resource holds in these places.

    Raises UnreadableError where a document is no JSON object.
    """
    key = places.get(subject.type)
    value = subject.get(key) if key else None
    if not value:
        return
    documents = (
        [inline["policy"] for inline in value if inline.get("policy")]
        if key == "inlinePolicies"
        else [value]
    )
    for document in documents:
        for statement in listed(_object(document, str(key)).get("Statement")):
            yield Statement(statement)


def containers(task: Subject) -> list[Mapping[str, Any]]:
    """The container definitions of a task definition; raises UnreadableError."""
    value = _json(task.get("containerDefinitions"), "containerDefinitions")
    if not isinstance(value, Sequence) or not all(isinstance(entry, Mapping) for entry in value):
        raise UnreadableError("containerDefinitions is no JSON list of objects")
    return list(value)


def _object(value: Any, key: str) -> Mapping[str, Any]:
    parsed = _json(value, key)
    if not isinstance(parsed, Mapping):
        raise UnreadableError(f"{key} is no JSON object")
    return parsed


def _json(value: Any, key: str) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise UnreadableError(
            f"{key} is no JSON (a secret inside makes all of it unreadable)"
        ) from None
