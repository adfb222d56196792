"""CREATE TABLE … AS SELECT, of Hive and of Iceberg tables."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlglot import exp

from local.cloud.athena.catalog import Column, TableName, already_exists
from local.cloud.athena.errors import QueryError, not_supported
from local.cloud.athena.outcome import Outcome, written
from local.cloud.athena.session import Session
from local.cloud.athena.statements import hive_writer, iceberg_writer
from local.cloud.athena.statements.select import first_select, has_name
from local.cloud.athena.tables import formats
from local.cloud.athena.tables.resolver import Resolver, table_name

_COMPRESSIONS = ("SNAPPY", "GZIP", "ZSTD", "LZ4", "NONE", "UNCOMPRESSED")
_KNOWN_TEXT = (
    "table_type is_external location external_location format partitioned_by partitioning "
    "bucketed_by bucket_count field_delimiter write_compression parquet_compression"
)
_KNOWN = frozenset(_KNOWN_TEXT.split())


@dataclass
class _Properties:
    """The WITH clause."""

    values: dict[str, str | list[str]] = field(default_factory=dict)
    no_data: bool = False

    def text(self, name: str, default: str = "") -> str:
        value = self.values.get(name, default)
        return value if isinstance(value, str) else ",".join(value)

    def items(self, name: str) -> list[str]:
        value = self.values.get(name, [])
        return [value] if isinstance(value, str) else value


def run(session: Session, tree: exp.Create, sql: str) -> Outcome:
    """Create the table with the rows of its query."""
    name = table_name(tree.this, session.database)
    properties = _read(tree)
    if session.catalog.find(name) is not None:
        if tree.args.get("exists"):
            return written("DDL", "CREATE_TABLE_AS_SELECT", 0)
        raise already_exists(name)
    session.catalog.require_database(name.database)
    query = tree.expression
    _check_names(query)
    resolver = Resolver(session)
    duckdb_sql = resolver.to_duckdb(query, sql)
    columns = resolver.columns(duckdb_sql)
    _check_duplicates(columns)
    if properties.no_data:
        duckdb_sql = f"SELECT * FROM ({duckdb_sql}) LIMIT 0"
    if properties.text("table_type", "hive").lower() == "iceberg":
        return _iceberg(session, name, properties, columns, duckdb_sql)
    return _hive(session, name, properties, columns, duckdb_sql)


def _read(tree: exp.Create) -> _Properties:
    result = _Properties()
    clause = tree.args.get("properties")
    for item in clause.expressions if clause else ():
        if isinstance(item, exp.WithDataProperty):
            result.no_data = bool(item.args.get("no"))
        elif isinstance(item, exp.LocationProperty):
            result.values["location"] = item.name
        elif isinstance(item, exp.FileFormatProperty):
            result.values["format"] = item.name
        elif isinstance(item, exp.PartitionedByProperty):
            result.values["partitioned_by"] = [e.name for e in item.this.expressions]
        elif isinstance(item, exp.Property):
            value = item.args["value"]
            name = item.name.lower()
            if isinstance(value, exp.Array):
                result.values[name] = [element.name for element in value.expressions]
            else:
                result.values[name] = value.name if value.name else value.sql()
        else:
            raise not_supported(f"The table property {item.sql('trino')}")
    return result


def _check_names(query: exp.Expr) -> None:
    select = first_select(query)
    for position, projection in enumerate(select.expressions if select else (), 1):
        if not has_name(projection):
            raise QueryError(
                "MISSING_COLUMN_NAME", f"line 1:1: Column name not specified at position {position}"
            )
        if query is select and isinstance(projection.unalias(), exp.Null):
            raise QueryError(
                "COLUMN_TYPE_UNKNOWN",
                f"line 1:1: Column type is unknown at position {position}: cast the null",
            )


def _check_duplicates(columns: list[Column]) -> None:
    names = [column.name for column in columns]
    for name in names:
        if names.count(name) > 1:
            raise QueryError(
                "DUPLICATE_COLUMN_NAME", f"line 1:1: Column name '{name}' specified more than once"
            )


def _location(session: Session, name: TableName, given: str) -> str:
    location = given or f"{session.output_location.rstrip('/')}/tables/{session.query_id}/"
    if not session.files.is_empty(location):
        raise QueryError(
            "HIVE_PATH_ALREADY_EXISTS",
            f"Target directory for table '{name.database}.{name.table}' already exists:"
            f" {location}. You may need to manually clean the data at this location before"
            " retrying.",
        )
    return location


def _compression(properties: _Properties) -> str | None:
    given = properties.text("write_compression") or properties.text("parquet_compression")
    if given and given.upper() not in _COMPRESSIONS:
        raise not_supported(f"write_compression = '{given}'")
    return {"": None, "NONE": "uncompressed"}.get(given.upper(), given.lower())


def _iceberg(
    session: Session,
    name: TableName,
    properties: _Properties,
    columns: list[Column],
    sql: str,
) -> Outcome:
    if properties.text("is_external").lower() == "true":
        raise QueryError(
            "NOT_SUPPORTED", "Iceberg tables cannot be external: write is_external = false"
        )
    location = properties.text("location")
    if not location:
        raise QueryError(
            "MISSING_ADDITIONAL_TABLE_PROPERTY",
            f"Iceberg table '{name}' has no location: write location = 's3://…'",
        )
    if properties.text("format", "PARQUET").upper() != "PARQUET":
        raise not_supported(f"Iceberg tables of format {properties.text('format')}")
    location = _location(session, name, location)
    extra = {key: properties.text(key) for key in properties.values if key not in _KNOWN}
    codec = _compression(properties)
    compression = {"write.parquet.compression-codec": codec} if codec else {}
    count, files = iceberg_writer.create(
        session,
        name,
        columns,
        location,
        properties.items("partitioning"),
        {"format-version": "2", **compression, **extra},
        sql,
    )
    return written("DDL", "CREATE_TABLE_AS_SELECT", count, files)


def _hive(
    session: Session,
    name: TableName,
    properties: _Properties,
    columns: list[Column],
    sql: str,
) -> Outcome:
    if session.location_enforced and properties.text("external_location"):
        raise QueryError(
            "INVALID_TABLE_PROPERTY",
            "The Create Table As Select query failed because it was submitted with an"
            " 'external_location' property to an Athena Workgroup that enforces a centralized"
            " output location for all queries. Please remove the 'external_location' property",
        )
    keys = [key.lower() for key in properties.items("partitioned_by")]
    if keys and [column.name for column in columns[-len(keys) :]] != keys:
        raise QueryError(
            "HIVE_COLUMN_ORDER_MISMATCH",
            "Partition keys must be the last columns in the table and in the same order as the"
            f" table properties: [{', '.join(keys)}]",
        )
    if len(keys) == len(columns):
        raise QueryError("INVALID_TABLE_PROPERTY", "Table contains only partition columns")
    data, partition = columns[: len(columns) - len(keys)], columns[len(columns) - len(keys) :]
    # parse types before anything is written: a null column has none
    glue_columns, glue_keys = [c.glue for c in data], [c.glue for c in partition]
    location = _location(session, name, properties.text("external_location"))
    table_format = formats.named(
        properties.text("format", "PARQUET"), delimiter=properties.text("field_delimiter") or None
    )
    rows = hive_writer.materialize(session, sql, columns)
    result = hive_writer.write(
        session, rows, data, partition, location, table_format, _compression(properties)
    )
    session.check()
    session.catalog.create(
        name,
        {
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {
                "EXTERNAL": "TRUE",
                "has_encrypted_data": "false",
                "classification": table_format.kind,
            },
            "StorageDescriptor": {
                "Columns": glue_columns,
                "Location": location,
                "NumberOfBuckets": -1,
                **table_format.descriptor,
            },
            "PartitionKeys": glue_keys,
        },
    )
    if result.partitions:
        session.catalog.add_partitions(session.catalog.get(name), result.partitions)
    return written("DDL", "CREATE_TABLE_AS_SELECT", result.rows, result.files)
