from __future__ import annotations

from collections.abc import Callable

import pytest

from local.cloud.athena.errors import QueryError

Typed = Callable[[str], list[tuple[str | None, str]]]
Run = Callable[[str], list[str | None]]


@pytest.mark.parametrize(
    ("expression", "text", "kind"),
    [
        ("cast(2.5e0 as integer)", "3", "integer"),  # half up, not to even
        ("cast(-2.5e0 as bigint)", "-3", "bigint"),
        ("cast(2.5 as bigint)", "3", "bigint"),
        ("cast('12' as bigint)", "12", "bigint"),
        ("cast(true as integer)", "1", "integer"),
        ("cast(1.5e0 as varchar)", "1.5E0", "varchar"),
        ("cast(0e0 as varchar)", "0E0", "varchar"),
        ("cast(12345678e0 as varchar)", "1.2345678E7", "varchar"),
        ("cast(1.50 as varchar)", "1.50", "varchar"),
        ("cast(date '2020-01-31' as varchar)", "2020-01-31", "varchar"),
        ("cast(timestamp '2020-01-31 10:00:00' as varchar)", "2020-01-31 10:00:00.000", "varchar"),
        ("cast('abcdef' as varchar(3))", "abc", "varchar"),
        ("cast(1.5 as decimal)", "2", "decimal(38,0)"),
        ("cast('1.239' as decimal(5,2))", "1.24", "decimal(5,2)"),
        ("cast(timestamp '2020-01-31 23:59:59' as date)", "2020-01-31", "date"),
        ("try_cast('x' as integer)", None, "integer"),
        ("try_cast('2020-01-31 10:00:00' as date)", None, "date"),
        ("cast(null as double)", None, "double"),
        ("cast(row(1, 'x') as row(a integer, b varchar)).b", "x", "varchar"),
        ("cast(array[1] as array(varchar))", "[1]", "array(varchar)"),
    ],
)
def test_casts(typed: Typed, expression: str, text: str | None, kind: str) -> None:
    assert typed(expression) == [(text, kind)]


@pytest.mark.parametrize(
    "expression",
    [
        "cast('2.7' as integer)",
        "cast('x' as bigint)",
        "cast('2020-01-31 10:00:00' as date)",
        "cast('x' as double)",
    ],
)
def test_texts_that_are_no_such_value_fail(run: Run, expression: str) -> None:
    with pytest.raises(QueryError, match="INVALID_CAST_ARGUMENT"):
        run(expression)


def test_a_timestamp_is_rounded_to_its_precision(run: Run) -> None:
    column = "(values timestamp '2020-01-01 00:00:00.123600') t(x)"
    assert run(f"cast(x as timestamp), cast(x as timestamp(6)) from {column}") == [
        "2020-01-01 00:00:00.124",
        "2020-01-01 00:00:00.123600",
    ]
    with pytest.raises(QueryError, match=r"timestamp\(9\)"):
        run("cast(now() as timestamp(9))")
