from __future__ import annotations

import pytest

from blueprint.tables import SILVER_TABLES, Table


@pytest.mark.parametrize("table", SILVER_TABLES, ids=lambda table: table.name)
def test_columns_are_unique_snake_case_and_leave_the_partition_key_out(table: Table) -> None:
    names = [name for name, _, _ in table.columns]
    assert len(set(names)) == len(names)
    assert table.partition_key[0] not in names
    assert all(name == name.lower() and " " not in name for name in names)


@pytest.mark.parametrize("table", SILVER_TABLES, ids=lambda table: table.name)
def test_the_key_consists_of_columns(table: Table) -> None:
    assert set(table.key) <= {name for name, _, _ in table.columns} | {table.partition_key[0]}


@pytest.mark.parametrize("table", SILVER_TABLES, ids=lambda table: table.name)
def test_every_column_is_described(table: Table) -> None:
    assert all(comment for _, _, comment in table.columns)
