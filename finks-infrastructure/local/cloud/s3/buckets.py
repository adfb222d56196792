"""Operations on the objects of a bucket: listings and deleting many."""

from __future__ import annotations

import base64
import binascii

from local.cloud.s3 import body, xml
from local.cloud.s3.call import S3Call, xml_reply
from local.cloud.s3.index import StoredObject
from local.cloud.s3.listing import MAX_KEYS, Page, list_page
from local.cloud.s3.objects import MAX_DOCUMENT_BYTES
from local.cloud.s3.store import DiskObjectStore
from local.cloud.service import AwsError
from local.cloud.web import Reply

MAX_DELETES = 1000


def list_objects(store: DiskObjectStore, call: S3Call) -> Reply:
    """ListObjectsV2, ListObjects and ListObjectVersions (each object is its only version)."""
    query = call.query
    versions = "versions" in query
    v2 = query.get("list-type") == "2"
    marker_name = "key-marker" if versions else "marker"
    token = query.get("continuation-token")
    if v2:
        after = _decode_token(token) if token is not None else query.get("start-after", "")
    else:
        after = query.get(marker_name, "")
    max_keys = call.number("max-keys", MAX_KEYS)
    page = list_page(
        store.index,
        call.bucket,
        prefix=query.get("prefix", ""),
        delimiter=query.get("delimiter", ""),
        after=after,
        max_keys=max_keys,
    )
    encoding = query.get("encoding-type")

    def text(name: str) -> str | None:
        return xml.encoded(query[name], encoding) if query.get(name) else None

    elements: list[xml.Element] = [
        ("Name", call.bucket),
        ("Prefix", text("prefix") or ""),
        ("Delimiter", text("delimiter")),
        ("MaxKeys", max_keys),
        ("EncodingType", encoding),
        ("IsTruncated", page.truncated),
    ]
    if v2:
        elements += [
            ("KeyCount", len(page)),
            ("StartAfter", text("start-after")),
            ("ContinuationToken", token),
            ("NextContinuationToken", _encode_token(page.last) if page.truncated else None),
        ]
    else:
        elements.append(("KeyMarker" if versions else "Marker", text(marker_name) or ""))
        if page.truncated:
            name = "NextKeyMarker" if versions else "NextMarker"
            elements.append((name, xml.encoded(page.last, encoding)))
    root = "ListVersionsResult" if versions else "ListBucketResult"
    return xml_reply(root, elements + _entries(page, encoding, versions=versions))


def _entries(page: Page, encoding: str | None, *, versions: bool) -> list[xml.Element]:
    entries: list[xml.Element] = [
        ("Version" if versions else "Contents", _entry(item, encoding, versions=versions))
        for item in page.objects
    ]
    entries += [
        ("CommonPrefixes", [("Prefix", xml.encoded(prefix, encoding))]) for prefix in page.prefixes
    ]
    return entries


def _entry(item: StoredObject, encoding: str | None, *, versions: bool) -> list[xml.Element]:
    return [
        ("Key", xml.encoded(item.key, encoding)),
        ("VersionId", "null" if versions else None),
        ("IsLatest", True if versions else None),
        ("LastModified", xml.timestamp(item.last_modified)),
        ("ETag", f'"{item.etag}"'),
        ("Size", item.size),
        ("StorageClass", item.attributes.headers.get("x-amz-storage-class", "STANDARD")),
    ]


def delete_objects(store: DiskObjectStore, call: S3Call) -> Reply:
    """DeleteObjects: up to 1,000 keys; each is answered for itself."""
    root = xml.parse(body.read_all(call.request, MAX_DOCUMENT_BYTES))
    keys = [element.findtext("Key", "") for element in root.iter("Object")]
    if not 1 <= len(keys) <= MAX_DELETES:
        raise AwsError("MalformedXML", f"Name 1 to {MAX_DELETES} keys to delete, not {len(keys)}.")
    quiet = root.findtext("Quiet", "").lower() == "true"
    elements: list[xml.Element] = []
    for key in keys:
        try:
            store.delete(call.bucket, key)
        except OSError as error:
            elements.append(
                ("Error", [("Key", key), ("Code", "InternalError"), ("Message", str(error))])
            )
        else:
            if not quiet:
                elements.append(("Deleted", [("Key", key)]))
    return xml_reply("DeleteResult", elements)


def _encode_token(last: str) -> str:
    return base64.urlsafe_b64encode(last.encode()).decode()


def _decode_token(token: str) -> str:
    try:
        return base64.b64decode(token.encode(), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise AwsError(
            "InvalidArgument", "The continuation token provided is incorrect; list from the start."
        ) from None
