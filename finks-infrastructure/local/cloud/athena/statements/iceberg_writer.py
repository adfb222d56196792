"""Writing Iceberg tables: data files by partition, and one snapshot for each statement."""

from __future__ import annotations

import itertools
import re
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.exceptions import (
    CommitFailedException,
    NoSuchTableError,
    TableAlreadyExistsError,
    ValidationException,
)
from pyiceberg.io.pyarrow import pyarrow_to_schema, write_file
from pyiceberg.manifest import DataFile
from pyiceberg.partitioning import (
    PartitionField,
    PartitionFieldValue,
    PartitionKey,
    PartitionSpec,
    partition_record_value,
)
from pyiceberg.schema import Schema
from pyiceberg.table import Table as IcebergTable
from pyiceberg.table import Transaction, WriteTask
from pyiceberg.table.metadata import TableMetadata
from pyiceberg.transforms import (
    BucketTransform,
    DayTransform,
    HourTransform,
    IdentityTransform,
    MonthTransform,
    Transform,
    TruncateTransform,
    YearTransform,
)

from local.cloud.athena.catalog import Column, TableName, already_exists
from local.cloud.athena.errors import QueryError
from local.cloud.athena.quoting import identifier
from local.cloud.athena.session import Session
from local.cloud.athena.statements.hive_writer import OPEN_PARTITIONS
from local.cloud.athena.tables.iceberg import column_type
from local.cloud.athena.tables.iceberg_schema import schema_of

_TRANSFORMS: dict[str, Callable[[], Transform[Any, Any]]] = {
    "year": YearTransform,
    "month": MonthTransform,
    "day": DayTransform,
    "hour": HourTransform,
}


def partition_spec(schema: Schema, fields: Iterable[str]) -> PartitionSpec:
    """``month(date)``, ``bucket(id, 16)``, ``truncate(name, 4)`` or a column, for each field."""
    result = []
    for number, text in enumerate(fields):
        column, transform, name = _transform(text.strip().lower())
        try:
            source = schema.find_field(column)
        except ValueError as error:
            raise QueryError(
                "INVALID_TABLE_PROPERTY",
                f"Unable to parse partitioning value: cannot find column {column}",
            ) from error
        result.append(PartitionField(source.field_id, 1000 + number, transform, name))
    return PartitionSpec(*result)


def _transform(text: str) -> tuple[str, Transform[Any, Any], str]:
    match = re.fullmatch(r"(\w+)\s*\(\s*([^,]+?)\s*(?:,\s*([^,]+?)\s*)?\)", text)
    if match is None:
        column = text.strip('`"')
        return column, IdentityTransform(), column
    function, arguments = match[1], [a.strip('`" ') for a in match.groups()[1:] if a]
    if function in _TRANSFORMS and len(arguments) == 1:
        return arguments[0], _TRANSFORMS[function](), f"{arguments[0]}_{function}"
    numbers = [a for a in arguments if a.isdigit()]
    names = [a for a in arguments if not a.isdigit()]
    if function in ("bucket", "truncate") and len(numbers) == len(names) == 1:
        if function == "bucket":
            return names[0], BucketTransform(int(numbers[0])), f"{names[0]}_bucket"
        return names[0], TruncateTransform(int(numbers[0])), f"{names[0]}_trunc"
    raise QueryError(
        "INVALID_TABLE_PROPERTY",
        f"Unable to parse partitioning value: {text}; use a column, year, month, day, hour,"
        " bucket(column, n) or truncate(column, n)",
    )


def read(session: Session, sql: str, schema: Schema) -> pa.Table:
    """The rows of a query in the columns of a table, which they have to have by position."""
    names = ", ".join(identifier(field.name) for field in schema.fields)
    typed = ", ".join(
        f"CAST({identifier(f.name)} AS {column_type(f).duckdb}) AS {identifier(f.name)}"
        for f in schema.fields
    )
    return session.execute(f"SELECT {typed} FROM ({sql}) AS q({names})").fetch_arrow_table()


@dataclass(frozen=True)
class _Part:
    key: PartitionKey | None
    rows: pa.Table


def data_files(session: Session, table: IcebergTable, rows: pa.Table) -> list[DataFile]:
    """Write rows as data files that no snapshot refers to yet."""
    metadata = table.metadata
    if rows.num_rows == 0:
        return []
    parts = list(_partitions(metadata, rows))
    if len(parts) > OPEN_PARTITIONS:
        raise QueryError(
            "ICEBERG_TOO_MANY_OPEN_PARTITIONS",
            f"Exceeded limit of {OPEN_PARTITIONS} open writers for partitions: {len(parts)};"
            " write them in several statements",
        )
    session.check()
    schema = pyarrow_to_schema(rows.schema, name_mapping=metadata.schema().name_mapping)
    write_uuid, numbers = uuid.uuid4(), itertools.count()
    tasks = (
        WriteTask(
            write_uuid=write_uuid,
            task_id=next(numbers),
            schema=schema,
            record_batches=part.rows.combine_chunks().to_batches(),
            partition_key=part.key,
        )
        for part in parts
    )
    return list(write_file(io=table.io, table_metadata=metadata, tasks=tasks))


