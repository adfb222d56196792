"""What a URL of a server is, told before anybody connects."""

from __future__ import annotations

from urllib.parse import urlsplit


def names_a_server(url: str) -> bool:
    """Whether a text is an HTTP URL with a host, and with a port that there is."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        return False
    return bool(usable) and " " not in url
