"""Whether a request is allowed, by the documents of one account.

Source: IAM User Guide, "Policy evaluation logic" (within a single account); AWS KMS Developer
Guide, "Key policies" for the delegation to IAM. Service control policies are the organisation's
and not simulated.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from graph.iam.collect import Policies, collect
from graph.iam.document import Document, Request, Statement
from graph.iam.wildcards import UnsupportedError
from graph.model import Graph

_MUST_BE_LET_IN = ("kms", "sts")
"""Services whose resource policy has to allow a request: without it IAM counts for nothing."""


@dataclass(frozen=True)
class Decision:
    """The answer, and the statement or the gap that it follows from."""

    allowed: bool
    because: str


class Simulator:
    """Answers requests from the documents of a graph."""

    def __init__(self, graph: Graph) -> None:
        self.policies: Policies = collect(graph)

    def decide(self, request: Request) -> Decision:
        """The decision on one request; raises UnsupportedError where it would have to guess."""
        asked = replace(request, context=_context(request))
        if request.principal in self.policies.opaque:
            raise UnsupportedError(f"{request.principal} has policies of AWS: ask AWS")
        if ":role/" in request.principal and request.principal not in self.policies.trust:
            raise UnsupportedError(f"the graph has no role {request.principal}")
        identity = self.policies.identity.get(request.principal, [])
        boundary = self.policies.boundaries.get(request.principal)
        bounds = [boundary] if boundary else []
        resource = self.resource_policies(request)
        refused = next(
            (
                statement
                for statement in (
                    *_applying([*identity, *bounds], asked),
                    *_addressed(resource, asked),
                )
                if not statement.allows
            ),
            None,
        )
        if refused is not None:
            return Decision(False, f"denied by {refused.sid}")
        own = _allowing(_applying(identity, asked))
        delegating = _addressed(resource, asked)
        theirs = _allowing(statement for statement in delegating if statement.names(asked))
        everybody = _allowing(statement for statement in delegating if statement.names_everybody())
        if everybody is not None:
            # It is the role's session that is let in, and that no boundary of the role limits.
            return Decision(True, f"allowed by {everybody.sid}")
        if boundary and (own or theirs) and not _allowing(_applying(bounds, asked)):
            return Decision(False, f"beyond the boundary {boundary.place}")
        if theirs is not None:
            return Decision(True, f"allowed by {theirs.sid}")
        if request.action.partition(":")[0] in _MUST_BE_LET_IN and not _allowing(delegating):
            return Decision(False, "the resource's own policy does not let it in")
        if own is not None:
            return Decision(True, f"allowed by {own.sid}")
        return Decision(False, "nothing allows it")

    def resource_policies(self, request: Request) -> list[Document]:
        """The policies of the resource that the request is about."""
        resource = request.resource
        if request.action.startswith("sts:AssumeRole"):
            trust = self.policies.trust.get(resource)
            return [trust] if trust else []
        if resource.startswith("arn:aws:s3:::"):
            resource = resource.partition("/")[0]
        return self.policies.resource.get(resource, [])


def _applying(documents: Iterable[Document], request: Request) -> list[Statement]:
    return [
        statement
        for document in documents
        for statement in document.statements
        if statement.applies(request)
    ]


def _addressed(documents: Iterable[Document], request: Request) -> list[Statement]:
    """The applying statements of resource policies that name the one who asks, or the account."""
    return [
        statement
        for statement in _applying(documents, request)
        if statement.names(request) or statement.names_account(request)
    ]


def _allowing(statements: Iterable[Statement]) -> Statement | None:
    return next((statement for statement in statements if statement.allows), None)


def _context(request: Request) -> dict[str, str | tuple[str, ...]]:
    """What AWS itself adds to a request, unless the request says otherwise."""
    added: dict[str, str | tuple[str, ...]] = {"aws:securetransport": "true"}
    if request.principal.startswith("arn:"):
        added |= {"aws:principalarn": request.principal, "aws:principalaccount": request.account}
    return added | {key.lower(): value for key, value in request.context.items()}
