"""A policy document as statements that can be asked whether they speak of a request."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graph.iam.conditions import Context, holds
from graph.iam.wildcards import UnsupportedError, matches, matches_arn


@dataclass(frozen=True)
class Request:
    """What somebody wants to do. `principal` is a role's ARN, a service, or an identity provider.

    Services are written as in policies (`glue.amazonaws.com`), providers by their ARN.
    """

    principal: str
    action: str
    resource: str
    context: Context = field(default_factory=dict)

    @property
    def account(self) -> str:
        """The account of a principal that has an ARN, else empty."""
        parts = self.principal.split(":")
        return parts[4] if len(parts) > 4 else ""

    @property
    def is_service(self) -> bool:
        """Whether an AWS service asks, without a role."""
        return self.principal.endswith(".amazonaws.com") and not self.principal.startswith("arn:")


@dataclass(frozen=True)
class Statement:
    """One statement. None for an element that it does not have."""

    sid: str
    allows: bool
    actions: tuple[str, ...] | None
    not_actions: tuple[str, ...] | None
    resources: tuple[str, ...] | None
    not_resources: tuple[str, ...] | None
    principals: Mapping[str, tuple[str, ...]] | None
    condition: Mapping[str, Mapping[str, Any]]

    def applies(self, request: Request) -> bool:
        """Whether action, resource and conditions are those of the request."""
        return (
            self._about(self.actions, self.not_actions, _is_action(request.action))
            and self._about(self.resources, self.not_resources, _is_resource(request.resource))
            and holds(self.condition, request.context)
        )

    def names(self, request: Request) -> bool:
        """Whether a statement of a resource's policy names the one who asks, or everybody."""
        principals = self.principals or {}
        if self.names_everybody():
            return True
        if request.is_service:
            return request.principal in principals.get("Service", ())
        if ":oidc-provider/" in request.principal:
            return request.principal in principals.get("Federated", ())
        return request.principal in principals.get("AWS", ())

    def names_everybody(self) -> bool:
        """Whether it is about whoever asks."""
        return "*" in (self.principals or {}).get("AWS", ())

    def names_account(self, request: Request) -> bool:
        """Whether it names the account: whom IAM lets there may then do it."""
        root = f"arn:aws:iam::{request.account}:root"
        return bool({root, request.account} & set((self.principals or {}).get("AWS", ())))

    @staticmethod
    def _about(
        named: tuple[str, ...] | None,
        excepted: tuple[str, ...] | None,
        fits: Callable[[str], bool],
    ) -> bool:
        if named is not None:
            return any(fits(pattern) for pattern in named)
        return excepted is None or not any(fits(pattern) for pattern in excepted)


@dataclass(frozen=True)
class Document:
    """A policy document and the name of what carries it."""

    place: str
    statements: tuple[Statement, ...]


def parse(place: str, text: str) -> Document:
    """The document of a JSON text; raises UnsupportedError for what cannot be simulated."""
    found = json.loads(text)["Statement"]
    entries = found if isinstance(found, list) else [found]
    return Document(place, tuple(_statement(place, entry) for entry in entries))


def _statement(place: str, entry: dict[str, Any]) -> Statement:
    if "NotPrincipal" in entry:
        raise UnsupportedError(f"NotPrincipal in {place}")
    return Statement(
        sid=f"{place}#{entry.get('Sid', '')}",
        allows=entry["Effect"] == "Allow",
        actions=_listed(entry.get("Action")),
        not_actions=_listed(entry.get("NotAction")),
        resources=_listed(entry.get("Resource")),
        not_resources=_listed(entry.get("NotResource")),
        principals=_principals(entry.get("Principal")),
        condition=entry.get("Condition", {}),
    )


def _principals(value: Any) -> dict[str, tuple[str, ...]] | None:
    if value is None:
        return None
    if value == "*":
        return {"AWS": ("*",)}
    return {kind: _listed(names) or () for kind, names in value.items()}


def _listed(value: Any) -> tuple[str, ...] | None:
    if value is None:
        return None
    return tuple(value) if isinstance(value, list) else (value,)


def _is_action(action: str) -> Callable[[str], bool]:
    return lambda pattern: matches(pattern, action, ignore_case=True)


def _is_resource(resource: str) -> Callable[[str], bool]:
    return lambda pattern: matches_arn(pattern, resource) or pattern == resource == "*"
