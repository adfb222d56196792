"""Changing rows of Iceberg tables: MERGE, UPDATE and DELETE as one snapshot each.

The files that hold a changed row are written again without it (copy on write), and one overwrite
commit exchanges them. A reader sees all of a statement or nothing of it.
"""

from __future__ import annotations

from sqlglot import exp

from local.cloud.athena.catalog import Table
from local.cloud.athena.errors import QueryError
from local.cloud.athena.outcome import Outcome, written
from local.cloud.athena.quoting import identifier, identifiers
from local.cloud.athena.session import Session
from local.cloud.athena.statements import iceberg_writer
from local.cloud.athena.tables import iceberg
from local.cloud.athena.tables.iceberg import FILE, ROW, column_type
from local.cloud.athena.tables.resolver import Resolver, table_name
from local.cloud.athena.translate.dialect import position


class Target:
    """An Iceberg table whose rows a statement changes.

    `changed` is the name of a temporary table with the places (FILE, ROW) of rows to go and, for
    those that are replaced, new values; its column ``__keep`` says which ones these are.
    """

    def __init__(self, session: Session, node: exp.Table, sql: str) -> None:
        where = position(node, sql)
        self.session = session
        self.sql = sql
        self.name = table_name(node, session.database)
        self.table: Table = session.catalog.get(self.name, where)
        if not self.table.is_iceberg:
            raise QueryError(
                "NOT_SUPPORTED",
                f"Modifying Hive table rows is only supported for Iceberg tables: '{self.name}'",
            )
        self.iceberg = iceberg.load(session, self.table)
        self.snapshot = iceberg.plan(session, self.iceberg)
        self.alias = node.alias_or_name
        self.columns = [field.name for field in self.snapshot.schema.fields]
        self.types = {f.name: column_type(f).duckdb for f in self.snapshot.schema.fields}
        self.view = session.new_name("target")
        session.execute(
            f"CREATE TEMP VIEW {self.view} AS {iceberg.rows_relation(session, self.snapshot)}"
        )

    def require_column(self, name: str) -> str:
        """The name of a column, lower case; QueryError if the table has it not."""
        if name.lower() not in self.types:
            raise QueryError(
                "COLUMN_NOT_FOUND", f"Column '{name}' cannot be resolved in '{self.name}'"
            )
        return name.lower()

    def value(self, column: str, expression: str) -> str:
        """An expression of DuckDB as a value of a column."""
        return f"CAST({expression} AS {self.types[column]})"

    def apply(self, statement: str, changed: str | None, inserted: str | None) -> Outcome:
        """Commit the change; the number of rows is that of all rows touched."""
        names = identifiers(self.columns)
        parts = []
        count = 0
        removed = set()
        if changed is not None:
            removed = {
                str(row[0])
                for row in self.session.execute(f"SELECT DISTINCT {FILE} FROM {changed}").fetchall()
            }
            count += self._count(changed)
            parts.append(
                f"SELECT {names} FROM {self.view} AS t"
                f" WHERE t.{FILE} IN (SELECT {FILE} FROM {changed}) AND NOT EXISTS"
                f" (SELECT 1 FROM {changed} AS c WHERE c.{FILE} = t.{FILE} AND c.{ROW} = t.{ROW})"
            )
            parts.append(f"SELECT {names} FROM {changed} WHERE __keep")
        if inserted is not None:
            count += self._count(inserted)
            parts.append(f"SELECT {names} FROM {inserted}")
        if count:
            rows = iceberg_writer.read(
                self.session, " UNION ALL ".join(parts), self.snapshot.schema
            )
            files = [t.file for t in self.snapshot.tasks if t.file.file_path in removed]
            new = iceberg_writer.overwrite(self.session, self.iceberg, files, rows)
            return written("DML", statement, count, [file.file_path for file in new])
        return written("DML", statement, 0)

    def _count(self, relation: str) -> int:
        row = self.session.execute(f"SELECT count(*) FROM {relation}").fetchone()
        return int(row[0]) if row else 0


def delete(session: Session, tree: exp.Delete, sql: str) -> Outcome:
    """DELETE FROM t WHERE …"""
    target = Target(session, tree.this, sql)
    where = _where(session, tree, sql)
    changed = session.new_name("changed")
    nulls = ", ".join(f"NULL AS {identifier(column)}" for column in target.columns)
    session.execute(
        f"CREATE TEMP TABLE {changed} AS SELECT {FILE}, {ROW}, false AS __keep, {nulls}"
        f" FROM {target.view} AS {identifier(target.alias)}{where}"
    )
    return target.apply("DELETE", changed, None)


def update(session: Session, tree: exp.Update, sql: str) -> Outcome:
    """UPDATE t SET a = … WHERE …"""
    target = Target(session, tree.this, sql)
    assigned = assignments(session, target, tree.expressions, sql)
    values = ", ".join(
        f"{target.value(c, assigned.get(c, identifier(c)))} AS {identifier(c)}"
        for c in target.columns
    )
    changed = session.new_name("changed")
    session.execute(
        f"CREATE TEMP TABLE {changed} AS SELECT {FILE}, {ROW}, true AS __keep, {values}"
        f" FROM {target.view} AS {identifier(target.alias)}{_where(session, tree, sql)}"
    )
    return target.apply("UPDATE", changed, None)


def assignments(
    session: Session, target: Target, expressions: list[exp.Expr], sql: str
) -> dict[str, str]:
    """SQL of DuckDB by assigned column."""
    result = {}
    for assignment in expressions:
        if not isinstance(assignment, exp.EQ):
            raise QueryError("SYNTAX_ERROR", f"mismatched input '{assignment.sql('trino')}'")
        column = target.require_column(assignment.this.name)
        result[column] = expression(session, assignment.expression, sql)
    return result


def expression(session: Session, node: exp.Expr, sql: str) -> str:
    """SQL of DuckDB for an expression, the subqueries in it resolved."""
    return Resolver(session).to_duckdb(node.copy(), sql)


def _where(session: Session, tree: exp.Delete | exp.Update, sql: str) -> str:
    where = tree.args.get("where")
    return "" if where is None else f" WHERE {expression(session, where.this, sql)}"
