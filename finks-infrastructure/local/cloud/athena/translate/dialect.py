"""Parsing Athena's DML: Trino's grammar, with every function call left as it was written.

sqlglot knows hundreds of functions and rewrites them for the target dialect, sometimes with other
semantics. Here a call stays a name and its arguments, so that `functions` decides about each one
of them, and an unknown name is an error instead of a guess.
"""

from __future__ import annotations

from typing import ClassVar

import sqlglot
from sqlglot import exp
from sqlglot.dialects.trino import Trino
from sqlglot.errors import ParseError, TokenError
from sqlglot.parsers.trino import TrinoParser
from sqlglot.tokenizer_core import TokenType

from local.cloud.athena.errors import QueryError

_WITH_A_GRAMMAR = ("CAST", "TRY_CAST", "EXTRACT", "TRIM", "POSITION", "SUBSTRING", "LISTAGG")


def _decimal_literal(parser: TrinoParser, this: exp.Expr, kind: exp.DataType) -> exp.Expr:
    """``DECIMAL '1.50'`` has the digits that it is written with: decimal(3,2)."""
    del parser
    whole, _, fraction = this.name.strip().lstrip("+-").partition(".")
    if kind.expressions or not (whole + fraction).isdigit():
        return exp.cast(this, kind)
    precision = max(len(whole.lstrip("0")) + len(fraction), 1)
    return exp.cast(this, f"DECIMAL({precision}, {len(fraction)})")


class _Parser(TrinoParser):
    FUNCTIONS: ClassVar = {}
    TYPE_LITERAL_PARSERS: ClassVar = {
        **TrinoParser.TYPE_LITERAL_PARSERS,
        exp.DType.DECIMAL: _decimal_literal,
    }
    FUNCTION_PARSERS: ClassVar = {
        name: parser
        for name, parser in TrinoParser.FUNCTION_PARSERS.items()
        if name in _WITH_A_GRAMMAR
    }


class EngineDialect(Trino):
    """Trino without sqlglot's own functions."""

    Parser = _Parser


def parse(sql: str) -> exp.Expr:
    """The one statement of a text; raises QueryError SYNTAX_ERROR."""
    try:
        parsed = sqlglot.parse(sql, read=EngineDialect)
    except ParseError as error:
        detail = error.errors[0] if error.errors else {}
        raise QueryError(
            "SYNTAX_ERROR",
            f"line {detail.get('line', 1)}:{detail.get('col', 1)}: mismatched input"
            f" '{detail.get('highlight', '')}': {detail.get('description', error)}",
        ) from error
    except TokenError as error:
        raise QueryError("SYNTAX_ERROR", f"line 1:1: {error}") from error
    statements = [s for s in parsed if s is not None and not isinstance(s, exp.Semicolon)]
    if len(statements) != 1:
        raise QueryError("SYNTAX_ERROR", "Only one sql statement is allowed; send one at a time")
    return statements[0]


def with_parameters(sql: str, parameters: list[str]) -> str:
    """The text with ExecutionParameters, which are literals as text, for its question marks."""
    if not parameters and "?" not in sql:
        return sql
    try:
        marks = [t for t in EngineDialect().tokenize(sql) if t.token_type == TokenType.PLACEHOLDER]
    except TokenError as error:
        raise QueryError("SYNTAX_ERROR", f"line 1:1: {error}") from error
    if len(marks) != len(parameters):
        raise QueryError(
            "INVALID_PARAMETER_USAGE",
            f"Incorrect number of parameters: expected {len(marks)} but found {len(parameters)}",
        )
    for mark, parameter in reversed(list(zip(marks, parameters, strict=True))):
        value = parse(f"SELECT {parameter}")
        if len(value.expressions) != 1 or not isinstance(value.expressions[0], _LITERALS):
            raise QueryError(
                "INVALID_PARAMETER_USAGE", f"{parameter} is no literal: quote texts as 'text'"
            )
        sql = f"{sql[: mark.start]}{parameter}{sql[mark.end + 1 :]}"
    return sql


_LITERALS = (exp.Literal, exp.Null, exp.Boolean, exp.Cast, exp.Neg)


def position(node: exp.Expr, sql: str) -> str:
    """Where a node starts in the query's text: ``line 1:15``."""
    starts = [
        identifier.meta["start"]
        for identifier in node.find_all(exp.Identifier)
        if "start" in identifier.meta
    ]
    if not starts:
        return "line 1:1"
    before = sql[: min(starts)]
    return f"line {before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"
