"""MSCK REPAIR TABLE, OPTIMIZE and VACUUM."""

from __future__ import annotations

import datetime
import re
from collections import defaultdict
from itertools import batched
from typing import Any

from pyiceberg.manifest import DataFile
from pyiceberg.table import Table as IcebergTable

from local.cloud.athena.catalog import Partition, Table
from local.cloud.athena.errors import QueryError
from local.cloud.athena.outcome import Outcome, ddl, lines, written
from local.cloud.athena.quoting import identifiers, texts
from local.cloud.athena.session import Session
from local.cloud.athena.statements import grammar, iceberg_writer
from local.cloud.athena.statements.changes import Target, expression
from local.cloud.athena.statements.hive_writer import OPEN_PARTITIONS
from local.cloud.athena.tables import iceberg
from local.cloud.athena.tables.iceberg import FILE
from local.cloud.athena.translate import dialect

_SNAPSHOT_AGE = "432000"


def repair(session: Session, match: re.Match[str]) -> Outcome:
    """MSCK REPAIR TABLE: register the folders ``key=value`` that the catalog does not know."""
    table = session.catalog.get(grammar.table_name(match["name"], session.database))
    if not table.partition_keys:
        raise QueryError("GENERIC_USER_ERROR", f"Table {table.name} is not a partitioned table")
    known = {partition.values for partition in session.catalog.partitions(table.name)}
    found: dict[tuple[str, ...], str] = {}
    keys = [key.name for key in table.partition_keys]
    base = table.location.rstrip("/")
    for uri, _ in session.files.list(table.location):
        parts = uri.removeprefix(f"{base}/").split("/")[: len(keys)]
        pairs = [part.partition("=") for part in parts]
        if [name.lower() for name, _, _ in pairs] != keys:
            continue
        values = tuple(_unescape(value) for _, _, value in pairs)
        if values not in known:
            found[values] = "/".join([base, *parts]) + "/"
    session.catalog.add_partitions(table, [Partition(v, where) for v, where in found.items()])
    shown = [
        f"Repair: Added partition to metastore {table.name.table}:{where.removeprefix(f'{base}/')}"
        for where in found.values()
    ]
    return lines("MSCK_REPAIR_TABLE", "result", shown, kind="DDL")


def _unescape(value: str) -> str:
    return re.sub(r"%([0-9A-Fa-f]{2})", lambda match: chr(int(match[1], 16)), value)


def optimize(session: Session, match: re.Match[str]) -> Outcome:
    """OPTIMIZE t REWRITE DATA USING BIN_PACK: one file a partition, in place of several."""
    tree = dialect.parse(f"DELETE FROM {match['name']}")
    target = Target(session, tree.this, match.string)
    wanted = _files_where(target, match["where"])
    groups: dict[Any, list[DataFile]] = defaultdict(list)
    for task in target.snapshot.tasks:
        if task.file.file_path in wanted:
            groups[(task.file.spec_id, str(task.file.partition))].append(task.file)
    crowded = [group for group in groups.values() if len(group) > 1]
    names = identifiers(target.columns)
    count = 0
    for batch in batched(crowded, OPEN_PARTITIONS):
        files = [file for group in batch for file in group]
        rows = iceberg_writer.read(
            session,
            f"SELECT {names} FROM {target.view}"
            f" WHERE list_contains({texts(file.file_path for file in files)}, {FILE})",
            target.snapshot.schema,
        )
        iceberg_writer.overwrite(session, target.iceberg, files, rows)
        target.iceberg.refresh()
        count += rows.num_rows
    return written("DML", "OPTIMIZE", count)


def _files_where(target: Target, where: str | None) -> set[str]:
    condition = ""
    if where:
        tree = dialect.parse(f"SELECT 1 WHERE {where}")
        sql = expression(target.session, tree.args["where"].this, where)
        condition = f" WHERE {sql}"
    rows = target.session.execute(
        f"SELECT DISTINCT {FILE} FROM {target.view}{condition}"
    ).fetchall()
    return {str(row[0]) for row in rows}


def vacuum(session: Session, match: re.Match[str]) -> Outcome:
    """VACUUM t: expire old snapshots and remove the files that only they needed."""
    table = session.catalog.get(grammar.table_name(match["name"], session.database))
    if not table.is_iceberg:
        raise QueryError("NOT_SUPPORTED", f"VACUUM of '{table.name}': it is no Iceberg table")
    loaded = iceberg.load(session, table)
    expired = _expired(table, loaded)
    if not expired:
        return ddl("VACUUM")
    before = _referenced(loaded)
    loaded.maintenance.expire_snapshots().by_ids(expired).commit()
    unneeded = before - _referenced(iceberg.load(session, session.catalog.get(table.name)))
    session.files.delete(sorted(unneeded))
    return ddl("VACUUM")


def _expired(table: Table, loaded: IcebergTable) -> list[int]:
    age = float(table.parameters.get("vacuum_max_snapshot_age_seconds", _SNAPSHOT_AGE))
    kept = int(table.parameters.get("vacuum_min_snapshots_to_keep", "1"))
    limit = datetime.datetime.now(datetime.UTC).timestamp() * 1000 - age * 1000
    newest_first = sorted(loaded.snapshots(), key=lambda s: s.timestamp_ms, reverse=True)
    protected = {ref.snapshot_id for ref in loaded.metadata.refs.values()}
    return [
        snapshot.snapshot_id
        for snapshot in newest_first[kept:]
        if snapshot.timestamp_ms < limit and snapshot.snapshot_id not in protected
    ]


def _referenced(table: IcebergTable) -> set[str]:
    """URIs of the manifest lists, manifests and data files of all snapshots."""
    found = set()
    for snapshot in table.snapshots():
        found.add(snapshot.manifest_list)
        for manifest in snapshot.manifests(table.io):
            found.add(manifest.manifest_path)
            found.update(e.data_file.file_path for e in manifest.fetch_manifest_entry(table.io))
    return found
