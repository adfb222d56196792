"""Glue databases and tables of the lake: the silver schemas that Glue writes and dbt reads."""

from __future__ import annotations

from dataclasses import dataclass

DATABASES = {
    "bronze": "FMP's records as they were received; the manifests say which files count",
    "silver": "Cleansed and audited; a partition points at the published run",
    "stg": "dbt: views over silver, one for one",
    "audit": "dbt: candidates of gold, tested before they are published",
    "gold": "dbt: what reports and the data API read",
    "crawler": "What the crawler found in bronze, to look at; nothing reads it",
}
"""Descriptions of the databases by layer.

The crawler has one of its own: it would take every run that it finds for published.
"""
DATABASE_LAYERS = tuple(DATABASES)

PRICE = "decimal(18,6)"
PARQUET_INPUT_FORMAT = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat"
PARQUET_OUTPUT_FORMAT = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat"
PARQUET_SERDE = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"


@dataclass(frozen=True)
class Table:
    """A partitioned Parquet table of silver; `columns` are (name, Hive type, comment)."""

    name: str
    description: str
    dataset: str
    """The bronze dataset that it comes from."""
    key: tuple[str, ...]
    columns: tuple[tuple[str, str, str], ...]
    partition_key: tuple[str, str, str] = ("date", "date", "Trading or observation day")


_LINEAGE = (
    ("source", "string", "Where the record comes from: fmp"),
    ("ingested_at", "timestamp", "When the connector received the record (UTC)"),
    ("run_id", "string", "Ingestion run that the record comes from"),
)

FMP_QUOTES = Table(
    name="fmp_quotes",
    description="End-of-day prices, adjusted for splits: one row a symbol and trading day",
    dataset="historical_price_eod",
    key=("symbol", "date"),
    columns=(
        ("symbol", "string", "Ticker symbol"),
        ("open", PRICE, "First price of the day, USD"),
        ("high", PRICE, "Highest price of the day, USD"),
        ("low", PRICE, "Lowest price of the day, USD"),
        ("close", PRICE, "Last price of the day, USD"),
        ("volume", "bigint", "Shares traded"),
        ("vwap", PRICE, "Volume-weighted average price, USD"),
        *_LINEAGE,
    ),
)

FMP_QUOTE_SNAPSHOTS = Table(
    name="fmp_quote_snapshots",
    description="Quotes as they were seen: one row a symbol and moment of observation",
    dataset="quote",
    key=("symbol", "observed_at"),
    columns=(
        ("symbol", "string", "Ticker symbol"),
        ("observed_at", "timestamp", "FMP's time stamp of the quote (UTC)"),
        ("name", "string", "Company name"),
        ("price", PRICE, "Last price, USD"),
        ("change", PRICE, "Price less previous close, USD"),
        ("change_percentage", "double", "Change in percent of the previous close"),
        ("volume", "bigint", "Shares traded on the day"),
        ("day_low", PRICE, "Lowest price of the day, USD"),
        ("day_high", PRICE, "Highest price of the day, USD"),
        ("year_low", PRICE, "Lowest price of the last year, USD"),
        ("year_high", PRICE, "Highest price of the last year, USD"),
        ("market_cap", "decimal(24,2)", "Market capitalisation, USD"),
        ("price_avg_50", PRICE, "Mean close of the last 50 trading days, USD"),
        ("price_avg_200", PRICE, "Mean close of the last 200 trading days, USD"),
        ("exchange", "string", "Exchange"),
        ("open", PRICE, "First price of the day, USD"),
        ("previous_close", PRICE, "Close of the trading day before, USD"),
        *_LINEAGE,
    ),
)

FMP_COMPANY_PROFILES = Table(
    name="fmp_company_profiles",
    description="Company profiles as they were seen: one row a symbol and day of observation",
    dataset="company_profile",
    key=("symbol", "date"),
    columns=(
        ("symbol", "string", "Ticker symbol"),
        ("company_name", "string", "Company name"),
        ("price", PRICE, "Last price, USD"),
        ("market_cap", "decimal(24,2)", "Market capitalisation, USD"),
        ("beta", "double", "Beta against the market"),
        ("last_dividend", PRICE, "Last dividend a share, USD"),
        ("average_volume", "bigint", "Mean shares traded a day"),
        ("currency", "string", "Currency of the price"),
        ("cik", "string", "SEC central index key, leading zeros kept"),
        ("isin", "string", "ISIN"),
        ("cusip", "string", "CUSIP, leading zeros kept"),
        ("exchange", "string", "Exchange, short"),
        ("exchange_full_name", "string", "Exchange"),
        ("industry", "string", "Industry"),
        ("sector", "string", "Sector"),
        ("country", "string", "Country, ISO 3166 alpha-2"),
        ("website", "string", "Web site"),
        ("description", "string", "What the company does"),
        ("ceo", "string", "Chief executive"),
        ("full_time_employees", "bigint", "Employees"),
        ("city", "string", "City of the head office"),
        ("state", "string", "State or province of the head office"),
        ("zip", "string", "Postal code, leading zeros kept"),
        ("ipo_date", "date", "First day of trading"),
        ("is_etf", "boolean", "An exchange-traded fund"),
        ("is_actively_trading", "boolean", "Still traded"),
        ("is_adr", "boolean", "An American depositary receipt"),
        ("is_fund", "boolean", "A fund"),
        *_LINEAGE,
    ),
)

SILVER_TABLES = (FMP_QUOTES, FMP_QUOTE_SNAPSHOTS, FMP_COMPANY_PROFILES)
