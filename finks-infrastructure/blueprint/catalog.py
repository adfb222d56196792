"""A table of silver as the Glue catalog describes it, in the shape of Glue's API."""

from __future__ import annotations

from typing import TypedDict

from blueprint.names import Names
from blueprint.tables import (
    PARQUET_INPUT_FORMAT,
    PARQUET_OUTPUT_FORMAT,
    PARQUET_SERDE,
    Table,
)

TABLE_TYPE = "EXTERNAL_TABLE"


class Column(TypedDict):
    """A column; `Type` is Hive's."""

    Name: str
    Type: str
    Comment: str


class Serde(TypedDict):
    """The class that reads and writes rows."""

    SerializationLibrary: str


class Storage(TypedDict):
    """Where the files are and how they are read."""

    Columns: list[Column]
    Location: str
    InputFormat: str
    OutputFormat: str
    SerdeInfo: Serde


class TableInput(TypedDict):
    """A table without its partitions: those are published by the flows, one by one."""

    Name: str
    Description: str
    TableType: str
    Parameters: dict[str, str]
    PartitionKeys: list[Column]
    StorageDescriptor: Storage


def table_input(names: Names, table: Table) -> TableInput:
    """The description of a silver table."""
    return {
        "Name": table.name,
        "Description": table.description,
        "TableType": TABLE_TYPE,
        "Parameters": {"EXTERNAL": "TRUE", "classification": "parquet"},
        "PartitionKeys": [_column(table.partition_key)],
        "StorageDescriptor": {
            "Columns": [_column(column) for column in table.columns],
            "Location": f"s3://{names.bucket('silver')}/{table.name}/",
            "InputFormat": PARQUET_INPUT_FORMAT,
            "OutputFormat": PARQUET_OUTPUT_FORMAT,
            "SerdeInfo": {"SerializationLibrary": PARQUET_SERDE},
        },
    }


def _column(column: tuple[str, str, str]) -> Column:
    name, kind, comment = column
    return {"Name": name, "Type": kind, "Comment": comment}
