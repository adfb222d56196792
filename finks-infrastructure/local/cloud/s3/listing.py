"""Listing a bucket: prefix, delimiter and pages, in the order of the keys' UTF-8 bytes."""

from __future__ import annotations

from dataclasses import dataclass, field

from local.cloud.s3.index import LAST_CHARACTER, ObjectIndex, StoredObject

MAX_KEYS = 1000


@dataclass
class Page:
    """One page of a listing; `last` is the key or common prefix that it ends with."""

    objects: list[StoredObject] = field(default_factory=list)
    prefixes: list[str] = field(default_factory=list)
    truncated: bool = False
    last: str = ""

    def __len__(self) -> int:
        return len(self.objects) + len(self.prefixes)


def list_page(
    index: ObjectIndex,
    bucket: str,
    *,
    prefix: str = "",
    delimiter: str = "",
    after: str = "",
    max_keys: int = MAX_KEYS,
) -> Page:
    """Objects and common prefixes that come after the key or common prefix `after`.

    A common prefix counts as one key of the page, and its keys are skipped in one step.
    """
    page = Page()
    max_keys = min(max_keys, MAX_KEYS)
    if max_keys <= 0:
        return page
    if delimiter and after.startswith(prefix):
        after = _past_common_prefix(after, prefix, delimiter)
    look_ahead = 1 if delimiter else max_keys + 1
    while True:
        wanted = min(look_ahead, max_keys - len(page) + 1)
        batch = index.select(bucket, prefix, after, wanted)
        for item in batch:
            if len(page) == max_keys:
                page.truncated = True
                return page
            common = _common_prefix(item.key, prefix, delimiter)
            if common:
                page.prefixes.append(common)
                page.last = common
                after = common + LAST_CHARACTER
                look_ahead = 1  # what follows is probably a folder too
                break
            page.objects.append(item)
            page.last = after = item.key
        else:
            if len(batch) < wanted:
                return page
            look_ahead *= 2


def _common_prefix(key: str, prefix: str, delimiter: str) -> str:
    if not delimiter:
        return ""
    head, found, _ = key[len(prefix) :].partition(delimiter)
    return prefix + head + found if found else ""


def _past_common_prefix(after: str, prefix: str, delimiter: str) -> str:
    """A page that ended with a common prefix goes on behind all of its keys."""
    common = _common_prefix(after, prefix, delimiter)
    return common + LAST_CHARACTER if common and common == after else after
