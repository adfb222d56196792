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
from local.cloud.athena.statements.grammar import NAME, clean
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
)
_CREATE_TABLE = (
    rf"CREATE\s+(?P<external>EXTERNAL\s+)?TABLE\s+(?P<exists>IF\s+NOT\s+EXISTS\s+)?{NAME}\s*\(.*"
)
_QUERY_IN_CREATE = r"CREATE\s+TABLE\b[^()]*?(?:WITH\s*\(.*?\))?\s*AS\b.*"


def execute(session: Session, sql: str, parameters: list[str] | None = None) -> Outcome:
    """Run one statement of Athena; raises QueryError or QueryCancelled."""
    text = clean(sql)
    if not text:
        raise QueryError("SYNTAX_ERROR", "The query is empty; write a statement")
    if explained := re.fullmatch(r"EXPLAIN\s+(?P<query>.*)", text, _FLAGS):
        return select.explain(session, dialect.parse(explained["query"]), explained["query"])
    for pattern, handler in _STATEMENTS:
        if match := re.fullmatch(pattern, text, _FLAGS):
            return handler(session, match)
    created = re.fullmatch(_CREATE_TABLE, text, _FLAGS)
    if created and not re.match(
        r"CREATE\s+TABLE\b.*?\)\s*AS\s*\(?\s*(?:SELECT|WITH)\b", text, _FLAGS
    ):
        return create.create_table(session, created)
    tree = dialect.parse(text)
    _fill_parameters(tree, parameters or [])
    return _run_tree(session, tree, text)


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


def _fill_parameters(tree: exp.Expr, parameters: list[str]) -> None:
    """Put ExecutionParameters, which are literals as text, in the place of question marks."""
    places = list(tree.find_all(exp.Placeholder))
    if len(places) != len(parameters):
        raise QueryError(
            "INVALID_PARAMETER_USAGE",
            f"Incorrect number of parameters: expected {len(places)} but found {len(parameters)}",
        )
    # depth first and from left to right, as they stand in the text
    ordered = [node for node in tree.walk(bfs=False) if isinstance(node, exp.Placeholder)]
    for place, parameter in zip(ordered, parameters, strict=True):
        value = dialect.parse(f"SELECT {parameter}").expressions[0]
        place.replace(value.copy())
