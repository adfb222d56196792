"""Types in their four spellings: Hive (Glue), Trino (Athena), DuckDB and Iceberg's Hive form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from duckdb.sqltypes import DuckDBPyType

from local.cloud.athena.errors import QueryError, not_supported

_HIVE_TO_KIND = {
    "string": "varchar",
    "varchar": "varchar",
    "char": "varchar",
    "tinyint": "tinyint",
    "smallint": "smallint",
    "int": "integer",
    "integer": "integer",
    "bigint": "bigint",
    "float": "real",
    "real": "real",
    "double": "double",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp",
    "binary": "varbinary",
}
_DUCKDB_TO_KIND = {
    "varchar": "varchar",
    "tinyint": "tinyint",
    "smallint": "smallint",
    "integer": "integer",
    "bigint": "bigint",
    "utinyint": "smallint",
    "usmallint": "integer",
    "uinteger": "bigint",
    "ubigint": "bigint",
    "hugeint": "bigint",
    "uhugeint": "bigint",
    "float": "real",
    "double": "double",
    "boolean": "boolean",
    "date": "date",
    "time": "time",
    "timestamp": "timestamp",
    "timestamp_s": "timestamp",
    "timestamp_ms": "timestamp",
    "timestamp_ns": "timestamp",
    "timestamp with time zone": "timestamp with time zone",
    "interval": "interval day to second",
    "blob": "varbinary",
    "uuid": "varchar",
    "enum": "varchar",
    '"null"': "unknown",
    "sqlnull": "unknown",
}
_KIND_TO_HIVE = {"varchar": "string", "integer": "int", "real": "float", "varbinary": "binary"}
_KIND_TO_DUCKDB = {"real": "FLOAT", "varbinary": "BLOB", "timestamp with time zone": "TIMESTAMPTZ"}
_PRECISIONS = {
    "varchar": 2147483647,
    "tinyint": 3,
    "smallint": 5,
    "integer": 10,
    "bigint": 19,
    "real": 17,
    "double": 17,
    "timestamp": 3,
    "timestamp with time zone": 3,
    "varbinary": 1073741824,
}


@dataclass(frozen=True)
class Type:
    """A type: `kind` is Trino's name of it, without parameters.

    `children` are an array's element, a map's key and value, or a row's fields (`names`).
    """

    kind: str
    precision: int = 0
    scale: int = 0
    children: tuple[Type, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def hive(self) -> str:
        """As Glue writes it: ``array<struct<a:int>>``."""
        inner = [child.hive for child in self.children]
        if self.kind == "decimal":
            return f"decimal({self.precision},{self.scale})"
        if self.kind == "array":
            return f"array<{inner[0]}>"
        if self.kind == "map":
            return f"map<{inner[0]},{inner[1]}>"
        if self.kind == "row":
            fields = (f"{name}:{kind}" for name, kind in zip(self.names, inner, strict=True))
            return f"struct<{','.join(fields)}>"
        if self.kind == "timestamp with time zone" or self.kind == "time":
            raise not_supported(f"A stored column of type {self.kind}")
        if self.kind in ("unknown", "interval day to second"):
            raise QueryError(
                "NOT_SUPPORTED",
                f"Unsupported Hive type: {self.kind}; cast the column to the type it should have",
            )
        return _KIND_TO_HIVE.get(self.kind, self.kind)

    @property
    def trino(self) -> str:
        """As Athena's DML writes it: ``array(row(a integer))``."""
        inner = [child.trino for child in self.children]
        if self.kind == "decimal":
            return f"decimal({self.precision},{self.scale})"
        if self.kind in ("array", "map"):
            return f"{self.kind}({', '.join(inner)})"
        if self.kind == "row":
            fields = (f"{name} {kind}" for name, kind in zip(self.names, inner, strict=True))
            return f"row({', '.join(fields)})"
        return self.kind

    @property
    def duckdb(self) -> str:
        """As DuckDB writes it: ``STRUCT("a" INTEGER)[]``."""
        inner = [child.duckdb for child in self.children]
        if self.kind == "decimal":
            return f"DECIMAL({self.precision},{self.scale})"
        if self.kind == "array":
            return f"{inner[0]}[]"
        if self.kind == "map":
            return f"MAP({inner[0]}, {inner[1]})"
        if self.kind == "row":
            fields = (f'"{name}" {kind}' for name, kind in zip(self.names, inner, strict=True))
            return f"STRUCT({', '.join(fields)})"
        return _KIND_TO_DUCKDB.get(self.kind, self.kind.upper())

    def column_info(self, name: str) -> dict[str, Any]:
        """The ColumnInfo structure of GetQueryResults."""
        decimal = self.kind == "decimal"
        return {
            "CatalogName": "hive",
            "SchemaName": "",
            "TableName": "",
            "Name": name,
            "Label": name,
            "Type": "float" if self.kind == "real" else self.kind,
            "Precision": self.precision if decimal else _PRECISIONS.get(self.kind, 0),
            "Scale": self.scale,
            "Nullable": "UNKNOWN",
            "CaseSensitive": self.kind in ("varchar", "char"),
        }


