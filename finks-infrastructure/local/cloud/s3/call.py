"""One S3 request, taken apart, and what answers have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

from local.cloud.s3 import xml
from local.cloud.s3.index import Attributes, StoredObject
from local.cloud.service import AwsError
from local.cloud.web import Reply, Request

METADATA_PREFIX = "x-amz-meta-"
_STORED_HEADERS = (
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-storage-class",
    "x-amz-website-redirect-location",
)
DEFAULT_CONTENT_TYPE = "binary/octet-stream"
MAX_TAGS = 10


@dataclass(frozen=True)
class S3Call:
    """A request for a bucket or, when `key` is not empty, for an object."""

    request: Request
    bucket: str
    key: str

    @property
    def headers(self) -> Mapping[str, str]:
        """Request headers by lower-case name."""
        return self.request.headers

    @property
    def query(self) -> Mapping[str, str]:
        """Query parameters."""
        return self.request.query

    def number(self, name: str, default: int) -> int:
        """A query parameter that has to be a number from 0 on."""
        text = self.query.get(name)
        if text is None or text == "":
            return default
        if not text.isascii() or not text.isdigit():
            raise AwsError("InvalidArgument", f"{name} is {text!r}; give a number from 0 on.")
        return int(text)


def split_path(request: Request) -> tuple[str, str]:
    """Bucket and key of path-style (``/bucket/key``) and virtual-host-style requests."""
    try:
        path = request.decoded_path
    except UnicodeDecodeError:
        raise AwsError("InvalidURI", "Couldn't parse the specified URI: use UTF-8.") from None
    host = request.headers.get("host", "").rpartition(":")[0] or request.headers.get("host", "")
    for suffix in (".localhost", ".s3.localhost"):
        if host.endswith(suffix) and host != f"s3{suffix}":
            return host.removesuffix(suffix).removesuffix(".s3"), path[1:]
    bucket, _, key = path[1:].partition("/")
    return bucket, key


def attributes_of(headers: Mapping[str, str]) -> Attributes:
    """What the headers of a write attach to the object."""
    if "x-amz-server-side-encryption-customer-algorithm" in headers:
        raise AwsError(
            "NotImplemented",
            "The local cloud has no SSE-C; leave the customer key out.",
            501,
        )
    stored = {name: headers[name] for name in _STORED_HEADERS if name in headers}
    encodings = [part.strip() for part in stored.pop("content-encoding", "").split(",")]
    if kept := [part for part in encodings if part not in ("", "aws-chunked")]:
        stored["content-encoding"] = ",".join(kept)
    stored.setdefault("content-type", DEFAULT_CONTENT_TYPE)
    metadata = {
        name.removeprefix(METADATA_PREFIX): value
        for name, value in headers.items()
        if name.startswith(METADATA_PREFIX)
    }
    tags = dict(parse_qsl(headers.get("x-amz-tagging", ""), keep_blank_values=True))
    return Attributes(headers=stored, metadata=metadata, tags=check_tags(tags))


def check_tags(tags: dict[str, str]) -> dict[str, str]:
    """The tags, when there are not too many."""
    if len(tags) > MAX_TAGS:
        raise AwsError("BadRequest", f"Object tags cannot be greater than {MAX_TAGS}.")
    return tags


def object_headers(item: StoredObject) -> list[tuple[str, str]]:
    """Response headers that describe an object."""
    headers = [(name.title(), value) for name, value in item.attributes.headers.items()]
    headers += [(METADATA_PREFIX + name, value) for name, value in item.attributes.metadata.items()]
    if item.attributes.tags:
        headers.append(("x-amz-tagging-count", str(len(item.attributes.tags))))
    return headers


def parse_copy_source(text: str) -> tuple[str, str]:
    """Bucket and key of an ``x-amz-copy-source`` header."""
    source, _, version = unquote(text).partition("?versionId=")
    bucket, _, key = source.lstrip("/").partition("/")
    if not bucket or not key or version not in ("", "null"):
        raise AwsError(
            "InvalidArgument",
            f"x-amz-copy-source is {text!r}; write /bucket/key (the buckets are unversioned).",
        )
    return bucket, key


def xml_reply(root: str, elements: list[xml.Element]) -> Reply:
    """An answer with a document."""
    return Reply(200, [("Content-Type", "application/xml")], xml.document(root, elements))
