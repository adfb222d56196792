"""S3's XML documents."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from local.cloud.service import AwsError

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
Element = tuple[str, Any]
"""Name and content: None to leave it out, text, number, or a list of elements."""


def document(root: str, elements: Iterable[Element]) -> bytes:
    """A whole document in S3's namespace."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<{root} xmlns="{NAMESPACE}">{_render(elements)}</{root}>'
    ).encode()


def error(code: str, message: str, resource: str, request_id: str) -> bytes:
    """An error document (these have no namespace)."""
    elements = [
        ("Code", code),
        ("Message", message),
        ("Resource", resource),
        ("RequestId", request_id),
    ]
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{_render(elements)}</Error>'.encode()


def _render(elements: Iterable[Element]) -> str:
    parts = []
    for name, content in elements:
        if content is None:
            continue
        if isinstance(content, bool):
            text = str(content).lower()
        elif isinstance(content, list):
            text = _render(content)
        else:
            text = escape(str(content), {"\r": "&#13;"})
        parts.append(f"<{name}>{text}</{name}>")
    return "".join(parts)


def parse(body: bytes) -> ElementTree.Element:
    """A document that a client sent, without namespaces; raises AwsError MalformedXML."""
    malformed = AwsError(
        "MalformedXML", "The XML you provided was not well-formed; check the request body."
    )
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:  # nothing that could expand
        raise malformed
    try:
        root = ElementTree.fromstring(body)  # noqa: S314 - no entities, see above
    except ElementTree.ParseError:
        raise malformed from None
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


def timestamp(seconds: float) -> str:
    """ISO time in UTC with milliseconds, as S3 writes it."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def encoded(text: str, encoding: str | None) -> str:
    """A key as the listing's encoding-type asks for it."""
    return quote(text, safe="/-_.~*") if encoding == "url" else text
