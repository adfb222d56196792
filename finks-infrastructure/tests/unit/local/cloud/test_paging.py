from __future__ import annotations

import pytest

from local.cloud.paging import page


def test_pages_go_on_after_the_last_key() -> None:
    first, token = page(["d", "c", "b", "a"], limit=2)
    assert first == ["d", "c"]
    # a new one at the front shifts nothing
    second, end = page(["e", "d", "c", "b", "a"], limit=2, token=token)
    assert (second, end) == (["b", "a"], None)
    assert page([], limit=2) == ([], None)


def test_a_token_from_elsewhere() -> None:
    _, token = page(["x", "y"], limit=1)
    for bad in (token, "not base64!", "AAAA"):
        with pytest.raises(ValueError, match="page token"):
            page(["a", "b"], limit=1, token=bad)
