"""Bodies as S3 clients send them: plain or ``aws-chunked``, with checksums before or after.

Signatures are not checked (any credentials will do), checksums are: MD5, CRC32, SHA-1 and
SHA-256. The standard library has no CRC32C and no CRC64NVME: those are taken without a check.
"""

from __future__ import annotations

import base64
import hashlib
import os
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from local.cloud.service import AwsError
from local.cloud.web import Request

CHUNK = 1 << 20
_MAX_LINE_BYTES = 8192
CHECKSUM_PREFIX = "x-amz-checksum-"


class _Digest(Protocol):
    def update(self, data: bytes, /) -> None: ...
    def digest(self) -> bytes: ...


class _Crc32:
    def __init__(self) -> None:
        self._value = 0

    def update(self, data: bytes, /) -> None:
        self._value = zlib.crc32(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(4, "big")


_ALGORITHMS: Mapping[str, Callable[[], _Digest]] = {
    "crc32": _Crc32,
    "sha1": lambda: hashlib.sha1(usedforsecurity=False),
    "sha256": hashlib.sha256,
}


@dataclass(frozen=True)
class Received:
    """A body that is on disk."""

    path: Path
    size: int
    md5: str
    """Hexadecimal."""
    checksums: dict[str, str]
    """Checksums that the client sent and that were right, base64 by algorithm."""


class _Lines:
    """Lines and bytes of a stream, read in large pieces: cheroot's readline of a chunked
    request does not stop at the end of the line."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._buffer = b""

    def _fill(self) -> bool:
        piece = self._stream.read(CHUNK)
        self._buffer += piece
        return bool(piece)

    def line(self) -> bytes:
        """The next line without its end; what is left if there is no line end."""
        while b"\n" not in self._buffer and len(self._buffer) < _MAX_LINE_BYTES:
            if not self._fill():
                break
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.strip()

    def some(self, limit: int) -> bytes:
        """Up to `limit` bytes, none at the end."""
        if not self._buffer:
            self._fill()
        piece, self._buffer = self._buffer[:limit], self._buffer[limit:]
        return piece


class _Body:
    """Yields the decoded body and collects the trailer of ``aws-chunked``."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self.trailers: dict[str, str] = {}

    def __iter__(self) -> Iterator[bytes]:
        if is_aws_chunked(self._request):
            return self._decoded()
        return self._plain()

    def _plain(self) -> Iterator[bytes]:
        expected = self._request.content_length
        received = 0
        while chunk := self._request.stream.read(CHUNK):
            received += len(chunk)
            yield chunk
        if expected is not None and received != expected:
            raise _incomplete(received, expected)

    def _decoded(self) -> Iterator[bytes]:
        stream = _Lines(self._request.stream)
        received = 0
        while True:
            try:
                left = int(stream.line().split(b";")[0], 16)
            except ValueError:
                raise _incomplete(received, None) from None
            if left == 0:
                break
            received += left
            while left:
                chunk = stream.some(left)
                if not chunk:
                    raise _incomplete(received - left, None)
                left -= len(chunk)
                yield chunk
            stream.line()  # the end of the chunk
        while line := stream.line():
            name, _, value = line.decode("latin-1").partition(":")
            self.trailers[name.strip().lower()] = value.strip()
        expected = self._request.headers.get("x-amz-decoded-content-length")
        if expected is not None and received != int(expected):
            raise _incomplete(received, int(expected))


def is_aws_chunked(request: Request) -> bool:
    """Whether the body is framed in ``aws-chunked``."""
    return request.headers.get("x-amz-content-sha256", "").startswith("STREAMING-") or (
        "aws-chunked" in request.headers.get("content-encoding", "")
    )


def read_all(request: Request, limit: int) -> bytes:
    """The decoded body in memory: for XML documents, not for objects."""
    parts: list[bytes] = []
    size = 0
    for chunk in _Body(request):
        size += len(chunk)
        if size > limit:
            raise AwsError("EntityTooLarge", f"The document is longer than {limit} bytes.")
        parts.append(chunk)
    return b"".join(parts)


def receive(request: Request, path: Path) -> Received:
    """Write the body to `path`, flushed to disk, and verify every checksum that came with it.

    Raises AwsError IncompleteBody, BadDigest or XAmzContentSHA256Mismatch; no file is left then.
    """
    digests: dict[str, _Digest] = {
        name: make()
        for name, make in _ALGORITHMS.items()
        if CHECKSUM_PREFIX + name in request.headers
        or CHECKSUM_PREFIX + name in request.headers.get("x-amz-trailer", "").lower()
    }
    signed = request.headers.get("x-amz-content-sha256", "")
    if len(signed) == hashlib.sha256().digest_size * 2 and not is_aws_chunked(request):
        digests.setdefault("sha256", hashlib.sha256())
    body = _Body(request)
    md5 = hashlib.md5(usedforsecurity=False)
    size = 0
    try:
        with path.open("wb") as file:
            for chunk in body:
                md5.update(chunk)
                for digest in digests.values():
                    digest.update(chunk)
                file.write(chunk)
                size += len(chunk)
            file.flush()
            _verify(request.headers, body.trailers, md5.digest(), digests, signed)
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    given = {**request.headers, **body.trailers}
    return Received(
        path=path,
        size=size,
        md5=md5.hexdigest(),
        checksums={
            name: given[CHECKSUM_PREFIX + name]
            for name in digests
            if CHECKSUM_PREFIX + name in given
        },
    )


def _verify(
    headers: Mapping[str, str],
    trailers: Mapping[str, str],
    md5: bytes,
    digests: Mapping[str, _Digest],
    signed: str,
) -> None:
    if "content-md5" in headers and headers["content-md5"] != _base64(md5):
        raise AwsError("BadDigest", "The Content-MD5 you specified did not match; send it again.")
    for name, digest in digests.items():
        header = CHECKSUM_PREFIX + name
        expected = trailers.get(header, headers.get(header))
        if expected is not None and expected != _base64(digest.digest()):
            raise AwsError(
                "BadDigest",
                f"The {name.upper()} you specified did not match what was received; send it again.",
            )
        if name == "sha256" and expected is None and digest.digest().hex() != signed:
            raise AwsError(
                "XAmzContentSHA256Mismatch",
                "x-amz-content-sha256 does not match what was received; send it again.",
            )


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def _incomplete(received: int, expected: int | None) -> AwsError:
    announced = "" if expected is None else f" of {expected}"
    return AwsError("IncompleteBody", f"The body ended after {received}{announced} bytes.")


def copy_file(sources: Sequence[BinaryIO], path: Path, length: int | None = None) -> Received:
    """Join open files (or `length` bytes of one) into `path`, flushed to disk."""
    md5 = hashlib.md5(usedforsecurity=False)
    size = 0
    try:
        with path.open("wb") as file:
            for source in sources:
                while chunk := source.read(CHUNK if length is None else min(CHUNK, length - size)):
                    md5.update(chunk)
                    file.write(chunk)
                    size += len(chunk)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return Received(path=path, size=size, md5=md5.hexdigest(), checksums={})
