"""Failures of a query, in the words that Athena puts into StateChangeReason."""

from __future__ import annotations

import re
from typing import Any

import duckdb

SYSTEM, USER = 1, 2
ICEBERG_ERROR_TYPE = 233
"""dbt-athena tells Iceberg failures (which it retries) from others by this number."""
GENERIC_ERROR_TYPE = 1006

_MARKER = re.compile(r"!([A-Z_]+)!([^']*)")


class QueryError(Exception):
    """A query that failed; `name` is Trino's error name (``TABLE_NOT_FOUND``)."""

    def __init__(self, name: str, message: str, *, category: int = USER) -> None:
        super().__init__(f"{name}: {message}")
        self.name = name
        self.message = message
        self.category = category

    @property
    def athena_error(self) -> dict[str, Any]:
        """The AthenaError structure of a query's status."""
        iceberg = self.name.startswith("ICEBERG_")
        return {
            "ErrorCategory": self.category,
            "ErrorType": ICEBERG_ERROR_TYPE if iceberg else GENERIC_ERROR_TYPE,
            "Retryable": self.name == "ICEBERG_COMMIT_ERROR",
            "ErrorMessage": str(self),
        }


class QueryCancelled(Exception):  # noqa: N818  # a state of the query, not a fault of it
    """Somebody, or a limit of the workgroup, stopped the query."""


def not_supported(construct: str) -> QueryError:
    """A construct that Athena may have and this engine has not: never answered wrongly."""
    return QueryError(
        "NOT_SUPPORTED",
        f"{construct} is not supported by the local Athena; rewrite the query, or run it on AWS",
    )


def from_duckdb(error: duckdb.Error) -> QueryError:
    """What Athena would say to a failure that DuckDB noticed."""
    text = str(error)
    if marker := _MARKER.search(text):
        return QueryError(marker[1], marker[2])
    if isinstance(error, duckdb.BinderException | duckdb.CatalogException):
        return _from_binder(text)
    if isinstance(error, duckdb.OutOfRangeException):
        return QueryError("NUMERIC_VALUE_OUT_OF_RANGE", _first_line(text))
    if isinstance(error, duckdb.ConversionException) and "Could not cast value" in text:
        return QueryError(
            "NUMERIC_VALUE_OUT_OF_RANGE",
            f"{_first_line(text)}; cast the operands to a decimal with more digits",
        )
    if isinstance(error, duckdb.ConversionException):
        return QueryError("INVALID_CAST_ARGUMENT", _first_line(text))
    if isinstance(error, duckdb.InvalidInputException):
        if "More than one row returned by a subquery" in text:
            return QueryError(
                "SUBQUERY_MULTIPLE_ROWS", "Scalar sub-query has returned multiple rows"
            )
        return QueryError("INVALID_FUNCTION_ARGUMENT", _first_line(text))
    if isinstance(error, duckdb.OutOfMemoryException):
        return QueryError("EXCEEDED_MEMORY_LIMIT", _first_line(text), category=SYSTEM)
    if isinstance(error, duckdb.ParserException | duckdb.SyntaxException):
        return QueryError("SYNTAX_ERROR", _first_line(text))
    if isinstance(error, duckdb.NotImplementedException):
        return not_supported(_first_line(text))
    return QueryError("GENERIC_INTERNAL_ERROR", _first_line(text), category=SYSTEM)


def _from_binder(text: str) -> QueryError:
    if column := re.search(r'Referenced column "([^"]+)" (?:was )?not found', text):
        return _column_not_found(column[1])
    if column := re.search(r'[Tt]able "[^"]+" does not have a column named "([^"]+)"', text):
        return _column_not_found(column[1])
    if column := re.search(r'column "?([\w.$]+)"? (?:not found|does not exist)', text):
        return _column_not_found(column[1])
    if table := re.search(r'Referenced table "([^"]+)" not found', text):
        return _column_not_found(table[1])
    if name := re.search(r'Ambiguous reference to column name "([^"]+)"', text):
        return QueryError("AMBIGUOUS_NAME", f"Column '{name[1]}' is ambiguous")
    if "must appear in the GROUP BY" in text:
        return QueryError("EXPRESSION_NOT_AGGREGATE", _first_line(text))
    if function := re.search(r"Function with name (\w+) does not exist", text):
        return QueryError("FUNCTION_NOT_FOUND", f"Function '{function[1]}' not registered")
    if any(part in text for part in ("No function matches", "Cannot compare", "Cannot mix")):
        return QueryError("TYPE_MISMATCH", _first_line(text))
    return QueryError("SYNTAX_ERROR", _first_line(text))


def _column_not_found(column: str) -> QueryError:
    return QueryError(
        "COLUMN_NOT_FOUND",
        f"Column '{column}' cannot be resolved or requester is not authorized to access"
        " requested resources",
    )


def _first_line(text: str) -> str:
    line = text.strip().split("\n", 1)[0]
    line = re.sub(r"^[\w ]+ Error: ", "", line)
    return re.sub(r"\btrino_(\w+)", r"\1", line)
