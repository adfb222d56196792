from __future__ import annotations

from collections.abc import Callable

import pytest

from local.cloud.athena.errors import QueryError

Run = Callable[[str], list[str | None]]


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("'a' || 'b' || cast(1 as varchar)", "ab1"),
        ("concat('a', null)", None),
        ("substr('abc', -2)", "bc"),
        ("substr('abc', 0)", ""),
        ("substr('abc', -5)", ""),
        ("substring('abcdef' from 2 for 3)", "bcd"),
        ("split_part('a,b', ',', 3)", None),
        ("split('a,b', ',')", "[a, b]"),
        ("regexp_extract('abc', 'x')", None),
        ("regexp_extract('ab12', '([a-z]+)([0-9]+)', 2)", "12"),
        ("regexp_replace('aab', 'a(a)', '$1x')", "axb"),
        ("regexp_like('abc', '^a')", "true"),
        ("strpos('abc', 'c')", "3"),
        ("position('b' in 'abc')", "2"),
        ("trim(both 'x' from 'xax')", "a"),
        ("lpad('7', 3, '0')", "007"),
        ("lower(to_hex(md5(to_utf8('a'))))", "0cc175b9c0f1b6a831c399e269772661"),
        ("json_extract_scalar('{\"a\": {\"b\": [5, 6]}}', '$.a.b[1]')", "6"),
        ("json_extract_scalar('{\"a\": {}}', '$.a')", None),
        ("json_extract_scalar('no json', '$.a')", None),
        ("nullif('a', 'a')", None),
        ("replace('abc', 'b')", "ac"),
    ],
)
def test_texts(run: Run, expression: str, text: str | None) -> None:
    assert run(expression) == [text]


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("array[1, 2][1]", "1"),
        ("element_at(array[1, 2], 3)", None),
        ("element_at(map(array['k'], array[1]), 'k')", "1"),
        ("map(array['k'], array[1])['k']", "1"),
        ("cardinality(array[1, 2])", "2"),
        ("sequence(1, 3)", "[1, 2, 3]"),
        ("sequence(date '2020-01-30', date '2020-02-01')", "[2020-01-30, 2020-01-31, 2020-02-01]"),
        (
            "sequence(date '2020-01-01', date '2020-01-31', interval '15' day)",
            "[2020-01-01, 2020-01-16, 2020-01-31]",
        ),
        ("transform(array[1, 2], x -> x + 1)", "[2, 3]"),
        ("filter(array[1, 2], x -> x > 1)", "[2]"),
        ("reduce(array[1, 2, 3], 0, (s, x) -> s + x, s -> s * 10)", "60"),
        ("zip_with(array[1, 2], array[3, 4], (x, y) -> x * y)", "[3, 8]"),
        ("any_match(array[1, 2], x -> x = 2)", "true"),
        ("all_match(array[1, 2], x -> x = 2)", "false"),
        ("array_join(array[1, null, 2], ',')", "1,2"),
        ("array_join(array[1, null, 2], ',', '-')", "1,-,2"),
        ("slice(array[1, 2, 3], -2, 2)", "[2, 3]"),
        ("array_sort(array[3, null, 1])", "[1, 3, null]"),
        ("contains(array[1], 1)", "true"),
        ("array_position(array['a'], 'b')", "0"),
        ("row(1, 'x')", None),
        ("map(array['a', 'b'], array[1, 2])", "{a=1, b=2}"),
    ],
)
def test_collections(run: Run, expression: str, text: str | None) -> None:
    if expression.startswith("row"):
        assert run(f"cast({expression} as row(a integer, b varchar))") == ["{a=1, b=x}"]
        return
    assert run(expression) == [text]


def test_unnest(run: Run) -> None:
    assert run("sum(x) from unnest(array[1, 2]) as t(x)") == ["3"]
    zipped = "(values (array[1, 2], array['a'])) t(a, b) cross join unnest(a, b) as u(x, y)"
    assert run(f"array_agg(x order by x), array_agg(y order by x) from {zipped}") == [
        "[1, 2]",
        "[a, null]",
    ]
    numbered = "(values (array[5, 6])) t(a) cross join unnest(a) with ordinality as u(x, n)"
    assert run(f"array_agg(x * 10 + n order by n) from {numbered}") == ["[51, 62]"]


@pytest.mark.parametrize(
    ("expression", "error"),
    [
        ("'a' || 1", "TYPE_MISMATCH"),
        ("x from (values date '2020-01-01') t(x) where x = '2020-01-01'", "TYPE_MISMATCH"),
        (
            "x from (values date '2020-01-01') t(x) where x between '2020-01-01' and '2020-01-02'",
            "TYPE_MISMATCH",
        ),
        ("x from (values '1') t(x) where x = 1", "TYPE_MISMATCH"),
        ("x from (values '1') t(x) where x in (1, 2)", "TYPE_MISMATCH"),
        ("nosuch(1)", "FUNCTION_NOT_FOUND: Function 'nosuch' not registered"),
        ("trino_div(1, 2)", "FUNCTION_NOT_FOUND"),
        ("read_parquet('/etc/passwd')", "FUNCTION_NOT_FOUND"),
        ("substr('a')", "FUNCTION_NOT_FOUND: Unexpected parameters"),
        ("regexp_replace('a', 'a', x -> x)", "NOT_SUPPORTED"),
        ("checksum(1)", "FUNCTION_NOT_FOUND"),
        ("x from (values 1) t(x) qualify true", "SYNTAX_ERROR"),
        ("* except (x) from (values 1) t(x)", "SYNTAX_ERROR"),
        ("x from unnest(map(array[1], array[2])) as t(x, y)", "NOT_SUPPORTED: UNNEST of a map"),
        ("nosuch from (values 1) t(x)", "COLUMN_NOT_FOUND: Column 'nosuch' cannot be resolved"),
        ("a from (values 1) t(a), (values 2) u(a)", "AMBIGUOUS_NAME"),
    ],
)
def test_what_is_refused_rather_than_guessed(run: Run, expression: str, error: str) -> None:
    with pytest.raises(QueryError, match=error):
        run(expression)


def test_two_statements_are_refused(run: Run) -> None:
    with pytest.raises(QueryError, match="Only one sql statement"):
        run("select 1; select 2")
