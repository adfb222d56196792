"""The project's models, rendered by Jinja and run in DuckDB: their logic, without a warehouse."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import jinja2
import sqlglot

PROJECT_DIR = Path(__file__).parents[2]
MODELS = {path.stem: path for path in (PROJECT_DIR / "models").rglob("*.sql")}
VIEWS = (
    "stg_fmp_quotes",
    "int_portfolio_positions",
    "int_portfolio_valuations",
    "int_portfolio_performance",
)
CANDIDATE = "daily_portfolio_summary_candidate"
ANY_DAY = "1999-12-31"
"""Stands for the start date, so that a model is rendered and translated once for all of them."""
TABLE = "daily_portfolio_summary"
KEY = ("portfolio_id", "date")
Row = dict[str, Any]


class _Returned(Exception):  # noqa: N818  control flow, not an error
    pass


class _Relation:
    """What dbt's adapter would answer for the published table."""

    def __init__(self, exists: bool) -> None:
        self.exists = exists

    def get_relation(self, **_names: str) -> str | None:
        return TABLE if self.exists else None


class Warehouse:
    """Silver and holdings in DuckDB, and the runs that publish from them."""

    def __init__(self) -> None:
        self.database = duckdb.connect(config={"threads": 1})
        self.database.execute(
            "create table fmp_quotes (symbol varchar, date date, open decimal(18,6),"
            " high decimal(18,6), low decimal(18,6), close decimal(18,6), volume bigint,"
            " vwap decimal(18,6), ingested_at timestamp, run_id varchar);"
            "create table portfolio_holdings (portfolio_id varchar, symbol varchar,"
            " quantity decimal(18,6), cost_basis_per_share decimal(18,6),"
            " valid_from date, valid_to date)"
        )
        self._published = False
        for name in VIEWS:
            self.database.execute(f"create view {name} as {model_sql(name)}")

    def quotes(self, rows: Iterable[tuple[str, str, str | None]]) -> None:
        """Publish closes: (symbol, ISO day, close)."""
        self.database.executemany(
            "insert into fmp_quotes (symbol, date, close) values (?, ?, ?)",
            [(symbol, day, close and Decimal(close)) for symbol, day, close in rows],
        )

    def holdings(self, rows: Iterable[tuple[str, str, str, str, str, str | None]]) -> None:
        """Replace the holdings, in the order of the seed's columns."""
        self.database.execute("delete from portfolio_holdings")
        self.database.executemany(
            "insert into portfolio_holdings values (?, ?, ?, ?, ?, ?)", [tuple(row) for row in rows]
        )

    def run(self, start_date: str = "", *, full_refresh: bool = False) -> list[Row]:
        """One dbt run; returns the candidate's rows."""
        sql = model_sql(
            CANDIDATE,
            start_date=start_date and ANY_DAY,
            full_refresh=full_refresh,
            published=self._published,
        )
        sql = sql.replace(ANY_DAY, start_date)
        self.database.execute(f"create or replace table {CANDIDATE} as {sql}")
        if not self._published or full_refresh:
            self.database.execute(f"create or replace table {TABLE} as {model_sql(TABLE)}")
            self._published = True
        else:
            self.database.execute(merge_sql())
        return self.rows(f"select * from {CANDIDATE} order by portfolio_id, date")

    def rows(self, sql: str = f"select * from {TABLE} order by portfolio_id, date") -> list[Row]:
        """Rows of a query as dictionaries; the published table by default."""
        cursor = self.database.execute(sql)
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def data_test(self, name: str) -> list[Row]:
        """The rows that a singular dbt test finds."""
        return self.rows(render((PROJECT_DIR / f"tests/dbt/{name}.sql").read_text()))

    def generic_test(self, name: str, **arguments: Any) -> list[Row]:
        """The rows that a generic dbt test finds."""
        text = (PROJECT_DIR / f"tests/dbt/generic/{name}.sql").read_text()
        body = re.sub(r"{% (test .*?|endtest) %}", "", text)
        return self.rows(render(body, **arguments))


@functools.cache
def model_sql(model: str, **context: Any) -> str:
    """A model as DuckDB runs it."""
    return render(MODELS[model].read_text(), **context)


@functools.cache
def merge_sql() -> str:
    """What dbt-athena's merge does with the conditions of the model."""
    config: Row = {}
    render(MODELS[TABLE].read_text(), incremental=True, config=config.update)
    on = " and ".join(f"target.{column} = src.{column}" for column in config["unique_key"])
    source = model_sql(TABLE, incremental=True)
    return (
        f"create or replace temp table merge_source as {source};"
        f"merge into {TABLE} as target using merge_source as src on ({on})"
        f" when matched and ({config['delete_condition']}) then delete"
        " when matched then update"
        f" when not matched and {config['insert_condition']} then insert"
    )


def render(
    text: str,
    *,
    start_date: str = "",
    full_refresh: bool = False,
    published: bool = False,
    incremental: bool = False,
    config: Callable[..., object] | None = None,
    **arguments: Any,
) -> str:
    """Athena SQL with Jinja as DuckDB runs it, with what dbt would put in."""

    def configure(**values: object) -> str:
        if config:
            config(**values)
        return ""

    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)  # noqa: S701
    environment.globals.update(
        ref=lambda name: name,
        source=lambda _source, name: name,
        config=configure,
        env_var=lambda name, default="": start_date if name == "START_DATE" else default,
        is_incremental=lambda: incremental,
        execute=True,
        flags={"FULL_REFRESH": full_refresh},
        target={"database": "awsdatacatalog", "schema": "finks_local"},
        adapter=_Relation(published),
        **arguments,
    )
    for path in sorted((PROJECT_DIR / "macros").glob("*.sql")):
        _install_macros(environment, path)
    return _duckdb_sql(environment.from_string(text).render())


@functools.cache
def _duckdb_sql(athena_sql: str) -> str:
    (statement,) = sqlglot.transpile(athena_sql, read="athena", write="duckdb")
    return statement


def _install_macros(environment: jinja2.Environment, path: Path) -> None:
    """Make each macro of a file callable on its own, with dbt's return()."""
    pattern = r"{%-? macro (\w+)\(.*?endmacro -?%}"
    for match in re.finditer(pattern, path.read_text(), re.DOTALL):
        environment.globals[match[1]] = _macro(environment, match[0], match[1])


def _macro(environment: jinja2.Environment, text: str, name: str) -> Callable[..., Any]:
    def call(*arguments: Any, **named: Any) -> Any:
        returned: list[Any] = []

        def give_back(value: Any) -> None:
            returned.append(value)
            raise _Returned

        module = environment.from_string(text, globals={"return": give_back}).make_module()
        try:
            return getattr(module, name)(*arguments, **named)
        except _Returned:
            return returned[0]

    return call
