"""Operations of multipart uploads."""

from __future__ import annotations

import re

from local.cloud.s3 import body, xml
from local.cloud.s3.call import S3Call, attributes_of, parse_copy_source, xml_reply
from local.cloud.s3.conditions import check_read, write_condition
from local.cloud.s3.multipart import MAX_PART_NUMBER, MultipartUploads
from local.cloud.s3.objects import MAX_DOCUMENT_BYTES
from local.cloud.s3.store import DiskObjectStore
from local.cloud.service import AwsError
from local.cloud.web import Reply

_MAX_PARTS = 1000


def create_upload(uploads: MultipartUploads, call: S3Call) -> Reply:
    """CreateMultipartUpload."""
    upload = uploads.create(call.bucket, call.key, attributes_of(call.headers))
    reply = xml_reply(
        "InitiateMultipartUploadResult",
        [("Bucket", call.bucket), ("Key", call.key), ("UploadId", upload.upload_id)],
    )
    if algorithm := call.headers.get("x-amz-checksum-algorithm"):
        reply.headers.append(("x-amz-checksum-algorithm", algorithm))
    return reply


def upload_part(store: DiskObjectStore, uploads: MultipartUploads, call: S3Call) -> Reply:
    """UploadPart and UploadPartCopy."""
    upload = uploads.find(call.bucket, call.key, call.query["uploadId"])
    number = call.number("partNumber", 0)
    if "x-amz-copy-source" in call.headers:
        source, file = store.open(*parse_copy_source(call.headers["x-amz-copy-source"]))
        with file:
            check_read(call.headers, source, "x-amz-copy-source-")
            first, last = _copied_range(call, source.size)
            file.seek(first)
            copied = body.copy_file([file], store.staging_path(), last - first + 1)
        part = uploads.put_part(upload, number, copied)
        return xml_reply(
            "CopyPartResult",
            [("LastModified", xml.timestamp(part.modified)), ("ETag", f'"{part.etag}"')],
        )
    received = body.receive(call.request, store.staging_path())
    part = uploads.put_part(upload, number, received)
    checksums = [(body.CHECKSUM_PREFIX + name, text) for name, text in received.checksums.items()]
    return Reply(200, [("ETag", f'"{part.etag}"'), *checksums])


def _copied_range(call: S3Call, size: int) -> tuple[int, int]:
    """First and last byte of the source that a part is to have."""
    text = call.headers.get("x-amz-copy-source-range")
    if text is None:
        return 0, size - 1
    match = re.fullmatch(r"bytes=(\d+)-(\d+)", text)
    if match is None or not int(match[1]) <= int(match[2]) < size:
        raise AwsError(
            "InvalidArgument", f"The range {text!r} is not within the {size} bytes of the source."
        )
    return int(match[1]), int(match[2])


def complete_upload(uploads: MultipartUploads, call: S3Call) -> Reply:
    """CompleteMultipartUpload."""
    upload = uploads.find(call.bucket, call.key, call.query["uploadId"])
    root = xml.parse(body.read_all(call.request, MAX_DOCUMENT_BYTES))
    try:
        wanted = [
            (int(part.findtext("PartNumber", "")), part.findtext("ETag", "").strip('"'))
            for part in root.iter("Part")
        ]
    except ValueError:
        raise AwsError("MalformedXML", "Each part needs its PartNumber and ETag.") from None
    item = uploads.complete(upload, wanted, write_condition(call.headers))
    return xml_reply(
        "CompleteMultipartUploadResult",
        [
            ("Location", f"/{call.bucket}/{xml.encoded(call.key, 'url')}"),
            ("Bucket", call.bucket),
            ("Key", call.key),
            ("ETag", f'"{item.etag}"'),
        ],
    )


def abort_upload(uploads: MultipartUploads, call: S3Call) -> Reply:
    """AbortMultipartUpload."""
    uploads.abort(uploads.find(call.bucket, call.key, call.query["uploadId"]))
    return Reply(204)


def list_parts(uploads: MultipartUploads, call: S3Call) -> Reply:
    """ListParts."""
    upload = uploads.find(call.bucket, call.key, call.query["uploadId"])
    marker = call.number("part-number-marker", 0)
    limit = min(call.number("max-parts", _MAX_PARTS), _MAX_PARTS)
    parts = [part for part in uploads.parts(upload) if part.number > marker]
    page = parts[:limit]
    elements: list[xml.Element] = [
        ("Bucket", call.bucket),
        ("Key", call.key),
        ("UploadId", upload.upload_id),
        ("PartNumberMarker", marker),
        ("NextPartNumberMarker", page[-1].number if len(page) < len(parts) and page else None),
        ("MaxParts", limit),
        ("IsTruncated", len(page) < len(parts)),
        ("StorageClass", "STANDARD"),
    ]
    elements += [
        (
            "Part",
            [
                ("PartNumber", part.number),
                ("LastModified", xml.timestamp(part.modified)),
                ("ETag", f'"{part.etag}"'),
                ("Size", part.size),
            ],
        )
        for part in page
    ]
    return xml_reply("ListPartsResult", elements)


def list_uploads(uploads: MultipartUploads, call: S3Call) -> Reply:
    """ListMultipartUploads, on one page."""
    encoding = call.query.get("encoding-type")
    elements: list[xml.Element] = [
        ("Bucket", call.bucket),
        ("Prefix", xml.encoded(call.query.get("prefix", ""), encoding)),
        ("MaxUploads", MAX_PART_NUMBER),
        ("EncodingType", encoding),
        ("IsTruncated", False),
    ]
    elements += [
        (
            "Upload",
            [
                ("Key", xml.encoded(upload.key, encoding)),
                ("UploadId", upload.upload_id),
                ("StorageClass", "STANDARD"),
                ("Initiated", xml.timestamp(upload.initiated)),
            ],
        )
        for upload in uploads.under_way(call.bucket, call.query.get("prefix", ""))
    ]
    return xml_reply("ListMultipartUploadsResult", elements)
