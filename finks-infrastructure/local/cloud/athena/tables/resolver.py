"""The tables that a query names, as DuckDB relations of its session."""

from __future__ import annotations

from sqlglot import exp

from local.cloud.athena import sql_types
from local.cloud.athena.catalog import CATALOG, Column, Table, TableName
from local.cloud.athena.errors import QueryError, not_supported
from local.cloud.athena.quoting import identifier
from local.cloud.athena.session import Session
from local.cloud.athena.tables import hive, iceberg, information_schema, pruning, views
from local.cloud.athena.translate import dialect, query

_MAX_VIEW_DEPTH = 32


def table_name(node: exp.Table, default_database: str) -> TableName:
    """The name of a table in a query, completed; QueryError for other catalogs."""
    catalog = node.catalog.lower()
    if catalog not in ("", CATALOG, "hive"):
        raise QueryError("CATALOG_NOT_FOUND", f"Catalog '{node.catalog}' does not exist")
    database = node.db.lower() or default_database
    if not database:
        raise QueryError(
            "MISSING_SCHEMA_NAME",
            f"Schema must be specified for '{node.name}': set a database or write db.table",
        )
    return TableName(database, node.name.lower())


class Resolver:
    """Replaces table names in trees by temporary views; one for each query."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._snapshots: dict[tuple[TableName, int | None], iceberg.Snapshot] = {}
        self._depth = 0

    def to_duckdb(self, node: exp.Expr, sql: str, database: str | None = None) -> str:
        """SQL of DuckDB for a tree whose text is `sql`."""
        return query.to_sql(self.translate(node, sql, database))

    def translate(self, node: exp.Expr, sql: str, database: str | None = None) -> exp.Expr:
        """The tree for DuckDB, its tables resolved."""
        self.resolve(node, sql, self._session.database if database is None else database)
        return query.translate(node)

    def resolve(self, node: exp.Expr, sql: str, database: str) -> None:
        """Replace the tables of a tree in place; names of WITH queries stay."""
        hidden = any(column.name.lower() == hive.PATH for column in node.find_all(exp.Column))
        if hidden:
            _hide_path(node)
        _unwrap_tables(node)
        for table in list(node.find_all(exp.Table)):
            if not isinstance(table.this, exp.Identifier):
                raise not_supported(f"The table function {table.sql('trino')}")
            if not table.db and _is_with_query(table):
                continue
            where = dialect.position(table, sql)
            name = table_name(table, database)
            relation = self._relation(name, table, where, hidden=hidden)
            view = self._session.new_name("table")
            self._session.execute(f"CREATE TEMP VIEW {view} AS {relation}")
            _replace(table, view)

    def snapshot(self, table: Table, snapshot_id: int | None = None) -> iceberg.Snapshot:
        """A snapshot of an Iceberg table: one query sees one state of it."""
        key = (table.name, snapshot_id)
        if key not in self._snapshots:
            loaded = iceberg.load(self._session, table)
            self._snapshots[key] = iceberg.plan(self._session, loaded, snapshot_id)
        return self._snapshots[key]

    def _relation(self, name: TableName, node: exp.Table, where: str, *, hidden: bool) -> str:
        if information_schema.is_information_schema(name):
            return information_schema.relation(self._session, name.table, node)
        base, separator, suffix = name.table.partition("$")
        if separator:
            table = self._session.catalog.get(TableName(name.database, base), where)
            if table.is_iceberg:
                return iceberg.metadata_relation(self._session, table, suffix)
            if suffix != "partitions":
                raise QueryError("TABLE_NOT_FOUND", f"{where}: Table '{name}' does not exist")
            return hive.partitions_relation(self._session, table)
        table = self._session.catalog.get(name, where)
        version = node.args.get("version")
        if version is not None and not table.is_iceberg:
            raise not_supported(f"FOR … AS OF of '{name}', which is no Iceberg table,")
        if table.is_view:
            return self._view(table)
        if table.is_iceberg:
            snapshot_id = None if version is None else self._snapshot_id(table, version)
            snapshot = self.snapshot(table, snapshot_id)
            return iceberg.relation(self._session, snapshot, hidden=hidden)
        return hive.relation(self._session, table, pruning.conditions(node), hidden=hidden)

    def _view(self, table: Table) -> str:
        self._depth += 1
        if self._depth > _MAX_VIEW_DEPTH:
            raise QueryError("VIEW_IS_RECURSIVE", f"View '{table.name}' refers to itself")
        view = views.decode(table)
        try:
            inner = self.to_duckdb(dialect.parse(view.sql), view.sql, view.database)
        except QueryError as error:
            raise QueryError(
                error.name, f"Failed analyzing stored view '{table.name}': {error.message}"
            ) from error
        finally:
            self._depth -= 1
        columns = ", ".join(identifier(name) for name in view.columns)
        return f"SELECT * FROM ({inner}) AS v({columns})" if columns else inner

    def _snapshot_id(self, table: Table, version: exp.Expr) -> int:
        loaded = iceberg.load(self._session, table)
        expression = version.args["expression"]
        if version.name.upper() == "VERSION":
            return int(expression.name)
        moment = self._session.execute(
            f"SELECT epoch_ms(({query.to_sql(query.translate(expression.copy()))})::TIMESTAMPTZ)"
        ).fetchone()
        snapshot = loaded.snapshot_as_of_timestamp(int(moment[0])) if moment else None
        if snapshot is None:
            raise QueryError(
                "INVALID_ARGUMENTS",
                f"No version history table '{table.name}' at or before {expression.sql('trino')}",
            )
        return snapshot.snapshot_id

    def columns(self, sql: str) -> list[Column]:
        """Names (lower case) and types of what SQL of DuckDB returns."""
        with self._session.failures():
            bound = self._session.connection.sql(sql)
        return [
            Column(name.lower(), sql_types.from_duckdb(kind))
            for name, kind in zip(bound.columns, bound.types, strict=True)
        ]


def _unwrap_tables(node: exp.Expr) -> None:
    """``FROM (t)`` is ``FROM t``: DuckDB has no parentheses around a table alone."""
    for wrapper in list(node.find_all(exp.Subquery)):
        inner = wrapper.this
        if isinstance(inner, exp.Table) and not inner.args.get("joins"):
            if wrapper.args.get("alias"):
                inner.set("alias", wrapper.args["alias"])
            wrapper.replace(inner)


def _replace(table: exp.Table, view: str) -> None:
    """Point a reference at a view; the columns keep the name that they were known by."""
    known_as = table.alias_or_name
    scope = table.parent_select
    if scope is not None:
        for column in scope.find_all(exp.Column):
            if column.db and column.table.lower() == known_as.lower():
                column.set("db", None)
                column.set("catalog", None)
    alias = table.args.get("alias")
    if alias is None:
        table.set("alias", exp.TableAlias(this=exp.to_identifier(known_as, quoted=True)))
    table.set("this", exp.to_identifier(view))
    for part in ("db", "catalog", "version"):
        table.set(part, None)


def _is_with_query(table: exp.Table) -> bool:
    name = table.name.lower()
    node: exp.Expr | None = table
    inside: exp.Expr | None = None
    while node is not None:
        if isinstance(node, exp.CTE):
            inside = node
        with_ = node.args.get("with_")
        if isinstance(with_, exp.With):
            for cte in with_.expressions:
                alias = str(cte.alias).lower()
                if cte is inside:
                    if with_.recursive and alias == name:
                        return True
                    break
                if alias == name:
                    return True
        node = node.parent
    return False


def _hide_path(node: exp.Expr) -> None:
    """Keep ``$path`` out of ``*``: it is a column only for those who ask for it."""
    for select in node.find_all(exp.Select):
        for projection in select.expressions:
            if isinstance(projection, exp.Star):
                projection.replace(exp.Columns(this=exp.Literal.string("^[^$]")))