VARCHAR = Type("varchar")
BIGINT = Type("bigint")
REAL = Type("real")


def from_duckdb(duckdb_type: DuckDBPyType) -> Type:
    """The type of a column of a DuckDB result; raises QueryError if Trino has none like it."""
    kind = duckdb_type.id
    if kind == "decimal":
        numbers = dict(duckdb_type.children)
        return Type("decimal", int(str(numbers["precision"])), int(str(numbers["scale"])))
    if kind == "list":
        return Type("array", children=(from_duckdb(_child(duckdb_type.children[0])),))
    if kind == "map":
        return Type("map", children=tuple(from_duckdb(_child(c)) for c in duckdb_type.children))
    if kind == "struct":
        return Type(
            "row",
            children=tuple(from_duckdb(_child(c)) for c in duckdb_type.children),
            names=tuple(name for name, _ in duckdb_type.children),
        )
    trino = _DUCKDB_TO_KIND.get(str(duckdb_type).lower()) or _DUCKDB_TO_KIND.get(kind)
    if trino is None:
        raise not_supported(f"A result column of type {duckdb_type}")
    return Type(trino)


def _child(named: tuple[str, object]) -> DuckDBPyType:
    child = named[1]
    if not isinstance(child, DuckDBPyType):
        raise TypeError(f"{named[0]} is no type but {child!r}")
    return child


def from_hive(text: str) -> Type:
    """Parse Glue's spelling (``decimal(18,6)``, ``struct<a:int>``); QueryError if unknown."""
    name, arguments = _split(text.strip())
    name = name.lower()
    if name == "decimal":
        precision, scale = [*arguments, *("10", "0")[len(arguments) :]][:2]
        return Type("decimal", int(precision), int(scale))
    if name == "array":
        return Type("array", children=(from_hive(arguments[0]),))
    if name == "map":
        return Type("map", children=(from_hive(arguments[0]), from_hive(arguments[1])))
    if name in ("struct", "row"):
        fields = [_field(argument) for argument in arguments]
        return Type(
            "row",
            children=tuple(from_hive(kind) for _, kind in fields),
            names=tuple(field.strip('`" ') for field, _ in fields),
        )
    if name.startswith("timestamp"):
        return Type("timestamp with time zone" if name.endswith("zone") else "timestamp")
    if name not in _HIVE_TO_KIND:
        raise QueryError("HIVE_UNSUPPORTED_FORMAT", f"Unsupported Hive type: {text}")
    return Type(_HIVE_TO_KIND[name])


def _field(text: str) -> tuple[str, str]:
    """Name and type of ``a:int`` or ``a int``."""
    name, separator, kind = text.strip().partition(":")
    if separator:
        return name, kind
    name, _, kind = text.strip().partition(" ")
    return name, kind


def _split(text: str) -> tuple[str, list[str]]:
    """Name and top-level arguments of ``map<string,array<int>>``; parentheses work too."""
    for index, character in enumerate(text):
        if character in "<(":
            name, inner = (
                text[:index].strip(),
                text[index + 1 : text.rstrip().rindex(_CLOSE[character])],
            )
            if name.lower() == "timestamp":
                return name + text[text.index(")") + 1 :], []
            break
    else:
        return text, []
    arguments, depth, start = [], 0, 0
    for index, character in enumerate(inner):
        if character in "<(":
            depth += 1
        elif character in ">)":
            depth -= 1
        elif character == "," and depth == 0:
            arguments.append(inner[start:index].strip())
            start = index + 1
    return name, [*arguments, inner[start:].strip()]


_CLOSE = {"<": ">", "(": ")"}
