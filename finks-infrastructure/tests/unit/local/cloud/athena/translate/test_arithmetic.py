"""Expected values are those that Trino's documentation and type rules give."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from local.cloud.athena.errors import QueryError

Typed = Callable[[str], list[tuple[str | None, str]]]
Run = Callable[[str], list[str | None]]


@pytest.mark.parametrize(
    ("expression", "text", "kind"),
    [
        ("7 / 2", "3", "integer"),
        ("-7 / 2", "-3", "integer"),
        ("bigint '7' / 2", "3", "bigint"),
        ("7e0 / 2", "3.5", "double"),
        ("7 / 2e0", "3.5", "double"),
        ("-7 % 3", "-1", "integer"),
        ("mod(7, 3)", "1", "integer"),
        ("5 - 2 - 1", "2", "integer"),
        ("1e0 / 0", "Infinity", "double"),
        ("7 / cast(null as integer)", None, "integer"),
        ("cast(null as integer) / 0", None, "integer"),
    ],
)
def test_integers_divide_as_integers_and_doubles_as_doubles(
    typed: Typed, expression: str, text: str | None, kind: str
) -> None:
    assert typed(expression) == [(text, kind)]


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("7.0 / 2", "3.5"),
        ("1.00 / 3", "0.33"),
        ("2.00 / 3", "0.67"),
        ("-2.00 / 3", "-0.67"),
        ("decimal '0.05' / 2", "0.03"),
        ("1 / 4.00", "0.25"),
        # scale is the larger one, rounding is half up: exact where a double is not
        ("cast(100 as decimal(18,6)) / cast(7 as decimal(18,6))", "14.285714"),
        (
            "cast('12345678901.345678' as decimal(18,6)) / cast('0.030000' as decimal(18,6))",
            "411522630044.855933",
        ),
        ("cast(1 as decimal(38,18)) / 3", "0.333333333333333333"),
        ("cast('99999999.999999' as decimal(18,6)) / 1", "99999999.999999"),
    ],
)
def test_decimals_divide_exactly_and_stay_decimals(
    typed: Typed, expression: str, text: str
) -> None:
    ((found, kind),) = typed(expression)
    assert found == text
    assert kind.startswith("decimal(")


def test_a_quotient_that_does_not_fit_fails(run: Run) -> None:
    with pytest.raises(QueryError, match="NUMERIC_VALUE_OUT_OF_RANGE"):
        run("cast('123456789012' as decimal(18,6)) / cast('0.000003' as decimal(18,6))")


def test_a_quotient_of_aggregates_is_what_its_types_say(typed: Typed) -> None:
    sql = """select sum(a) / count(*), sum(b) / count(*), sum(c) / count(*)
             from (values (1, 1.50, 1e0), (2, 2.51, 2e0)) t(a, b, c)"""
    (integer, decimal, double) = typed(sql)
    assert integer == ("1", "bigint")
    assert decimal[0] == "2.01"  # 4.01 / 2 = 2.005
    assert double == ("1.5", "double")


@pytest.mark.parametrize("expression", ["1 / 0", "1.5 / 0", "1 % 0", "bigint '1' / 0"])
def test_division_by_zero_fails(run: Run, expression: str) -> None:
    with pytest.raises(QueryError, match="DIVISION_BY_ZERO: Division by zero"):
        run(expression)


def test_a_guarded_division_by_zero_does_not_fail(run: Run) -> None:
    assert run("case when x <> 0 then 1 / x end from (values 0) t(x)") == [None]
    assert run("if(x <> 0, 1.5 / x, -1.5) from (values 0) t(x)") == ["-1.5"]
    assert run("try(1 / 0), coalesce(try(1.5 / 0), 9.5)") == [None, "9.5"]


def test_literals_have_the_types_of_trino(typed: Typed) -> None:
    found = typed("1, 3000000000, 1.50, 1e0, decimal '10', decimal '-1.50', 'x', true")
    assert [kind for _, kind in found] == [
        *("integer", "bigint", "decimal(3,2)", "double"),
        *("decimal(2,0)", "decimal(3,2)", "varchar", "boolean"),
    ]


def test_deep_chains_of_operators_stay_small(run: Run) -> None:
    chain = " / ".join(["1000000.0", *["2"] * 12])
    assert run(chain) == ["244.2"]  # rounded at each step
    assert run(" + ".join(["x"] * 60) + " from (values 1) t(x)") == ["60"]
    assert run("cast(" * 10 + "7" + " as bigint)" * 10) == ["7"]


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("round(2.5e0)", "3.0"),
        ("round(-2.5e0)", "-3.0"),
        ("round(2.675, 2)", "2.68"),
        ("truncate(1.99)", "1"),
        ("power(2, 3)", "8.0"),
        ("log(2, 8)", "3.0"),
        ("greatest(1, null)", None),
        ("least(3, 2)", "2"),
        ("bitwise_and(6, 3)", "2"),
        ("abs(-3)", "3"),
    ],
)
def test_functions_of_numbers(run: Run, expression: str, text: str | None) -> None:
    assert run(expression) == [text]


def test_names_of_columns_do_not_meet_those_inside_of_the_engine(typed: Typed) -> None:
    row = (
        "(values (cast(7 as decimal(18,6)), cast(2 as decimal(18,6)), 3, array[3, 4]))"
        " t(q, n, e, i)"
    )
    assert typed(f"q / n, n / q from {row}") == [
        ("3.500000", "decimal(18,6)"),
        ("0.285714", "decimal(18,6)"),
    ]
    assert typed(f"array_remove(i, e), repeat(e, 2) from {row}") == [
        ("[4]", "array(integer)"),
        ("[3, 3]", "array(integer)"),
    ]


def test_words_that_only_duckdb_reserves_are_names(run: Run) -> None:
    names = 'lambda, pivot, "order", show'
    sql = f"select {names} from (values (1, 2, 3, 4)) t({names})"
    assert run(sql) == ["1", "2", "3", "4"]
