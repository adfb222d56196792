"""The Glue catalog: databases, tables and partitions, asked over the same API as on AWS."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import batched
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from local.cloud.athena import sql_types
from local.cloud.athena.errors import QueryError
from local.cloud.athena.sql_types import Type

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient

CATALOG = "awsdatacatalog"
_PARTITION_BATCH = 100
_VERSION_FIELDS_TEXT = (
    "Name Description Owner LastAccessTime LastAnalyzedTime Retention StorageDescriptor "
    "PartitionKeys ViewOriginalText ViewExpandedText TableType Parameters TargetTable"
)
_VERSION_FIELDS = frozenset(_VERSION_FIELDS_TEXT.split())


@dataclass(frozen=True)
class TableName:
    """A table's name, lower case as Glue keeps it."""

    database: str
    table: str

    def __str__(self) -> str:
        return f"{CATALOG}.{self.database}.{self.table}"


@dataclass(frozen=True)
class Column:
    """A column of a table."""

    name: str
    type: Type
    comment: str = ""

    @classmethod
    def from_glue(cls, column: dict[str, Any]) -> Column:
        """From Glue's Column structure."""
        kind = sql_types.from_hive(column.get("Type") or "string")
        return cls(column["Name"].lower(), kind, column.get("Comment", ""))

    @property
    def glue(self) -> dict[str, str]:
        """As Glue's Column structure."""
        comment = {"Comment": self.comment} if self.comment else {}
        return {"Name": self.name, "Type": self.type.hive, **comment}


@dataclass(frozen=True)
class Partition:
    """A registered partition: values in the order of the partition keys, and its folder."""

    values: tuple[str, ...]
    location: str


@dataclass(frozen=True)
class Table:
    """A table as Glue describes it."""

    name: TableName
    glue: dict[str, Any] = field(repr=False)

    @property
    def parameters(self) -> dict[str, str]:
        """Table properties."""
        return self.glue.get("Parameters") or {}

    @property
    def descriptor(self) -> dict[str, Any]:
        """The StorageDescriptor."""
        return self.glue.get("StorageDescriptor") or {}

    @property
    def location(self) -> str:
        """The table's folder."""
        return str(self.descriptor.get("Location") or "")

    @property
    def is_view(self) -> bool:
        """Whether it is a view."""
        return self.glue.get("TableType") == "VIRTUAL_VIEW"

    @property
    def is_iceberg(self) -> bool:
        """Whether it is an Iceberg table."""
        return self.parameters.get("table_type", "").upper() == "ICEBERG"

    @property
    def columns(self) -> tuple[Column, ...]:
        """Columns without partition keys, and without those that an Iceberg table had before."""
        return tuple(
            Column.from_glue(column)
            for column in self.descriptor.get("Columns", ())
            if (column.get("Parameters") or {}).get("iceberg.field.current") != "false"
        )

    @property
    def partition_keys(self) -> tuple[Column, ...]:
        """Partition keys of a Hive table."""
        return tuple(Column.from_glue(column) for column in self.glue.get("PartitionKeys") or ())

    def input(self, **changes: Any) -> dict[str, Any]:
        """A TableInput like this table but for some changes."""
        kept = {key: value for key, value in self.glue.items() if key in _VERSION_FIELDS}
        return {**kept, **changes}


