"""docs/aws/configuration.md, written from the models so that it cannot say anything else."""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from blueprint.names import PROJECT
from config.sections import Section, Size
from config.settings import StackSettings, economical

HEAD = """\
# Configuration of a stack

Generated from `finks-infrastructure/config/` by `make infra-trees`; edit the models, not this page.

A stack is configured in `finks-infrastructure/Pulumi.<stack>.yaml`, under `config:`, with keys that
start with `finks:`. A key that is not in these tables is refused, and so is a value that AWS would
refuse or that has no place in production; the message names the key. Secrets (`fmpApiKey`,
`monitoring.pagerDutyUrl`) never stand there in clear:

    pulumi config set --secret finks:fmpApiKey YOUR_KEY

or in the stack's ESC environment (`finks-infrastructure/esc/<stack>.yaml`). To use one, add
`environment: [finks/<stack>]` at the top of the stack's file; it is not there by default, since
Pulumi then asks its cloud for the environment even of people who have no account there.

`make infra-tree STACK=dev` shows what a change makes of the stack, `make infra-cost` what it costs;
`cd finks-infrastructure && .venv/bin/python -m graph tree --stack dev --set network.natGateways=2`
tries one without touching the file.
"""


def render() -> str:
    """The whole page."""
    parts = [HEAD, "## The stack\n", table(StackSettings, _plain(StackSettings))]
    for name, field in StackSettings.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, Section):
            title = f"## `{PROJECT}:{_key(name, field)}`\n"
            text = (section.__doc__ or "").strip()
            parts += [title, f"{text}\n", table(section, _plain(section))]
    parts += ["## What `economy: true` stands for\n", _economy()]
    return "\n".join(parts)


def keys(model: type[BaseModel] = StackSettings, prefix: str = "") -> Iterator[str]:
    """Every key that a stack's file may have, sections with a point."""
    for name, field in model.model_fields.items():
        key = f"{prefix}{_key(name, field)}"
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, Section) and inner is not Size:
            yield from keys(inner, f"{key}.")
        elif key != "environment":
            yield key


def _plain(model: type[BaseModel]) -> list[tuple[str, FieldInfo]]:
    return [
        (name, field)
        for name, field in model.model_fields.items()
        if name != "environment"
        and not (
            isinstance(field.annotation, type)
            and issubclass(field.annotation, Section)
            and field.annotation is not Size
        )
    ]


def table(model: type[BaseModel], fields: list[tuple[str, FieldInfo]]) -> str:
    """A table of keys; raises LookupError for one that does not say what it means."""
    rows = ["| key | type | default | meaning |", "| --- | --- | --- | --- |"]
    for name, field in fields:
        meaning = " ".join((field.description or "").split())
        if not meaning:
            raise LookupError(f"{model.__name__}.{name} has no docstring; write what it means")
        kind, default = _type(field.annotation), _default(field)
        rows.append(f"| `{_key(name, field)}` | {kind} | {default} | {meaning} |")
    return "\n".join(rows) + "\n"


def _key(name: str, field: FieldInfo) -> str:
    return field.alias or name


def _type(annotation: Any) -> str:
    origin = typing.get_origin(annotation)
    if origin is types.UnionType:
        inner = [part for part in typing.get_args(annotation) if part is not type(None)]
        return _type(inner[0])
    if origin is tuple:
        return f"list of {_type(typing.get_args(annotation)[0])}"
    if origin is typing.Annotated:
        return _type(typing.get_args(annotation)[0])
    names = {str: "text", int: "integer", bool: "true/false", IPv4Network: "CIDR", Size: "size"}
    return names[annotation]


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.default
    if value is None:
        return "unset"
    if isinstance(value, BaseModel):
        return f"`{json.dumps(value.model_dump())}`"
    if isinstance(value, tuple):
        return ", ".join(f"`{entry}`" for entry in value) or "none"
    return f"`{json.dumps(value) if isinstance(value, bool) else value}`"


def _economy() -> str:
    rows = ["| key | value |", "| --- | --- |"]
    for section, changed in economical({}).items():
        rows += [f"| `{section}.{key}` | `{json.dumps(value)}` |" for key, value in changed.items()]
    return (
        "One switch for a trial; it wins over what the file says of these keys, and prod refuses"
        " it.\n\n" + "\n".join(rows) + "\n"
    )
