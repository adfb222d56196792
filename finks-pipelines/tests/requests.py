"""Counts the requests that code makes to AWS."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3


@contextmanager
def counted(service: str, operation: str) -> Iterator[list[dict[str, Any]]]:
    """The parameters of the requests that clients made in the context send."""
    asked: list[dict[str, Any]] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        asked.append(params)

    if boto3.DEFAULT_SESSION is None:
        boto3.setup_default_session()
    assert boto3.DEFAULT_SESSION is not None
    events = boto3.DEFAULT_SESSION.events
    name = f"provide-client-params.{service}.{operation}"
    events.register(name, note)
    try:
        yield asked
    finally:
        events.unregister(name, note)