class Catalog:
    """What Athena does with Glue. Raises QueryError in Athena's words."""

    def __init__(self, glue: GlueClient) -> None:
        self.glue = glue

    def databases(self) -> list[str]:
        """Names of all databases."""
        pages = self.glue.get_paginator("get_databases").paginate()
        return sorted(item["Name"] for page in pages for item in page["DatabaseList"])

    def has_database(self, name: str) -> bool:
        """Whether a database exists."""
        try:
            self.glue.get_database(Name=name)
        except self.glue.exceptions.EntityNotFoundException:
            return False
        return True

    def require_database(self, name: str, where: str = "line 1:1") -> None:
        """Raise SCHEMA_NOT_FOUND if there is no such database."""
        if not self.has_database(name):
            raise QueryError("SCHEMA_NOT_FOUND", f"{where}: Schema '{name}' does not exist")

    def create_database(self, name: str, **properties: Any) -> None:
        """Create a database; raises QueryError if it exists."""
        try:
            self.glue.create_database(DatabaseInput=_database(name, properties))
        except self.glue.exceptions.AlreadyExistsException as error:
            raise QueryError("SCHEMA_ALREADY_EXISTS", f"Schema '{name}' already exists") from error

    def drop_database(self, name: str) -> None:
        """Remove a database and what it holds."""
        self.glue.delete_database(Name=name)

    def tables(self, database: str) -> Iterator[Table]:
        """All tables and views of a database."""
        pages = self.glue.get_paginator("get_tables").paginate(DatabaseName=database)
        for page in pages:
            for item in page["TableList"]:
                yield Table(TableName(database, item["Name"]), dict(item))

    def find(self, name: TableName) -> Table | None:
        """A table or view, or None."""
        try:
            answer = self.glue.get_table(DatabaseName=name.database, Name=name.table)
        except self.glue.exceptions.EntityNotFoundException:
            return None
        return Table(name, dict(answer["Table"]))

    def get(self, name: TableName, where: str = "line 1:1") -> Table:
        """A table or view; raises TABLE_NOT_FOUND or SCHEMA_NOT_FOUND."""
        table = self.find(name)
        if table is None:
            self.require_database(name.database, where)
            raise QueryError("TABLE_NOT_FOUND", f"{where}: Table '{name}' does not exist")
        return table

    def create(self, name: TableName, table_input: dict[str, Any]) -> None:
        """Create a table; raises QueryError if it exists or its database does not."""
        try:
            self.glue.create_table(
                DatabaseName=name.database,
                TableInput=_named(name, table_input),
            )
        except self.glue.exceptions.AlreadyExistsException as error:
            raise already_exists(name) from error
        except self.glue.exceptions.EntityNotFoundException as error:
            raise QueryError(
                "SCHEMA_NOT_FOUND", f"Schema '{name.database}' does not exist"
            ) from error

    def update(self, table: Table, **changes: Any) -> None:
        """Change parts of a table; raises QueryError if somebody changed it meanwhile."""
        version = {"VersionId": table.glue["VersionId"]} if "VersionId" in table.glue else {}
        try:
            self.glue.update_table(
                DatabaseName=table.name.database,
                TableInput=table.input(**changes),  # type: ignore[arg-type]  # from Glue itself
                **version,
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConcurrentModificationException":
                raise
            raise QueryError(
                "GENERIC_USER_ERROR", f"Table '{table.name}' was changed meanwhile; run it again"
            ) from error

    def delete(self, name: TableName) -> None:
        """Remove a table's entry."""
        self.glue.delete_table(DatabaseName=name.database, Name=name.table)

    def partitions(self, name: TableName) -> list[Partition]:
        """Registered partitions of a Hive table."""
        pages = self.glue.get_paginator("get_partitions").paginate(
            DatabaseName=name.database, TableName=name.table, ExcludeColumnSchema=True
        )
        return [
            Partition(tuple(item["Values"]), str(item["StorageDescriptor"].get("Location", "")))
            for page in pages
            for item in page["Partitions"]
        ]

    def add_partitions(self, table: Table, partitions: Iterable[Partition]) -> None:
        """Register partitions; raises QueryError if one is registered already."""
        for batch in batched(partitions, _PARTITION_BATCH):
            answer = self.glue.batch_create_partition(
                DatabaseName=table.name.database,
                TableName=table.name.table,
                PartitionInputList=[
                    {
                        "Values": list(partition.values),
                        "StorageDescriptor": _descriptor(table, partition.location),
                        "Parameters": {},
                    }
                    for partition in batch
                ],
            )
            for failure in answer.get("Errors", ()):
                detail = failure.get("ErrorDetail", {})
                raise QueryError(
                    "GENERIC_USER_ERROR",
                    f"{detail.get('ErrorCode')}: partition {failure.get('PartitionValues')} of"
                    f" '{table.name}': {detail.get('ErrorMessage')}",
                )

    def drop_partitions(self, name: TableName, values: Iterable[tuple[str, ...]]) -> None:
        """Remove partitions' entries."""
        for batch in batched(values, 25):
            self.glue.batch_delete_partition(
                DatabaseName=name.database,
                TableName=name.table,
                PartitionsToDelete=[{"Values": list(item)} for item in batch],
            )


def _named(name: TableName, table_input: dict[str, Any]) -> Any:
    return {**table_input, "Name": name.table}


def _database(name: str, properties: dict[str, Any]) -> Any:
    return {**properties, "Name": name}


def _descriptor(table: Table, location: str) -> Any:
    return {**table.descriptor, "Location": location}


def already_exists(name: TableName) -> QueryError:
    """What Athena says about a table that is there already."""
    return QueryError("TABLE_ALREADY_EXISTS", f"line 1:1: Table '{name}' already exists")
