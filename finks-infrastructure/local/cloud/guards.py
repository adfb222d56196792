"""Refusals that AWS makes and moto does not."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from moto.backends import get_backend

from local.cloud.operations import Operation
from local.cloud.service import AwsError

Guard = Callable[[str, str, dict[str, Any]], None]
"""Called with account, region and the request before the control plane; may raise AwsError."""


def glue_table_version(account: str, region: str, request: dict[str, Any]) -> None:
    """Refuse an UpdateTable with a stale VersionId.

    Iceberg commits are compare-and-swap on this version: without the refusal two writers
    overwrite each other's commit and both believe in it.
    """
    version = request.get("VersionId")
    name = (request.get("TableInput") or {}).get("Name")
    if version is None or name is None:
        return
    database = get_backend("glue")[account][region].databases.get(request.get("DatabaseName", ""))
    table = database.tables.get(name) if database is not None else None
    if table is None:
        return  # the control plane answers EntityNotFoundException
    current = str(table.as_dict()["VersionId"])
    if str(version) != current:
        raise AwsError(
            "ConcurrentModificationException",
            f"Update table failed: version {version} of {name} is not the current one, {current};"
            " read the table again and repeat the change.",
        )


_GUARDS: dict[tuple[str, str], Guard] = {("glue", "UpdateTable"): glue_table_version}


def check(operation: Operation, account: str, region: str, body: bytes) -> None:
    """Raise AwsError if AWS would refuse the operation; call it while nothing else changes."""
    guard = _GUARDS.get((operation.service, operation.action))
    if guard is not None:
        guard(account, region, json.loads(body or b"{}"))
