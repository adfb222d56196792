"""Reading the parts of Hive's DDL: names, columns, properties, partition values."""

from __future__ import annotations

import re
from collections.abc import Iterator

from local.cloud.athena import sql_types
from local.cloud.athena.catalog import CATALOG, Column, TableName
from local.cloud.athena.errors import QueryError

_PART = r"(?:`[^`]+`|\"[^\"]+\"|[\w$]+)"
NAME = rf"(?P<name>{_PART}(?:\s*\.\s*{_PART}){{0,2}})"
_COMMENT = re.compile(r"\A\s*(?:--[^\n]*(?:\n|\Z)|/\*.*?\*/)", re.DOTALL)


def clean(sql: str) -> str:
    """A statement without the comments before it and without its semicolon."""
    while match := _COMMENT.match(sql):
        sql = sql[match.end() :]
    sql = sql.strip()
    while sql.endswith(";"):
        sql = sql[:-1].rstrip()
    return sql


def without_trailing_comment(sql: str) -> str:
    """A statement of Hive without the comments after it; a query may end in a text like one."""
    while trailing := re.search(r"(;|\n\s*--[^\n]*|/\*[^*]*\*/)\s*\Z", sql):
        sql = sql[: trailing.start()].rstrip()
    return sql


def table_name(text: str, default_database: str) -> TableName:
    """A name as Hive or Trino quotes it; QueryError for other catalogs."""
    parts = [part.strip('`"').lower() for part in re.findall(_PART, text)]
    if len(parts) == 3:
        catalog, *parts = parts
        if catalog not in (CATALOG, "hive"):
            raise QueryError("CATALOG_NOT_FOUND", f"Catalog '{catalog}' does not exist")
    database = parts[0] if len(parts) == 2 else default_database
    if not database:
        raise QueryError("MISSING_SCHEMA_NAME", f"Schema must be specified: write db.{parts[-1]}")
    return TableName(database, parts[-1])


def inner(text: str, start: int) -> tuple[str, int]:
    """What stands between the parenthesis at `start` and the one that closes it, and its end."""
    depth, quote = 0, ""
    for index in range(start, len(text)):
        character = text[index]
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"`":
            quote = character
        elif character in "(<":
            depth += 1
        elif character in ")>":
            depth -= 1
            if depth == 0:
                return text[start + 1 : index], index + 1
    raise QueryError("SYNTAX_ERROR", "mismatched input '<EOF>': a parenthesis is not closed")


def split(text: str) -> Iterator[str]:
    """The items of a list with commas, at its top level."""
    depth, quote, start = 0, "", 0
    for index, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"`":
            quote = character
        elif character in "(<":
            depth += 1
        elif character in ")>":
            depth -= 1
        elif character == "," and depth == 0:
            yield text[start:index].strip()
            start = index + 1
    if text[start:].strip():
        yield text[start:].strip()


def columns(text: str) -> list[Column]:
    """``a int COMMENT 'x', `b` array<string>`` as columns."""
    result = []
    for item in split(text):
        match = re.fullmatch(
            rf"(?P<name>{_PART})\s+(?P<type>.+?)(?:\s+COMMENT\s+'(?P<comment>(?:[^']|'')*)')?",
            item,
            re.IGNORECASE | re.DOTALL,
        )
        if match is None:
            raise QueryError("SYNTAX_ERROR", f"mismatched input '{item}': expecting name and type")
        result.append(
            Column(
                match["name"].strip('`"').lower(),
                sql_types.from_hive(match["type"]),
                (match["comment"] or "").replace("''", "'"),
            )
        )
    return result


def properties(text: str) -> dict[str, str]:
    """``'a'='b', 'c'='d'`` as a dictionary."""
    result = {}
    for item in split(text):
        match = re.fullmatch(r"['\"](.*?)['\"]\s*=\s*['\"]?(.*?)['\"]?", item, re.DOTALL)
        if match is None:
            raise QueryError("SYNTAX_ERROR", f"mismatched input '{item}': expecting 'key'='value'")
        result[match[1]] = match[2]
    return result


def partition_values(text: str) -> dict[str, str]:
    """``d = '2020-01-01', n = 5`` as texts by column."""
    result = {}
    for item in split(text):
        match = re.fullmatch(
            rf"({_PART})\s*=\s*(?:DATE\s*)?'?(.*?)'?", item, re.IGNORECASE | re.DOTALL
        )
        if match is None:
            raise QueryError("SYNTAX_ERROR", f"mismatched input '{item}': expecting column = value")
        result[match[1].strip('`"').lower()] = match[2]
    return result
