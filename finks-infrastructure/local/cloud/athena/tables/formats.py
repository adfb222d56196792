"""File formats of Hive tables, by the serde that the catalog names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from local.cloud.athena.catalog import Column, Table
from local.cloud.athena.errors import not_supported
from local.cloud.athena.quoting import identifier, text, texts

PARQUET_SERDE = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
LAZY_SERDE = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
CSV_SERDE = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
JSON_SERDE = "org.openx.data.jsonserde.JsonSerDe"
_TEXT_INPUT = "org.apache.hadoop.mapred.TextInputFormat"
_TEXT_OUTPUT = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
_PARQUET_PACKAGE = "org.apache.hadoop.hive.ql.io.parquet"
NULL_TEXT = r"\N"
_DEFAULT_DELIMITER = "\x01"
_NEVER = "\x02never a null\x03"


@dataclass(frozen=True)
class TableFormat:
    """A format: `kind` is parquet, text, csv or json; `options` are the serde's."""

    kind: str
    options: dict[str, str] = field(default_factory=dict)
    skipped_lines: int = 0

    @classmethod
    def of(cls, table: Table) -> TableFormat:
        """The format of a table in the catalog; QueryError for those that cannot be read."""
        serde = table.descriptor.get("SerdeInfo") or {}
        library = str(serde.get("SerializationLibrary", "")).lower()
        options = dict(serde.get("Parameters") or {})
        skipped = int(table.parameters.get("skip.header.line.count", "0"))
        if (
            "parquet" in library
            or "parquet" in str(table.descriptor.get("InputFormat", "")).lower()
        ):
            return cls("parquet")
        if "opencsv" in library:
            return cls("csv", options, skipped)
        if "lazysimple" in library:
            return cls("text", options, skipped)
        if "json" in library:
            return cls("json", options)
        raise not_supported(f"The serde {library or '(none)'} of table {table.name}")

    @property
    def delimiter(self) -> str:
        """What stands between two fields of a text file."""
        delimiter = self.options.get("field.delim") or self.options.get("serialization.format")
        if delimiter in (None, "", "1"):
            return _DEFAULT_DELIMITER
        return str(delimiter).encode().decode("unicode_escape")

    def reader(self, columns: Iterable[Column], paths: Iterable[str]) -> str:
        """DuckDB's reader of text files: all columns are texts, and there is ``filename``."""
        names = "{" + ", ".join(f"{text(column.name)}: 'VARCHAR'" for column in columns) + "}"
        if self.kind == "json":
            return (
                f"read_json({texts(paths)}, columns={names}, format='newline_delimited',"
                " filename=true)"
            )
        if self.kind == "csv":
            delimiter = self.options.get("separatorChar", ",")
            quoting = f"quote={text(self.options.get('quoteChar', chr(34)))}, escape='\"'"
            null = _NEVER
        else:
            delimiter, quoting, null = self.delimiter, "quote='', escape=''", NULL_TEXT
        return (
            f"read_csv({texts(paths)}, columns={names}, delim={text(delimiter)}, {quoting},"
            f" header=false, skip={self.skipped_lines}, nullstr={text(null)}, auto_detect=false,"
            " null_padding=true, strict_mode=false, parallel=false, filename=true)"
        )

    def cast(self, column: Column) -> str:
        """A column of a file in its type; text that is no such value is null, as in Hive."""
        name = identifier(column.name)
        if self.kind == "parquet" or self.kind == "csv":
            return f"CAST({name} AS {column.type.duckdb})"
        if column.type.kind == "varchar":
            return name
        return f"TRY_CAST({name} AS {column.type.duckdb})"

    @property
    def descriptor(self) -> dict[str, Any]:
        """Input format, output format and serde for the catalog."""
        if self.kind == "parquet":
            return {
                "InputFormat": f"{_PARQUET_PACKAGE}.MapredParquetInputFormat",
                "OutputFormat": f"{_PARQUET_PACKAGE}.MapredParquetOutputFormat",
                "SerdeInfo": {"SerializationLibrary": PARQUET_SERDE, "Parameters": self.options},
            }
        library = {"text": LAZY_SERDE, "csv": CSV_SERDE, "json": JSON_SERDE}[self.kind]
        return {
            "InputFormat": _TEXT_INPUT,
            "OutputFormat": _TEXT_OUTPUT,
            "SerdeInfo": {"SerializationLibrary": library, "Parameters": self.options},
        }

    def copy_options(self, compression: str | None) -> str:
        """Options of DuckDB's COPY TO that write this format."""
        if self.kind == "parquet":
            return f"FORMAT parquet, COMPRESSION {compression or 'snappy'}"
        if self.kind == "json":
            return "FORMAT json"
        return (
            f"FORMAT csv, HEADER false, DELIMITER {text(self.delimiter)}, QUOTE '', ESCAPE '',"
            f" NULLSTR {text(NULL_TEXT)}"
        )

    @property
    def suffix(self) -> str:
        """How the names of data files end."""
        return ".parquet" if self.kind == "parquet" else ""


def named(name: str, *, delimiter: str | None = None) -> TableFormat:
    """The format that WITH (format = …) or STORED AS names; QueryError for ORC and AVRO."""
    kind = {"PARQUET": "parquet", "TEXTFILE": "text", "JSON": "json"}.get(name.upper())
    if kind is None:
        raise not_supported(f"The table format {name.upper()}; use PARQUET, TEXTFILE or JSON")
    options = {"field.delim": delimiter, "serialization.format": delimiter} if delimiter else {}
    return TableFormat(kind, options or {"serialization.format": "1"})
