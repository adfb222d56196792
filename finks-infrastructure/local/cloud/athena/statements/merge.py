"""MERGE INTO an Iceberg table."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from local.cloud.athena.errors import QueryError, not_supported
from local.cloud.athena.outcome import Outcome
from local.cloud.athena.quoting import identifier
from local.cloud.athena.session import Session
from local.cloud.athena.statements.changes import Target, assignments, expression
from local.cloud.athena.tables.iceberg import FILE, ROW
from local.cloud.athena.tables.resolver import Resolver


@dataclass(frozen=True)
class _Clause:
    """A WHEN clause: its condition, and values by column; none of them for DELETE."""

    condition: str
    values: dict[str, str] | None


def run(session: Session, tree: exp.Merge, sql: str) -> Outcome:
    """Update, delete and insert rows in one snapshot."""
    target = Target(session, tree.this, sql)
    source_alias, source = _source(session, tree, sql)
    on = expression(session, tree.args["on"], sql)
    whens = tree.args["whens"].expressions
    matched = [_matched(session, target, w, sql) for w in whens if w.args.get("matched")]
    unmatched = [_unmatched(session, target, w, sql) for w in whens if not w.args.get("matched")]
    changed = inserted = None
    names = (
        f"{target.view} AS {identifier(target.alias)}",
        f"{source} AS {identifier(source_alias)}",
    )
    if matched:
        changed = _find_changed(session, target, names, on, matched)
    if unmatched:
        inserted = _find_inserted(session, target, names, on, unmatched)
    return target.apply("MERGE", changed, inserted)


def _source(session: Session, tree: exp.Merge, sql: str) -> tuple[str, str]:
    """Alias and name of the source's rows, computed once."""
    using = tree.args["using"]
    alias = using.alias_or_name
    select = exp.select("*").from_(using.copy())
    name = session.new_name("source")
    session.execute(f"CREATE TEMP TABLE {name} AS {Resolver(session).to_duckdb(select, sql)}")
    return alias, name


def _condition(session: Session, when: exp.Expr, sql: str) -> str:
    condition = when.args.get("condition")
    return "true" if condition is None else f"({expression(session, condition, sql)})"


def _matched(session: Session, target: Target, when: exp.Expr, sql: str) -> _Clause:
    condition, then = _condition(session, when, sql), when.args["then"]
    if when.args.get("source"):
        raise not_supported("WHEN NOT MATCHED BY SOURCE")
    if isinstance(then, exp.Update):
        return _Clause(condition, assignments(session, target, then.expressions, sql))
    if then.name.upper() == "DELETE":
        return _Clause(condition, None)
    raise not_supported(f"WHEN MATCHED THEN {then.sql('trino')}")


def _unmatched(session: Session, target: Target, when: exp.Expr, sql: str) -> _Clause:
    condition, then = _condition(session, when, sql), when.args["then"]
    if not isinstance(then, exp.Insert) or when.args.get("source"):
        raise not_supported(f"WHEN NOT MATCHED THEN {then.sql('trino')}")
    columns = (
        [target.require_column(column.name) for column in then.this.expressions]
        if then.this
        else target.columns
    )
    values = then.expression.expressions
    if len(columns) != len(values):
        raise QueryError(
            "MISMATCHED_COLUMN_ALIASES",
            f"Insert of MERGE has {len(columns)} columns and {len(values)} values",
        )
    return _Clause(
        condition,
        {c: expression(session, v, sql) for c, v in zip(columns, values, strict=True)},
    )


def _case(clauses: list[_Clause], results: list[str], default: str = "NULL") -> str:
    branches = " ".join(
        f"WHEN {clause.condition} THEN {result}"
        for clause, result in zip(clauses, results, strict=True)
    )
    return f"CASE {branches} ELSE {default} END"


def _find_changed(
    session: Session, target: Target, names: tuple[str, str], on: str, clauses: list[_Clause]
) -> str:
    alias = identifier(target.alias)
    keep = _case(clauses, [str(c.values is not None).lower() for c in clauses])
    values = []
    for column in target.columns:
        own = f"{alias}.{identifier(column)}"
        results = [target.value(column, (c.values or {}).get(column, own)) for c in clauses]
        values.append(f"{_case(clauses, results)} AS {identifier(column)}")
    changed = session.new_name("changed")
    session.execute(
        f"CREATE TEMP TABLE {changed} AS"
        f" SELECT {alias}.{FILE}, {alias}.{ROW}, {keep} AS __keep, {', '.join(values)}"
        f" FROM {names[0]} JOIN {names[1]} ON {on} WHERE {keep} IS NOT NULL"
    )
    twice = session.execute(
        f"SELECT 1 FROM {changed} GROUP BY {FILE}, {ROW} HAVING count(*) > 1 LIMIT 1"
    ).fetchone()
    if twice is not None:
        raise QueryError(
            "MERGE_TARGET_ROW_MULTIPLE_MATCHES",
            "One MERGE target table row matched more than one source row: make the key of the"
            " source unique",
        )
    return changed


def _find_inserted(
    session: Session, target: Target, names: tuple[str, str], on: str, clauses: list[_Clause]
) -> str:
    values = []
    for column in target.columns:
        results = [target.value(column, (c.values or {}).get(column, "NULL")) for c in clauses]
        values.append(f"{_case(clauses, results)} AS {identifier(column)}")
    chosen = _case(clauses, ["true"] * len(clauses), "false")
    inserted = session.new_name("inserted")
    session.execute(
        f"CREATE TEMP TABLE {inserted} AS SELECT {', '.join(values)} FROM {names[1]}"
        f" WHERE NOT EXISTS (SELECT 1 FROM {names[0]} WHERE {on}) AND {chosen}"
    )
    return inserted
