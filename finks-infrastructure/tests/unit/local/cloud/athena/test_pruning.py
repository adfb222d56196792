from __future__ import annotations

import pytest
from sqlglot import exp

from local.cloud.athena import sql_types
from local.cloud.athena.catalog import Column, Partition
from local.cloud.athena.tables import pruning
from local.cloud.athena.translate import dialect

KEYS = (Column("d", sql_types.from_hive("date")), Column("n", sql_types.from_hive("int")))
PARTITIONS = [
    Partition((day, number), f"s3://b/{day}/{number}/")
    for day in ("2020-01-01", "2020-01-02", "__HIVE_DEFAULT_PARTITION__")
    for number in ("1", "2")
]


def kept(sql: str, table: str = "t") -> list[tuple[str, ...]]:
    tree = dialect.parse(sql)
    node = next(node for node in tree.find_all(exp.Table) if node.name == table)
    found = pruning.prune(KEYS, PARTITIONS, pruning.conditions(node))
    return [partition.values for partition in found]


NULL = "__HIVE_DEFAULT_PARTITION__"


@pytest.mark.parametrize(
    ("condition", "count"),
    [
        ("d = date '2020-01-01'", 4),  # 2, and the two of null: DuckDB drops their rows
        ("date '2020-01-02' <= d", 4),
        ("t.d > date '2020-01-01' and n = 1", 2),
        ("d = date '2020-01-01' or n = 1", 6),
        ("n in (2, 7)", 3),
        ("n between 2 and 9", 3),
        ("n = 5", 0),
        ("n <> 1", 6),
        ("d = '2020-01-01'", 6),  # a mismatch of types is DuckDB's to report
        ("d = current_date", 6),
        ("x = 1", 6),
        ("coalesce(n, 1) = 5", 6),
    ],
)
def test_conditions(condition: str, count: int) -> None:
    assert len(kept(f"select * from t where {condition}")) == count


def test_joins() -> None:
    assert len(kept("select * from t join u on t.n = u.n where t.n = 1")) == 3
    assert len(kept("select * from t join u on t.n = u.n where n = 1")) == 6
    assert len(kept("select * from u left join t on t.n = u.n where t.n = 1")) == 6
    assert len(kept("select * from t where exists (select 1 from u where n = 1)")) == 6
    assert len(kept("with q as (select * from t where n = 1) select * from q where n = 2")) == 3
    assert len(kept("select * from u where u.n in (select n from t where n = 1)")) == 3


def test_values_in_their_types() -> None:
    assert pruning.typed_value(KEYS[1], "7") == 7
    assert pruning.typed_value(KEYS[1], NULL) is None
    assert pruning.typed_value(KEYS[0], "no date") is None
