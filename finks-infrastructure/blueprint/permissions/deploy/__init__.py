"""Permissions of the deploy role: `pulumi up` from GitHub Actions, and the deployment of flows.

It keeps a stack up to date. What holds the data or the doors (VPC and subnets, buckets, key,
database, secrets, repositories, the boundary, this role itself) is made and deleted by a person
with `pulumi up`, and so are their policies and lifecycles: docs/aws/iam.md. One document a subject.
"""

from __future__ import annotations

from blueprint.permissions.deploy.compute import compute
from blueprint.permissions.deploy.data import data
from blueprint.permissions.deploy.events import events
from blueprint.permissions.deploy.network import network
from blueprint.permissions.deploy.read import read
from blueprint.permissions.deploy.roles import roles
from blueprint.permissions.scope import Scope
from blueprint.statements import Statement


def deploy(scope: Scope, boundary_arn: str) -> dict[str, list[Statement]]:
    """The documents by name."""
    return {
        "read": read(scope),
        "network": network(scope),
        "data": data(scope),
        "compute": compute(scope),
        "events": events(scope),
        "roles": roles(scope, boundary_arn),
    }
