"""Paging through lists whose items may come and go between two pages."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence


def page(
    keys: Sequence[str], *, limit: int, token: str | None = None
) -> tuple[list[str], str | None]:
    """One page of ``keys`` and the token of the next one, None when there is none.

    The token names the last key of its page, so that new items at the front of a list shift
    nothing. Raises ValueError when the token does not come from this list.
    """
    start = 0
    if token:
        try:
            last = base64.urlsafe_b64decode(token.encode()).decode()
            start = keys.index(last) + 1
        except (binascii.Error, UnicodeError, ValueError) as error:
            raise ValueError("the page token is not one of this list") from error
    items = list(keys[start : start + limit])
    more = start + limit < len(keys)
    return items, base64.urlsafe_b64encode(items[-1].encode()).decode() if more else None
