"""SELECT, VALUES and WITH; EXPLAIN of them."""

from __future__ import annotations

from sqlglot import exp

from local.cloud.athena import sql_types
from local.cloud.athena.outcome import Outcome, lines
from local.cloud.athena.session import Session
from local.cloud.athena.tables.resolver import Resolver

_BATCH_ROWS = 10_000


def run(session: Session, tree: exp.Expr, sql: str) -> Outcome:
    """Start a query; its rows are computed while they are read."""
    tree = name_columns(tree)
    executed = session.execute(Resolver(session).to_duckdb(tree, sql))
    columns = tuple(
        (str(name), sql_types.from_duckdb(kind)) for name, kind, *_ in executed.description or ()
    )
    batches = executed.fetch_record_batch(_BATCH_ROWS)
    return Outcome("DML", "SELECT", columns, batches)


def explain(session: Session, tree: exp.Expr, sql: str) -> Outcome:
    """DuckDB's plan of a query: what this engine will do, which is not what Athena will do."""
    duckdb_sql = Resolver(session).to_duckdb(tree, sql)
    rows = session.execute(f"EXPLAIN {duckdb_sql}").fetchall()
    plan = [line for row in rows for line in str(row[-1]).splitlines()]
    return lines("EXPLAIN", "Query Plan", plan)


def name_columns(tree: exp.Expr) -> exp.Expr:
    """Call expressions without a name ``_col0``, ``_col1`` by their position; the query itself."""
    if isinstance(tree, exp.Values):
        row = tree.expressions[0]
        width = len(row.expressions) if isinstance(row, exp.Tuple) else 1
        names = [exp.to_identifier(f"_col{position}") for position in range(width)]
        tree.set("alias", exp.TableAlias(this=exp.to_identifier("v"), columns=names))
        return exp.select("*").from_(tree)
    for position, projection in enumerate(_projections(tree)):
        if not has_name(projection):
            projection.replace(exp.alias_(projection.copy(), f"_col{position}"))
    return tree


def has_name(projection: exp.Expr) -> bool:
    """Whether a projection names its column."""
    return isinstance(projection, exp.Alias | exp.Column | exp.Star | exp.Dot)


def _projections(tree: exp.Expr) -> list[exp.Expr]:
    node = first_select(tree)
    return list(node.expressions) if node is not None else []


def first_select(tree: exp.Expr) -> exp.Select | None:
    """The SELECT that names the columns of a query."""
    while isinstance(tree, exp.SetOperation | exp.Subquery | exp.Paren):
        tree = tree.this
    return tree if isinstance(tree, exp.Select) else None
