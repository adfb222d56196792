"""What the user sees when the pipeline has run: rows per zone and the newest gold rows."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from blueprint.tables import SILVER_TABLES
from config.local import LocalSettings
from local import aws
from local.athena import QueryError, Row, query

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

GOLD_TABLE = "daily_portfolio_summary"
_LAST_ROWS = 10
_COLUMNS: dict[str, tuple[str, str]] = {
    "date": ("date", ""),
    "portfolio_id": ("portfolio", ""),
    "market_value": ("market\nvalue", ",.2f"),
    "daily_pnl": ("daily\npnl", "+,.2f"),
    "daily_return": ("daily\nreturn", "+.2%"),
    "cumulative_return": ("cumul.\nreturn", "+.2%"),
    "drawdown": ("draw-\ndown", ".2%"),
    "volatility_20d": ("vol.\n20d", ".1%"),
    "top_symbol": ("top\nsymb.", ""),
    "top_weight": ("top\nshare", ".1%"),
}
"""Heading and number format of the columns that are shown: what fits into 80 characters."""


@dataclass(frozen=True)
class Zone:
    """Rows and days of one dataset or table."""

    zone: str
    name: str
    rows: int
    days: int
    first: str
    last: str


def gold_has(settings: LocalSettings, first: date, last: date) -> bool:
    """Whether gold already holds rows for both ends of a window."""
    table = f"{settings.names.database('gold')}.{GOLD_TABLE}"
    try:
        found = query(
            settings,
            f"SELECT count(DISTINCT date) AS days FROM {table}"  # noqa: S608  # our own names
            f" WHERE date IN (DATE '{first}', DATE '{last}')",
        )
    except QueryError:  # no table yet
        return False
    return found[0]["days"] == str(len({first, last}))


def zones(settings: LocalSettings) -> list[Zone]:
    """Rows per zone: bronze by its manifests, silver and gold by query."""
    names = settings.names
    found = list(_bronze(settings))
    for table in SILVER_TABLES:
        found += _count(settings, "silver", names.database("silver"), table.name)
    return found + _count(settings, "gold", names.database("gold"), GOLD_TABLE)


def show(settings: LocalSettings, console: Console, until: date | None = None) -> None:
    """Print rows per zone and the newest rows of the summary (up to `until`, inclusive)."""
    counts = Table("zone", "table", box=None, header_style="bold", pad_edge=False)
    for heading in ("rows", "days"):
        counts.add_column(heading, justify="right")
    counts.add_column("from")
    counts.add_column("to")
    for zone in zones(settings):
        counts.add_row(
            zone.zone, zone.name, f"{zone.rows:,}", str(zone.days), zone.first, zone.last
        )
    console.print(counts)
    console.print()
    newest = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    for heading, form in _COLUMNS.values():
        newest.add_column(heading, justify="right" if form else "left", no_wrap=True)
    for row in reversed(_newest(settings, until)):
        newest.add_row(*(_formatted(row[name], form) for name, (_, form) in _COLUMNS.items()))
    upto = f" up to {until}" if until else ""
    console.print(f"[bold]{GOLD_TABLE}[/], the last {_LAST_ROWS} rows{upto}")
    console.print(newest)
    console.print("cumulative return and drawdown count from the oldest day that is loaded")


def _newest(settings: LocalSettings, until: date | None) -> list[Row]:
    table = f"{settings.names.database('gold')}.{GOLD_TABLE}"
    columns = ", ".join(_COLUMNS)
    bound = f" WHERE date <= DATE '{until}'" if until else ""
    return query(
        settings,
        f"SELECT {columns} FROM {table}{bound}"  # noqa: S608  # our own names
        f" ORDER BY date DESC, portfolio_id DESC LIMIT {_LAST_ROWS}",
    )


def _formatted(value: str | None, form: str) -> str:
    if value is None:
        return "-"
    if form == "":
        return value
    return format(float(value), form)


def _bronze(settings: LocalSettings) -> list[Zone]:
    s3: S3Client = aws.session(settings).client("s3", **aws.client_options(settings))
    bucket = settings.names.bucket("bronze")
    manifests: dict[str, list[dict[str, Any]]] = {}
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="fmp/"):
        for entry in page.get("Contents", []):
            if entry["Key"].endswith("/_manifest.json"):
                body = s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read()
                manifest = json.loads(body)
                manifests.setdefault(manifest["dataset"], []).append(manifest)
    return [
        Zone(
            "bronze",
            dataset,
            sum(manifest["rows"] for manifest in found),
            len(found),
            min(manifest["date"] for manifest in found),
            max(manifest["date"] for manifest in found),
        )
        for dataset, found in sorted(manifests.items())
    ]


def _count(settings: LocalSettings, zone: str, database: str, table: str) -> list[Zone]:
    try:
        row = query(
            settings,
            "SELECT count(*) AS n, count(DISTINCT date) AS days, min(date) AS first,"  # noqa: S608
            f" max(date) AS last FROM {database}.{table}",
        )[0]
    except QueryError:  # nothing built yet
        return [Zone(zone, table, 0, 0, "", "")]
    return [
        Zone(
            zone,
            table,
            int(row["n"] or 0),
            int(row["days"] or 0),
            row["first"] or "",
            row["last"] or "",
        )
    ]
