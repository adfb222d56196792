"""Which texts are URLs of servers."""

from __future__ import annotations

import pytest

from utils.urls import names_a_server


@pytest.mark.parametrize(
    "url",
    ["http://localhost:4700", "https://example.com/stable", "http://[::1]:9/", "http://10.0.0.1"],
)
def test_urls(url: str) -> None:
    assert names_a_server(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:4700",
        "ftp://example.com",
        "http://",
        "http:///stable",
        "http://[::1",
        "http://localhost:99999",
        "http://localhost:x",
        "http://localhost:0",
        "http://exa mple.com",
    ],
)
def test_texts_that_are_none(url: str) -> None:
    assert not names_a_server(url)
