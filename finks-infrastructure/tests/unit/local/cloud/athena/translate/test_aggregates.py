from __future__ import annotations

from collections.abc import Callable

import pytest

from local.cloud.athena.errors import QueryError

Typed = Callable[[str], list[tuple[str | None, str]]]
Run = Callable[[str], list[str | None]]
PAIRS = "(values ('x', 1), ('y', 2), (null, 3)) t(a, b)"


@pytest.mark.parametrize(
    ("expression", "text", "kind"),
    [
        ("avg(x) from (values 1.10, 2.25) t(x)", "1.68", "decimal(3,2)"),  # 1.675, half up
        ("avg(x) from (values 1, 2) t(x)", "1.5", "double"),
        ("avg(distinct x) from (values 1, 2, 2) t(x)", "1.5", "double"),
        ("avg(x) filter (where x > 1) from (values 1, 2, 4) t(x)", "3.0", "double"),
        ("avg(x) from (values cast(null as decimal(10,2))) t(x)", None, "decimal(10,2)"),
        ("sum(x) from (values 1, 2) t(x)", "3", "bigint"),
        ("sum(x) from (values 1.10, 2.25) t(x)", "3.35", "decimal(38,2)"),
        ("count(*) from (values 1, 2) t(x)", "2", "bigint"),
        ("approx_distinct(x) from (values 1, 1, 2) t(x)", "2", "bigint"),
        ("approx_percentile(x, 0.5) from (values 1, 2, 3) t(x)", "2", "integer"),
        ("stddev_samp(x) from (values 1e0, 2e0, 4e0) t(x)", "1.5275252316519468", "double"),
    ],
)
def test_types_of_aggregates(typed: Typed, expression: str, text: str | None, kind: str) -> None:
    ((found, found_kind),) = typed(expression)
    assert found_kind == kind
    if kind == "double" and text is not None and found is not None:
        assert float(found) == pytest.approx(float(text), rel=1e-12)
    else:
        assert found == text


def test_aggregates_of_pairs(run: Run) -> None:
    assert run(
        f"max_by(a, b), min_by(a, b), array_agg(a order by b desc), count_if(b > 1),"
        f" listagg(coalesce(a, '?'), '-') within group (order by b), bool_or(b > 2) from {PAIRS}"
    ) == [None, "x", "[null, y, x]", "2", "x-y-?", "true"]


def test_windows(run: Run) -> None:
    assert run(
        "array_agg(l order by b), array_agg(s order by b), array_agg(m order by b) from (select b,"
        " lag(a) ignore nulls over (order by b) as l,"
        " sum(b) over (order by b rows between 1 preceding and current row) as s,"
        f" avg(b) over (order by b) as m from {PAIRS})"
    ) == ["[null, x, y]", "[1, 3, 5]", "[1.0, 1.5, 2.0]"]


def test_nulls_come_last_in_either_direction(run: Run) -> None:
    assert run(f"array_agg(a) from (select a from {PAIRS} order by a limit 3)") == ["[x, y, null]"]
    assert run(f"array_agg(a) from (select a from {PAIRS} order by a desc limit 3)") == [
        "[y, x, null]"
    ]


def test_grouping_sets(run: Run) -> None:
    sql = """select array_agg(n order by n) from (
               select count(*) as n from (values 'x', 'y', 'y') t(a) group by rollup(a))"""
    assert run(sql) == ["[1, 2, 3]"]


def test_a_column_outside_of_group_by_fails(run: Run) -> None:
    with pytest.raises(QueryError, match="EXPRESSION_NOT_AGGREGATE"):
        run(f"a, count(*) from {PAIRS} group by b")
