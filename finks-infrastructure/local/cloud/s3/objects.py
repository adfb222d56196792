"""Operations on one object: put, get, head, delete, copy and tags."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from werkzeug.http import http_date, parse_range_header

from local.cloud.s3 import body, xml
from local.cloud.s3.call import (
    S3Call,
    attributes_of,
    check_tags,
    object_headers,
    parse_copy_source,
    xml_reply,
)
from local.cloud.s3.conditions import NotModifiedError, check_read, write_condition
from local.cloud.s3.index import Attributes, StoredObject
from local.cloud.s3.store import DiskObjectStore
from local.cloud.service import AwsError
from local.cloud.web import Reply

MAX_DOCUMENT_BYTES = 4 * 1024 * 1024
_RESPONSE_OVERRIDES = (
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
)


def put_object(store: DiskObjectStore, call: S3Call) -> Reply:
    """PutObject."""
    attributes = attributes_of(call.headers)
    condition = write_condition(call.headers)
    if condition is not None:  # refuse before the body is received; checked again at the end
        condition(store.index.get(call.bucket, call.key))
    received = body.receive(call.request, store.staging_path())
    item = store.commit(
        call.bucket,
        call.key,
        received,
        replace(attributes, checksums=received.checksums),
        condition=condition,
    )
    return Reply(200, [("ETag", f'"{item.etag}"'), *_checksums(item), *_encryption(item)])


def copy_object(store: DiskObjectStore, call: S3Call) -> Reply:
    """CopyObject."""
    source, file = store.open(*parse_copy_source(call.headers["x-amz-copy-source"]))
    with file:
        check_read(call.headers, source, "x-amz-copy-source-")
        attributes = _copied_attributes(call, source)
        received = body.copy_file([file], store.staging_path())
    item = store.commit(
        call.bucket,
        call.key,
        received,
        attributes,
        condition=write_condition(call.headers),
    )
    return xml_reply(
        "CopyObjectResult",
        [("LastModified", xml.timestamp(item.last_modified)), ("ETag", f'"{item.etag}"')],
    )


def _copied_attributes(call: S3Call, source: StoredObject) -> Attributes:
    """The source's attributes, or those of the request where its directives say so."""
    given = attributes_of(call.headers)
    attributes = source.attributes
    if call.headers.get("x-amz-metadata-directive", "COPY").upper() == "REPLACE":
        attributes = replace(given, tags=attributes.tags, checksums=attributes.checksums)
    elif (source.bucket, source.key) == (call.bucket, call.key):
        raise AwsError(
            "InvalidRequest",
            "This copy request copies an object to itself without changing its metadata;"
            " set MetadataDirective to REPLACE.",
        )
    if call.headers.get("x-amz-tagging-directive", "COPY").upper() == "REPLACE":
        attributes = replace(attributes, tags=given.tags)
    return attributes


def get_object(store: DiskObjectStore, call: S3Call) -> Reply:
    """GetObject and HeadObject."""
    item, file = store.open(call.bucket, call.key)
    try:
        headers = [
            ("ETag", f'"{item.etag}"'),
            ("Last-Modified", http_date(item.last_modified)),
            ("Accept-Ranges", "bytes"),
        ]
        try:
            check_read(call.headers, item)
        except NotModifiedError:
            file.close()
            return Reply(304, headers)
        headers += _described(call, item)
        status, start, stop = _range(call, item)
        if status == 206:
            headers.append(("Content-Range", f"bytes {start}-{stop - 1}/{item.size}"))
        elif call.headers.get("x-amz-checksum-mode", "").upper() == "ENABLED":
            headers += _checksums(item)
        headers.append(("Content-Length", str(stop - start)))
        if call.request.method == "HEAD":
            file.close()
            return Reply(status, headers)
        file.seek(start)
    except BaseException:
        file.close()
        raise
    return Reply(status, headers, _FileBody(file, stop - start))


def delete_object(store: DiskObjectStore, call: S3Call) -> Reply:
    """DeleteObject: no error if there is none."""
    store.delete(call.bucket, call.key, write_condition(call.headers))
    return Reply(204)


def get_tagging(store: DiskObjectStore, call: S3Call) -> Reply:
    """GetObjectTagging."""
    item = store.find(call.bucket, call.key)
    tags: list[xml.Element] = [
        ("Tag", [("Key", key), ("Value", value)]) for key, value in item.attributes.tags.items()
    ]
    return xml_reply("Tagging", [("TagSet", tags)])


def put_tagging(store: DiskObjectStore, call: S3Call) -> Reply:
    """PutObjectTagging."""
    item = store.find(call.bucket, call.key)
    root = xml.parse(body.read_all(call.request, MAX_DOCUMENT_BYTES))
    tags = {tag.findtext("Key", ""): tag.findtext("Value", "") for tag in root.iter("Tag")}
    store.set_attributes(item, replace(item.attributes, tags=check_tags(tags)))
    return Reply(200)


def delete_tagging(store: DiskObjectStore, call: S3Call) -> Reply:
    """DeleteObjectTagging."""
    item = store.find(call.bucket, call.key)
    store.set_attributes(item, replace(item.attributes, tags={}))
    return Reply(204)


def _described(call: S3Call, item: StoredObject) -> list[tuple[str, str]]:
    """Headers of the object, or what the query of a (presigned) read wants instead."""
    overrides = {
        name: call.query[f"response-{name}"]
        for name in _RESPONSE_OVERRIDES
        if f"response-{name}" in call.query
    }
    kept = [pair for pair in object_headers(item) if pair[0].lower() not in overrides]
    return kept + [(name.title(), value) for name, value in overrides.items()]


def _range(call: S3Call, item: StoredObject) -> tuple[int, int, int]:
    """Status, first byte and byte past the end that the request asks for."""
    wanted = parse_range_header(call.headers.get("range"))
    if wanted is None or wanted.units != "bytes" or len(wanted.ranges) != 1:
        return 200, 0, item.size  # as AWS does with what it cannot understand
    start, stop = wanted.ranges[0]
    if start < 0:
        start, stop = max(0, item.size + start), item.size
    if start >= item.size:
        raise AwsError(
            "InvalidRange",
            f"The requested range is not satisfiable: the object has {item.size} bytes.",
            416,
        )
    return 206, start, min(item.size, item.size if stop is None else stop)


def _checksums(item: StoredObject) -> list[tuple[str, str]]:
    return [
        (body.CHECKSUM_PREFIX + name, value) for name, value in item.attributes.checksums.items()
    ]


def _encryption(item: StoredObject) -> list[tuple[str, str]]:
    return [
        (name, value)
        for name, value in item.attributes.headers.items()
        if name.startswith("x-amz-server-side-encryption")
    ]


class _FileBody:
    """Streams part of a file, and closes it when the answer is sent or given up."""

    def __init__(self, file: BinaryIO, length: int) -> None:
        self._file = file
        self._left = length

    def __iter__(self) -> Iterator[bytes]:
        while self._left > 0 and (chunk := self._file.read(min(body.CHUNK, self._left))):
            self._left -= len(chunk)
            yield chunk

    def close(self) -> None:
        self._file.close()