def _partitions(metadata: TableMetadata, rows: pa.Table) -> Iterator[_Part]:
    spec, schema = metadata.spec(), metadata.schema()
    if spec.is_unpartitioned():
        yield _Part(None, rows)
        return
    values = [_transformed(field, schema, rows) for field in spec.fields]
    names = [f"p{index}" for index in range(len(values))]
    numbered = pa.table([*values, pa.array(range(rows.num_rows))], names=[*names, "row"])
    grouped = numbered.group_by(names).aggregate([("row", "list")])
    for group in grouped.to_pylist():
        key = PartitionKey(
            [
                PartitionFieldValue(field, group[name])
                for field, name in zip(spec.fields, names, strict=True)
            ],
            spec,
            schema,
        )
        yield _Part(key, rows.take(pa.array(group["row_list"])))


def _transformed(field: PartitionField, schema: Schema, rows: pa.Table) -> pa.Array:
    """A partition field's value for each row, computed once for each distinct value."""
    source = schema.find_field(field.source_id)
    name = schema.find_column_name(field.source_id) or source.name
    encoded = rows[name].combine_chunks()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = pa.concat_arrays(encoded.chunks)
    if isinstance(field.transform, IdentityTransform):
        return encoded
    encoded = encoded.dictionary_encode()
    function = field.transform.transform(source.field_type)
    results = [
        function(partition_record_value(field, value.as_py(), schema))
        for value in encoded.dictionary
    ]
    return pc.take(pa.array(results), encoded.indices)


def create(
    session: Session,
    name: TableName,
    columns: list[Column],
    location: str,
    partitioning: Iterable[str],
    properties: dict[str, str],
    sql: str | None = None,
) -> tuple[int, list[str]]:
    """Create a table, with the rows of a query in the same commit; number of rows and files."""
    schema = schema_of(columns)
    spec = partition_spec(schema, partitioning)
    try:
        transaction = session.iceberg.create_table_transaction(
            (name.database, name.table),
            schema,
            location=location.rstrip("/"),
            partition_spec=spec,
            properties=properties,
        )
        rows = read(session, sql, transaction.table_metadata.schema()) if sql else None
        files = data_files(session, _staged(transaction), rows) if rows is not None else []
        if files:
            with transaction.update_snapshot().fast_append() as append:
                for file in files:
                    append.append_data_file(file)
        session.check()
        transaction.commit_transaction()
    except TableAlreadyExistsError as error:
        raise already_exists(name) from error
    return (rows.num_rows if rows is not None else 0), [file.file_path for file in files]


def _staged(transaction: Transaction) -> IcebergTable:
    table = transaction._table  # the only way to a table that is being created
    table.metadata = transaction.table_metadata
    return table


def append(session: Session, table: IcebergTable, rows: pa.Table) -> list[DataFile]:
    """Append rows in one snapshot; pyiceberg repeats the commit if others committed meanwhile."""
    files = data_files(session, table, rows)
    session.check()
    with (
        _commit_errors(table),
        table.transaction() as transaction,
        transaction.update_snapshot().fast_append() as update,
    ):
        for file in files:
            update.append_data_file(file)
    return files


def overwrite(
    session: Session, table: IcebergTable, removed: Iterable[DataFile], rows: pa.Table
) -> list[DataFile]:
    """Replace data files by rows, in one snapshot.

    The rows were computed from the snapshot in `table`, so that the commit fails with
    ICEBERG_COMMIT_ERROR if there is a newer one: the statement has to run again.
    """
    files = data_files(session, table, rows)
    removed = list(removed)
    session.check()
    if not files and not removed:
        return []
    table.metadata = table.metadata.model_copy(
        update={"properties": {**table.metadata.properties, "commit.retry.num-retries": "0"}}
    )
    with (
        _commit_errors(table),
        table.transaction() as transaction,
        transaction.update_snapshot().overwrite() as update,
    ):
        for file in removed:
            update.delete_data_file(file)
        for file in files:
            update.append_data_file(file)
    return files


class _commit_errors:  # noqa: N801  # a context manager
    """Turns a refused commit into Athena's error."""

    def __init__(self, table: IcebergTable) -> None:
        self._name = ".".join(table.name())

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, CommitFailedException | ValidationException):
            raise QueryError(
                "ICEBERG_COMMIT_ERROR",
                f"Failed to commit the transaction during write: {self._name} was changed"
                f" meanwhile ({error}); run the statement again",
            ) from error
        if isinstance(error, NoSuchTableError):
            raise QueryError("TABLE_NOT_FOUND", f"Table '{self._name}' was dropped") from error
