"""The Glue catalog: databases of every layer, and the tables of silver."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import glue

from blueprint.catalog import table_input
from blueprint.tables import DATABASES, SILVER_TABLES, Table
from components.base import BaseComponent

_OF_DBT = ("stg", "audit", "gold")


@dataclass(frozen=True)
class CatalogArgs:
    """Buckets by zone."""

    bucket_names: Mapping[str, pulumi.Input[str]]


class Catalog(BaseComponent[CatalogArgs]):
    """What the tables are, and never which partitions they have: flows publish those.

    Columns change in place, and partitions stay. In production databases and silver tables
    are protected, because what replaces or deletes one takes all its partitions along.
    """

    area = "transformation"

    def create(self) -> None:
        """Databases, and silver's tables in theirs."""
        self._databases = {
            layer: self._database(layer, description) for layer, description in DATABASES.items()
        }
        self.database_names: dict[str, pulumi.Output[str]] = {
            layer: database.name for layer, database in self._databases.items()
        }
        for table in SILVER_TABLES:
            self._table(table)

    def outputs(self) -> Mapping[str, pulumi.Input[Any]]:
        """Names of the databases by layer."""
        return {"glueDatabases": self.database_names}

    @property
    def _protected(self) -> bool:
        return self.settings.environment == "prod"

    def _database(self, layer: str, description: str) -> glue.CatalogDatabase:
        zone = {**dict.fromkeys(_OF_DBT, "gold"), "crawler": "bronze"}.get(layer, layer)
        return glue.CatalogDatabase(
            f"{self.name}-{layer}",
            name=self.names.database(layer),
            description=description,
            location_uri=pulumi.Output.concat("s3://", self.args.bucket_names[zone], "/"),
            opts=self.child(protect=self._protected),
        )

    def _table(self, table: Table) -> glue.CatalogTable:
        described = table_input(self.names, table)
        storage = described["StorageDescriptor"]
        return glue.CatalogTable(
            f"{self.name}-{table.name}",
            name=described["Name"],
            database_name=self.database_names["silver"],
            description=described["Description"],
            table_type=described["TableType"],
            parameters=described["Parameters"],
            partition_keys=[
                glue.CatalogTablePartitionKeyArgs(
                    name=key["Name"], type=key["Type"], comment=key["Comment"]
                )
                for key in described["PartitionKeys"]
            ],
            storage_descriptor=glue.CatalogTableStorageDescriptorArgs(
                columns=[
                    glue.CatalogTableStorageDescriptorColumnArgs(
                        name=column["Name"], type=column["Type"], comment=column["Comment"]
                    )
                    for column in storage["Columns"]
                ],
                location=storage["Location"],
                input_format=storage["InputFormat"],
                output_format=storage["OutputFormat"],
                ser_de_info=glue.CatalogTableStorageDescriptorSerDeInfoArgs(
                    serialization_library=storage["SerdeInfo"]["SerializationLibrary"]
                ),
            ),
            opts=self.child(protect=self._protected),
        )
