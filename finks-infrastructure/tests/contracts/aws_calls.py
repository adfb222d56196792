"""The calls to AWS in Python sources, found by reading them.

A package's services are those that it makes clients of. Whatever attribute of its sources is named
like an operation of one of these services counts as a call of it, however the client came to be
there: too many are found rather than too few.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import botocore.session
from botocore import xform_name
from botocore.exceptions import UnknownServiceError
from botocore.model import ServiceModel
from botocore.waiter import WaiterModel

_MAKERS = {"client", "get_client", "create_client", "resource"}
_NOT_AWS = {"get_client"}
"""Prefect's own function of this name takes no service."""
_UPLOAD = (
    "AbortMultipartUpload",
    "CompleteMultipartUpload",
    "CreateMultipartUpload",
    "PutObject",
    "UploadPart",
)
_TRANSFERS = {
    "upload_file": _UPLOAD,
    "upload_fileobj": _UPLOAD,
    "download_file": ("GetObject", "HeadObject"),
    "download_fileobj": ("GetObject", "HeadObject"),
}
"""Methods of boto3's S3 clients that botocore does not know."""
_OBSTORE = {
    "copy": ("CopyObject",),
    "delete": ("DeleteObjects",),
    "get": ("GetObject",),
    "head": ("HeadObject",),
    "list": ("ListObjectsV2",),
    "put": _UPLOAD,
    "rename": ("CopyObject", "DeleteObject"),
}
"""Functions of obstore that are called as its module's, and what they need of S3."""
_STUBS = "mypy_boto3_"


class UnclearCallError(Exception):
    """A source whose calls cannot be told; the message says where."""


@dataclass(frozen=True, order=True)
class Call:
    """An operation of a service, and where the source calls it."""

    service: str
    operation: str
    place: str


def find_calls(files: Iterable[Path]) -> list[Call]:
    """The calls in the files of one package, sorted.

    Raises UnclearCallError for a client whose service is no literal.
    """
    trees = {path: ast.parse(path.read_text()) for path in sorted(files)}
    services = {service for path, tree in trees.items() for service in _services(path, tree)}
    return sorted({call for path, tree in trees.items() for call in _calls(path, tree, services)})


@cache
def operations(service: str) -> dict[str, str]:
    """Operation by the name of the client's method."""
    return {xform_name(name): name for name in _model(service).operation_names}


@cache
def _model(service: str) -> ServiceModel:
    return botocore.session.get_session().get_service_model(service)


@cache
def _waiters(service: str) -> dict[str, str]:
    try:
        model: WaiterModel = botocore.session.get_session().get_waiter_model(service)
    except UnknownServiceError:
        return {}
    return {xform_name(name): model.get_waiter(name).operation for name in model.waiter_names}


def _services(path: Path, tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(_STUBS):
            yield str(node.module).removeprefix(_STUBS).partition(".")[0]
        if isinstance(node, ast.Import) and any(name.name == "obstore" for name in node.names):
            yield "s3"
        if isinstance(node, ast.Call):
            yield from _services_of(path, node)


def _services_of(path: Path, call: ast.Call) -> Iterator[str]:
    """The services of `….client("s3")` and of `run(….get_client, "ecs")`."""
    named = [keyword.value for keyword in call.keywords if keyword.arg == "service_name"]
    if _name(call.func) in _MAKERS and isinstance(call.func, ast.Attribute | ast.Name):
        given = [*call.args[:1], *named]
        if given or _name(call.func) not in _NOT_AWS:
            yield from _literals(path, call, given)
    for maker, service in zip(call.args, call.args[1:], strict=False):
        if isinstance(maker, ast.Attribute) and maker.attr in _MAKERS:
            yield from _literals(path, call, [service])


def _literals(path: Path, call: ast.Call, given: list[ast.expr]) -> Iterator[str]:
    for value in given:
        if not (isinstance(value, ast.Constant) and isinstance(value.value, str)):
            raise UnclearCallError(
                f"{path}:{call.lineno}: write the service of the client as a text"
            )
        yield value.value


def _calls(path: Path, tree: ast.Module, services: set[str]) -> Iterator[Call]:
    for node in ast.walk(tree):
        for name, kind in _names(node):
            for service in services:
                for operation in _operations(service, name, kind):
                    line = getattr(node, "lineno", 0)
                    yield Call(service, operation, f"{path.name}:{line}")


def _names(node: ast.AST) -> Iterator[tuple[str, str]]:
    """What a node may call: (name, method, paginator, waiter, objects of a bucket or obstore)."""
    if isinstance(node, ast.Attribute):
        yield node.attr, "obstore" if _name(node.value) == "obstore" else "method"
        inner = node.value
        while isinstance(inner, ast.Call | ast.Attribute):
            if isinstance(inner, ast.Attribute) and inner.attr == "objects":
                yield node.attr, "objects"
            inner = inner.func if isinstance(inner, ast.Call) else inner.value
    if isinstance(node, ast.Call) and node.args:
        name, first = _name(node.func), node.args[0]
        kind = {"get_paginator": "method", "get_waiter": "waiter"}.get(name)
        if kind and isinstance(first, ast.Constant):
            yield str(first.value), kind


def _operations(service: str, name: str, kind: str) -> Iterator[str]:
    if kind == "waiter":
        yield from filter(None, [_waiters(service).get(name)])
    elif kind == "objects":
        # boto3's collections: bucket.objects.filter(…).delete()
        if service == "s3":
            yield "DeleteObjects" if name == "delete" else "ListObjects"
    elif kind == "obstore":
        if service == "s3":
            yield from _OBSTORE.get(name, ())
    else:
        yield from filter(None, [operations(service).get(name)])
        if service == "s3":
            yield from _TRANSFERS.get(name, ())


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
