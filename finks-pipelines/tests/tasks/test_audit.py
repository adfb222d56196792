"""The audit of silver: what passes, and each thing that does not."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from silver import TABLES
from tasks.audit import SilverAudit, audit_silver
from tests.lake import FRIDAY, SCHEMA, bar, put_bronze, put_silver

pytestmark = pytest.mark.usefixtures("prefect_server", "aws")
QUOTES = TABLES[0]


def audit(rows: int = 2) -> SilverAudit:
    (found,) = audit_silver(QUOTES, "s1", (put_bronze(FRIDAY, rows=rows).commit,))
    return found


def test_matching_files_report_and_manifest_pass() -> None:
    put_silver(FRIDAY, [bar("AAPL"), bar("IBM")])
    found = audit()
    assert found.passed, found.problems
    assert (found.rows_in, found.rows, found.source_run_id) == (2, 2, "b1")


def test_duplicates_and_rejections_explain_missing_rows() -> None:
    put_silver(
        FRIDAY, [bar("AAPL")], rows_in=4, duplicates=1, rejected={"missing_close": 2}, rows_out=1
    )
    assert audit(rows=4).passed


def test_a_date_without_a_report_does_not_pass() -> None:
    assert "no audit report" in audit().problems[0]


@pytest.mark.parametrize(
    ("rows", "changes", "problem"),
    [
        ([bar("A"), bar("A")], {}, "1 rows repeat a key"),
        ([bar("A"), bar(None)], {}, "1 rows have no symbol"),
        ([bar("A"), bar("B", None)], {}, "1 rows have no close"),
        ([bar("A"), bar("B", "-1")], {}, "close goes down to -1"),
        ([bar("A"), bar("B", low=Decimal(12))], {}, "1 rows have a high below their low"),
        ([bar("A")], {"rows_in": 2, "rows_out": 2}, "files have 1 rows, its report says 2"),
        ([bar("A")], {}, "read 1 of 2 rows"),
        ([bar("A"), bar("B")], {"rows_out": 1}, "counts 1 rows where 2 are left"),
        ([bar("A"), bar("B")], {"problems": ["bronze is odd"]}, "bronze is odd"),
        ([bar("A"), bar("B")], {"source_run_id": "b0"}, "ingested again meanwhile"),
    ],
)
def test_what_is_wrong_is_named(
    rows: list[dict[str, Any]], changes: dict[str, Any], problem: str
) -> None:
    put_silver(FRIDAY, rows, **changes)
    found = audit()
    assert not found.passed
    assert any(problem in text for text in found.problems), found.problems


def test_another_type_than_the_tables_does_not_pass() -> None:
    schema = SCHEMA.set(4, pa.field("close", pa.float64()))
    put_silver(FRIDAY, [bar("A") | {"close": 1.0}, bar("B") | {"close": 2.0}], schema=schema)
    assert "close is double instead of decimal128(18, 6)" in audit().problems[0]
