"""The few S3 operations of a connector, with errors that say what to do.

The environment (AWS_ENDPOINT_URL, credentials, region) decides which S3 it is, as for boto3. The
calls are obstore's, which take a quarter of boto3's processor time and a third of its memory.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError
from obstore.store import S3Store

from utils.interruptible import interruptibly
from utils.urls import names_a_server

if TYPE_CHECKING:
    from obstore import PutMode
    from obstore.store import ClientConfig, RetryConfig, S3CredentialProvider

PART_BYTES = 8 * 1024 * 1024
"""Objects beyond this go in parts of it."""
_LIMITS: ClientConfig = {
    "allow_http": True,  # which AWS_ENDPOINT_URL decides
    "connect_timeout": timedelta(seconds=10),
    "timeout": timedelta(seconds=60),
}
_RETRIES: RetryConfig = {"max_retries": 3, "retry_timeout": timedelta(minutes=2)}
_NATIVE_CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
"""Variables with credentials that obstore finds itself; boto3 finds profiles and the like."""
_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
_CODE = re.compile(r"<Code>(\w+)</Code>")
_SAID = re.compile(r"<Message>([^<]+)</Message>")
_NO_BUCKET = "NoSuchBucket"
_WRONG_REGION = "PermanentRedirect"
_SAYS_REGION = "incorrectly configured region"
_REFUSALS = (AlreadyExistsError, PreconditionError, FileNotFoundError)
_CONDITION_CODES = ("PreconditionFailed", "ConditionalRequestConflict")
_REMEDIES = {
    _NO_BUCKET: "create the bucket or correct its name (S3_BUCKET, SYMBOLS_URI)",
    "AccessDenied": "give the task's role access to the bucket",
    "InvalidAccessKeyId": "correct the AWS credentials",
    "SignatureDoesNotMatch": "correct the AWS credentials",
    "ExpiredToken": "renew the AWS credentials",
    "InvalidBucketName": "correct the bucket's name (S3_BUCKET, SYMBOLS_URI)",
    _WRONG_REGION: "set AWS_REGION to the region of the bucket",
    "AuthorizationHeaderMalformed": "set AWS_REGION to the region of the bucket",
}


class S3Error(Exception):
    """S3 did not do what was asked; `transient` says whether a retry can help."""

    def __init__(self, message: str, *, transient: bool) -> None:
        super().__init__(message)
        self.transient = transient


class _RefusedError(Exception):
    """The condition of a request does not hold, or there is no such object."""


class Bucket:
    """One bucket, by whole objects; safe for threads. All methods raise S3Error."""

    def __init__(self, name: str, endpoint: str | None = None) -> None:
        self.name = name
        self._endpoint = endpoint or _endpoint_of_environment()

    def put(self, key: str, body: bytes, content_type: str = "application/octet-stream") -> None:
        """Write or replace an object."""
        try:
            self._put(key, body, content_type, "overwrite")
        except _RefusedError as error:
            said = "S3 has another request for it under way"
            raise self._explained("write", key, "", said) from error

    def put_new(self, key: str, body: bytes, stopped: Callable[[], bool] = lambda: False) -> None:
        """Write an object that must not exist, unless it holds exactly these bytes.

        The exception makes a retried request harmless: the first one may have arrived. Long ones
        go in parts, each with its checksum; raises StoppedError between two of them when it is
        `stopped`.
        """
        try:
            if len(body) > PART_BYTES:
                self._put_parts(key, body, stopped)
            else:
                self._put(key, body, "application/octet-stream", "create")
        except _RefusedError as error:
            if self.get(key) != body:
                raise S3Error(
                    f"s3://{self.name}/{key} was written by somebody else meanwhile: another run "
                    "uses the same RUN_ID; run again with one of its own",
                    transient=True,
                ) from error

    def put_if(self, key: str, body: bytes, content_type: str, *, etag: str | None) -> bool:
        """Write an object if it is still the version `etag`, or (None) still absent.

        False when it is not: somebody else wrote it. A request that is repeated may find its own
        first attempt: that counts as written.
        """
        try:
            self._put(key, body, content_type, {"e_tag": etag} if etag else "create")
        except _RefusedError:
            return self.get(key) == body
        return True

    def may_put(self, key: str) -> bool:
        """Try whether objects may be written, and write none. Raises S3Error when they may not.

        The put has a condition that cannot hold. False when it was done all the same: this S3
        knows no conditions.
        """
        try:
            self._put(key, b"", "application/octet-stream", {"e_tag": f'"{"0" * 32}"'})
        except _RefusedError:
            return True
        return False

    def get(self, key: str) -> bytes | None:
        """The bytes of an object, or None when there is none."""
        found = self.get_version(key)
        return found[0] if found else None

    def get_version(self, key: str) -> tuple[bytes, str] | None:
        """The bytes of an object and its ETag, or None when there is none."""

        def read() -> tuple[bytes, str]:
            found = obstore.get(self._store, key)
            return found.bytes().to_bytes(), found.meta["e_tag"] or ""

        try:
            return self._done("read", key, read)
        except _RefusedError:
            return None

    def keys(self, folder: str, *, after: str = "") -> Iterator[str]:
        """Keys in a folder, which ends with a slash, in order, beyond `after`."""
        pages = self._done(
            "list", folder, lambda: iter(obstore.list(self._store, folder, offset=after or None))
        )
        while page := self._done("list", folder, lambda: next(pages, None)):
            for item in page:
                yield item["path"]

    @cached_property
    def _store(self) -> S3Store:
        credentials = None if any(map(os.environ.get, _NATIVE_CREDENTIALS)) else _found_by_boto3()
        agent = f"finks-ingestion app/{os.environ.get('AWS_SDK_UA_APP_ID', 'none')}"
        return S3Store(
            self.name,
            config={"endpoint": _checked(self._endpoint)} if self._endpoint else None,
            checksum_algorithm="sha256",
            client_options={**_LIMITS, **_own_certificates(), "user_agent": agent},
            retry_config=_RETRIES,
            credential_provider=credentials,
        )

    def _put(self, key: str, body: bytes, content_type: str, mode: PutMode) -> None:
        def write() -> None:
            told = {"Content-Type": content_type}
            obstore.put(self._store, key, body, attributes=told, mode=mode, use_multipart=False)

        self._done("write", key, write)

    def _put_parts(self, key: str, body: bytes, stopped: Callable[[], bool]) -> None:
        # Late, because few runs have files of this size, and boto3 is long to import.
        from utils.s3_parts import PartsError, put_parts

        try:
            put_parts(
                self.name,
                key,
                body,
                part_bytes=PART_BYTES,
                endpoint=self._endpoint,
                stopped=stopped,
            )
        except PartsError as error:
            if error.code in _CONDITION_CODES:
                raise _RefusedError from error
            raise self._explained("write", key, error.code, str(error)) from error

    def _done[T](self, verb: str, key: str, work: Callable[[], T]) -> T:
        """What an operation gives. Raises _RefusedError or S3Error."""
        try:
            return interruptibly(work)
        except (BaseError, FileNotFoundError) as error:
            text = str(error)
            code = _found(_CODE, text) or (_WRONG_REGION if _SAYS_REGION in text else "")
            if isinstance(error, _REFUSALS) and code != _NO_BUCKET:
                raise _RefusedError from error
            headline = text.partition("\n")[0].rpartition(" - ")[2]
            raise self._explained(verb, key, code, _found(_SAID, text) or headline) from error

    def _explained(self, verb: str, key: str, code: str, said: str) -> S3Error:
        what = f"cannot {verb} s3://{self.name}/{key}: {': '.join(filter(None, (code, said)))}"
        if remedy := _REMEDIES.get(code):
            return S3Error(f"{what}; {remedy}", transient=False)
        where = self._endpoint or "AWS"
        return S3Error(f"{what}; check that {where} answers, then run again", transient=True)


def _found(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return match[1] if match else ""


def _endpoint_of_environment() -> str | None:
    """The S3 that a variable names; None for AWS."""
    for name in _ENDPOINTS:
        if found := os.environ.get(name):
            return found
        os.environ.pop(name, None)  # obstore takes an empty one for an address
    return None


def _own_certificates() -> ClientConfig:
    """Those of AWS_CA_BUNDLE, beside the system's. Raises S3Error."""
    bundle = os.environ.get("AWS_CA_BUNDLE")
    if not bundle:
        return {}
    try:
        return {"root_certificate": Path(bundle).read_bytes()}
    except OSError as error:
        raise S3Error(
            f"AWS_CA_BUNDLE {bundle} cannot be read ({error.strerror}); correct the path",
            transient=False,
        ) from error


def _checked(endpoint: str) -> str:
    """The endpoint, if it is a URL: obstore would panic. Raises S3Error."""
    if not names_a_server(endpoint):
        raise S3Error(
            f"AWS_ENDPOINT_URL is {endpoint!r}, which is no URL; write it as http://HOST:PORT",
            transient=False,
        )
    return endpoint


def _found_by_boto3() -> S3CredentialProvider:
    """The credentials of a profile, of a sign-on or of the machine. Raises S3Error."""
    from botocore.exceptions import BotoCoreError
    from obstore.auth.boto3 import Boto3CredentialProvider

    try:
        return Boto3CredentialProvider()
    except (ValueError, BotoCoreError) as error:
        raise S3Error(
            f"there are no AWS credentials ({error}); set AWS credentials or a task role",
            transient=False,
        ) from error
