"""What a statement has to show when it succeeded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from local.cloud.athena.sql_types import BIGINT, VARCHAR, Type

ROWS = (("rows", BIGINT),)


@dataclass
class Outcome:
    """The result of a statement.

    `batches` are the rows of a query; `lines` the text of a DDL or utility statement, one row a
    line. `update_count` is the number of rows written, None for statements that write none.
    """

    statement: str
    """DML, DDL or UTILITY."""
    substatement: str
    columns: tuple[tuple[str, Type], ...] = ()
    batches: Iterable[pa.RecordBatch] = ()
    lines: list[str] = field(default_factory=list)
    update_count: int | None = None
    written: list[str] = field(default_factory=list)
    """URIs of the data files that were written."""

    @property
    def is_text(self) -> bool:
        """Whether the result is plain text without a header."""
        return self.statement != "DML"


def ddl(substatement: str) -> Outcome:
    """A DDL statement with nothing to show."""
    return Outcome("DDL", substatement)


def lines(substatement: str, column: str, rows: Iterable[str], *, kind: str = "UTILITY") -> Outcome:
    """A statement that shows a text."""
    return Outcome(kind, substatement, ((column, VARCHAR),), lines=list(rows))


def written(statement: str, substatement: str, count: int, files: Any = ()) -> Outcome:
    """A statement that wrote rows."""
    return Outcome(statement, substatement, ROWS, update_count=count, written=list(files))
