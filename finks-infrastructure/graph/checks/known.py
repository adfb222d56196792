"""What a graph makes: its ids, ARNs and names, and what a pattern of them matches."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from graph.checks.values import leaves
from graph.model import Graph, Resource

_NAME_KEYS = (
    *("name", "bucket", "identifier", "family", "alarmName", "dashboardName", "clusterName"),
    *("replicationGroupId", "arnSuffix", "arn", "arnWithoutRevision", "url", "repositoryUrl"),
)


class Known:
    """The identities of a graph's resources."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.account = _account(graph)
        self.arns: set[str] = set()
        self.values: set[str] = set()
        """Ids and everything that AWS answers."""
        self._names: dict[str, set[str]] = {}
        for resource in graph.resources:
            if not resource.custom:
                continue
            answered = set(_answered(resource))
            if resource.id:
                answered.add(resource.id)
            self.values |= answered
            self.arns |= {value for value in answered if value.startswith("arn:")}
            names = self._names.setdefault(resource.type, set())
            names.add(resource.id)
            for key in _NAME_KEYS:
                value = resource.outputs.get(key, resource.inputs.get(key))
                # What a resource says of itself counts, not what it says of others.
                if isinstance(value, str) and (key in resource.inputs or value in answered):
                    names.add(resource.inputs.get(key, value))
                    names.add(value)

    def names(self, *types: str) -> set[str]:
        """Every id, name and ARN of the resources of these types."""
        found: set[str] = set()
        return found.union(*(self._names.get(kind, set()) for kind in types))

    def matches_arn(self, pattern: str) -> bool:
        """Whether an ARN, which may hold wildcards, is that of a resource or lies under one.

        `arn:aws:s3:::bucket/raw/*` lies under the bucket, and a pattern of task definitions
        without revision stands for each of them.
        """
        return self._matches(pattern)

    def _matches(self, pattern: str) -> bool:
        if pattern in self.arns:
            return True
        expression = _wildcards(pattern)
        for arn in self.arns:
            if expression.fullmatch(arn):
                return True
            for separator in ("/", ":"):
                head, found, _ = _split_after(pattern, arn, separator)
                if found and _wildcards(head).fullmatch(arn):
                    return True
        return False


def _split_after(pattern: str, arn: str, separator: str) -> tuple[str, str, str]:
    """The part of a pattern with as many separators as the ARN has, and whether more follows."""
    parts = pattern.split(separator)
    depth = arn.count(separator) + 1
    if len(parts) <= depth:
        return pattern, "", ""
    return separator.join(parts[:depth]), separator, separator.join(parts[depth:])


@lru_cache(maxsize=5000)
def _wildcards(pattern: str) -> re.Pattern[str]:
    """IAM's wildcards: * for any characters, ? for one. Policy variables stand for any."""
    text = re.sub(r"\$\{[^}]*\}", "*", pattern)
    return re.compile(
        "".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in text), re.DOTALL
    )


def matches_wildcards(pattern: str, text: str) -> bool:
    """Whether a pattern with IAM's wildcards matches a text."""
    return _wildcards(pattern).fullmatch(text) is not None


def _answered(resource: Resource) -> Iterable[str]:
    for key, value in resource.outputs.items():
        if key in resource.inputs and resource.inputs[key] == value:
            continue  # an input that comes back says nothing new
        for _, leaf in leaves(value):
            if isinstance(leaf, str) and leaf:
                yield leaf


def _account(graph: Graph) -> str:
    for resource in graph.resources:
        for key in ("arn", "id"):
            value: Any = resource.outputs.get(key) or resource.id
            parts = str(value).split(":")
            if len(parts) > 5 and parts[0] == "arn" and re.fullmatch(r"\d{12}", parts[4]):
                return parts[4]
    return ""
