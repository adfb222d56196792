"""Which symbols a run asks for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from connectors.errors import ConfigurationError, StorageError
from utils.s3 import Bucket, S3Error

SYMBOL = re.compile(r"[A-Z0-9^][A-Z0-9.^=-]{0,19}")


def wanted_symbols(symbols: str | None, symbols_uri: str | None) -> tuple[str, ...]:
    """Symbols of SYMBOLS or of the file behind SYMBOLS_URI: upper case, sorted, each once.

    The file has one symbol a line; empty lines and what follows a `#` do not count. Raises
    ConfigurationError for a malformed symbol, an empty list or a file that is not there.
    """
    if symbols:
        return _cleaned(symbols.split(","), "SYMBOLS")
    uri = symbols_uri or ""
    lines = _text(uri).splitlines()
    return _cleaned((line.partition("#")[0] for line in lines), f"SYMBOLS_URI {uri}")


def _cleaned(parts: Iterable[str], source: str) -> tuple[str, ...]:
    found = sorted({part.strip().upper() for part in parts if part.strip()})
    if not found:
        raise ConfigurationError(f"{source} names no symbol; write for instance AAPL,MSFT")
    for symbol in found:
        if not SYMBOL.fullmatch(symbol):
            raise ConfigurationError(
                f"{source} has {symbol!r}, which is no ticker symbol; separate symbols by "
                "commas (in a file: one a line)"
            )
    return tuple(found)


def _text(uri: str) -> str:
    try:
        body = _object(uri) if uri.startswith("s3://") else _file(uri)
        return body.decode("utf-8-sig")  # as Windows writes it, too
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"SYMBOLS_URI {uri} is no text in UTF-8; name a file with one symbol a line"
        ) from error


def _object(uri: str) -> bytes:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if not bucket or not key:
        raise ConfigurationError(f"SYMBOLS_URI {uri} names no object; write s3://BUCKET/KEY")
    try:
        body = Bucket(bucket).get(key)
    except S3Error as error:
        raise StorageError(f"SYMBOLS_URI: {error}", transient=error.transient) from error
    if body is None:
        raise ConfigurationError(f"SYMBOLS_URI {uri} does not exist; upload it first")
    return body


def _file(uri: str) -> bytes:
    path = uri.removeprefix("file://")
    if "://" in path:
        raise ConfigurationError(f"SYMBOLS_URI {uri} is no file and not in S3; copy it to either")
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"SYMBOLS_URI {uri} cannot be read ({error.strerror}); correct the path"
        ) from error
