"""Which statement it is, and who carries it out."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlglot import exp

from local.cloud.athena.errors import QueryError, not_supported
from local.cloud.athena.outcome import Outcome
from local.cloud.athena.session import Session
from local.cloud.athena.statements import (
    alter,
    changes,
    create,
    ctas,
    insert,
    maintenance,
    merge,
    select,
    show,
    unload,
)
from local.cloud.athena.statements.grammar import NAME, clean, without_trailing_comment
from local.cloud.athena.translate import dialect

_FLAGS = re.IGNORECASE | re.DOTALL
_DATABASE = r"(?P<database>[`\"]?[\w-]+[`\"]?)"
_IN = rf"(?:\s+(?:IN|FROM)\s+{_DATABASE})?"
_PATTERN = r"(?:\s+(?:LIKE\s+)?'(?P<pattern>[^']*)')?"
Handler = Callable[[Session, re.Match[str]], Outcome]

_STATEMENTS: tuple[tuple[str, Handler], ...] = (
    (rf"SHOW\s+(?:DATABASES|SCHEMAS){_PATTERN}", show.databases),
    (rf"SHOW\s+(?P<kind>TABLES|VIEWS){_IN}{_PATTERN}", show.tables),
    (rf"SHOW\s+COLUMNS\s+(?:IN|FROM)\s+{NAME}{_IN}", show.columns),
    (rf"SHOW\s+PARTITIONS\s+{NAME}", show.partitions),
    (
        rf"SHOW\s+TBLPROPERTIES\s+{NAME}(?:\s*\(\s*'(?P<property>[^']+)'\s*\))?",
        show.properties,
    ),
    (rf"SHOW\s+CREATE\s+(?P<kind>TABLE|VIEW)\s+{NAME}", show.create_statement),
    (r"SHOW\b.*", show.functions),
    (rf"DESC(?:RIBE)?\s+(?:(?P<detail>EXTENDED|FORMATTED)\s+)?{NAME}", show.describe),
    (rf"MSCK\s+REPAIR\s+TABLE\s+{NAME}", maintenance.repair),
    (
        rf"OPTIMIZE\s+{NAME}\s+REWRITE\s+DATA\s+USING\s+BIN_PACK(?:\s+WHERE\s+(?P<where>.*))?",
        maintenance.optimize,
    ),
    (rf"VACUUM\s+{NAME}", maintenance.vacuum),
    (r"UNLOAD\s*\(.*", unload.run),
    (rf"ALTER\s+(?:TABLE|VIEW)\s+{NAME}\s+(?P<rest>.*)", alter.run),
    (
        rf"CREATE\s+(?:DATABASE|SCHEMA)\s+(?P<exists>IF\s+NOT\s+EXISTS\s+)?{_DATABASE}(?P<rest>.*)",
        create.create_database,
    ),
    (
        rf"DROP\s+(?:DATABASE|SCHEMA)\s+(?P<exists>IF\s+EXISTS\s+)?{_DATABASE}(?P<rest>.*)",
        create.drop_database,
    ),
    (rf"DROP\s+(?P<kind>TABLE|VIEW)\s+(?P<exists>IF\s+EXISTS\s+)?{NAME}", create.drop_table),
    (
        rf"CREATE\s+(?P<replace>OR\s+REPLACE\s+)?VIEW\s+{NAME}\s*(?:\((?P<columns>[^)]*)\)\s*)?"
        r"(?:\s*COMMENT\s+'[^']*')?(?:\s*SECURITY\s+\w+)?\s*\bAS\b(?P<query>.*)",
        create.create_view,
    ),
    (
        rf"CREATE\s+(?P<external>EXTERNAL\s+)?TABLE\s+(?P<exists>IF\s+NOT\s+EXISTS\s+)?{NAME}\s*\(.*",
        create.create_table,
    ),
)


def execute(session: Session, sql: str, parameters: list[str] | None = None) -> Outcome:
    """Run one statement of Athena; raises QueryError or QueryCancelled."""
    text = clean(sql)
    if not text:
        raise QueryError("SYNTAX_ERROR", "The query is empty; write a statement")
    if explained := re.fullmatch(r"EXPLAIN\s+(?P<query>.*)", text, _FLAGS):
        return select.explain(session, dialect.parse(explained["query"]), explained["query"])
    hive = without_trailing_comment(text)
    for pattern, handler in _STATEMENTS:
        if match := re.fullmatch(pattern, hive, _FLAGS):
            return handler(session, match)
    text = dialect.with_parameters(text, parameters or [])
    try:
        return _run_tree(session, dialect.parse(text), text)
    except QueryError as error:
        raise _placed(error, text) from error


def _placed(error: QueryError, sql: str) -> QueryError:
    """The error with the place of the column that it is about, which DuckDB does not know."""
    column = re.match(r"Column '([^']+)' (?:cannot be resolved|is ambiguous)", error.message)
    if column is None:
        return error
    for node in dialect.parse(sql).find_all(exp.Column):
        if column[1].lower() in (node.name.lower(), node.table.lower()):
            return QueryError(error.name, f"{dialect.position(node, sql)}: {error.message}")
    return error


def _run_tree(session: Session, tree: exp.Expr, sql: str) -> Outcome:
    if isinstance(tree, exp.Create) and tree.kind == "TABLE" and tree.expression is not None:
        return ctas.run(session, tree, sql)
    if isinstance(tree, exp.Insert):
        return insert.run(session, tree, sql)
    if isinstance(tree, exp.Merge):
        return merge.run(session, tree, sql)
    if isinstance(tree, exp.Update):
        return changes.update(session, tree, sql)
    if isinstance(tree, exp.Delete):
        return changes.delete(session, tree, sql)
    if isinstance(tree, exp.Query | exp.Values):
        return select.run(session, tree, sql)
    raise not_supported(f"The statement '{sql[:40]}'")
