"""The S3 endpoint: objects are answered from disk, settings of buckets by the control plane."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Collection
from dataclasses import replace

from local.cloud.s3 import body, buckets, objects, paths, uploads, xml
from local.cloud.s3.call import S3Call, split_path
from local.cloud.s3.multipart import MultipartUploads
from local.cloud.s3.store import DiskObjectStore
from local.cloud.service import AwsError
from local.cloud.web import Reply, Request

log = logging.getLogger(__name__)
ControlPlane = Callable[[Request, bytes], Reply]
_UNSUPPORTED = ("acl", "attributes", "legal-hold", "restore", "retention", "select", "torrent")
_LISTING_PARAMETERS = frozenset(
    {
        "list-type",
        "prefix",
        "delimiter",
        "marker",
        "max-keys",
        "encoding-type",
        "continuation-token",
        "start-after",
        "fetch-owner",
    }
)


class S3Service:
    """Answers every S3 request. `bucket_names` tells which buckets the control plane has."""

    def __init__(
        self,
        store: DiskObjectStore,
        control_plane: ControlPlane,
        bucket_names: Callable[[], Collection[str]],
    ) -> None:
        self._store = store
        self._uploads = MultipartUploads(store)
        self._control_plane = control_plane
        self._bucket_names = bucket_names

    def recover(self) -> int:
        """Bring index and folders in line after a crash; returns the objects that changed."""
        for bucket in self._bucket_names():
            self._store.create_bucket(bucket)
        self._uploads.collect()
        return self._store.reconcile()

    def handle(self, request: Request) -> Reply:
        """Answer a request; errors become S3's error documents."""
        request_id = uuid.uuid4().hex[:16].upper()
        try:
            reply = self._answer(request)
        except AwsError as error:
            request.drain()
            reply = _error(request, error, request_id)
        except ConnectionError:
            raise
        except Exception:
            log.exception("%s %s failed", request.method, request.path)
            request.drain()
            unexpected = AwsError(
                "InternalError", "We encountered an internal error; see the log.", 500
            )
            reply = _error(request, unexpected, request_id)
        reply.headers.append(("x-amz-request-id", request_id))
        return reply

    def _answer(self, request: Request) -> Reply:
        bucket, key = split_path(request)
        call = S3Call(request, bucket, key)
        if key:
            self._check_bucket(bucket)
            return self._object(call)
        if not bucket:
            return self._forward(call)
        return self._bucket(call)

    def _check_bucket(self, bucket: str) -> None:
        if bucket not in self._bucket_names():
            raise AwsError(
                "NoSuchBucket", f"The specified bucket does not exist: {bucket}; create it.", 404
            )

    def _object(self, call: S3Call) -> Reply:
        method, query, store = call.request.method, call.query, self._store
        for name in _UNSUPPORTED:
            if name in query:
                raise _not_implemented(f"?{name} of objects")
        if query.get("versionId", "null") != "null":
            raise AwsError(
                "NoSuchVersion",
                "The specified version does not exist: local buckets are unversioned;"
                " leave VersionId out.",
                404,
            )
        if "uploadId" in query or "uploads" in query:
            return self._multipart(call)
        if "tagging" in query:
            tagging = {
                "GET": objects.get_tagging,
                "PUT": objects.put_tagging,
                "DELETE": objects.delete_tagging,
            }
            if method in tagging:
                return tagging[method](store, call)
        elif method in ("GET", "HEAD"):
            return objects.get_object(store, call)
        elif method == "PUT":
            if "x-amz-copy-source" in call.headers:
                return objects.copy_object(store, call)
            return objects.put_object(store, call)
        elif method == "DELETE":
            return objects.delete_object(store, call)
        raise _not_implemented(f"{method} of an object")

    def _multipart(self, call: S3Call) -> Reply:
        method = call.request.method
        if "uploads" in call.query and method == "POST":
            return uploads.create_upload(self._uploads, call)
        if method == "PUT":
            return uploads.upload_part(self._store, self._uploads, call)
        if method == "POST":
            return uploads.complete_upload(self._uploads, call)
        if method == "DELETE":
            return uploads.abort_upload(self._uploads, call)
        if method == "GET":
            return uploads.list_parts(self._uploads, call)
        raise _not_implemented(f"{method} of a multipart upload")

    def _bucket(self, call: S3Call) -> Reply:
        method, query = call.request.method, call.query
        settings = {
            name
            for name in query
            if name not in _LISTING_PARAMETERS and not name.lower().startswith("x-")
        }
        if method == "GET" and ("uploads" in query or "versions" in query or not settings):
            self._check_bucket(call.bucket)
            if "uploads" in query:
                return uploads.list_uploads(self._uploads, call)
            return buckets.list_objects(self._store, call)
        if method == "POST" and "delete" in query:
            self._check_bucket(call.bucket)
            return buckets.delete_objects(self._store, call)
        if method == "POST":
            raise _not_implemented("POST of a form to a bucket")
        if method == "PUT" and not settings:
            paths.check_bucket_name(call.bucket)
            reply = self._forward(call)
            if reply.status == 200:
                self._store.create_bucket(call.bucket)
            return reply
        if method == "DELETE" and not settings:
            with self._store.lock:
                if call.bucket in self._bucket_names():
                    self._store.check_empty(call.bucket)
                reply = self._forward(call)
                if reply.status == 204:
                    self._store.delete_bucket(call.bucket)
            return reply
        if method == "PUT" and "versioning" in query:
            return self._put_versioning(call)
        return self._forward(call)

    def _put_versioning(self, call: S3Call) -> Reply:
        document = body.read_all(call.request, objects.MAX_DOCUMENT_BYTES)
        if xml.parse(document).findtext("Status") == "Enabled":
            raise _not_implemented("versioning of buckets")
        return self._forward(call, document)

    def _forward(self, call: S3Call, document: bytes | None = None) -> Reply:
        """Let the control plane answer; it sees path style and a plain body."""
        request = call.request
        if document is None:
            document = body.read_all(request, objects.MAX_DOCUMENT_BYTES)
        headers = {
            name: value
            for name, value in request.headers.items()
            if name not in ("content-encoding", "x-amz-trailer", "x-amz-decoded-content-length")
        }
        host = request.headers.get("host", "localhost")
        headers["host"] = host.rpartition(".")[2] if ".localhost" in host else host
        path = f"/{call.bucket}" if call.bucket else "/"
        return self._control_plane(replace(request, path=path, headers=headers), document)


def _not_implemented(what: str) -> AwsError:
    return AwsError(
        "NotImplemented", f"The local cloud has no {what}; leave it out or use AWS.", 501
    )


def _error(request: Request, error: AwsError, request_id: str) -> Reply:
    headers = [("Content-Type", "application/xml"), ("x-amz-error-code", error.code)]
    if request.method == "HEAD":
        return Reply(error.status, headers)
    document = xml.error(error.code, error.message, request.path, request_id)
    return Reply(error.status, headers, document)
