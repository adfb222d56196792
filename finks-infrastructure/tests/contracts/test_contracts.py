"""The projects meet here: what one writes, sets or returns is what the other reads and expects."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from blueprint.containers import DBT_CONTAINER, INGESTION_CONTAINER, task_definitions
from blueprint.jobs import bronze_to_silver
from blueprint.lifecycle import SUPERSEDED_TAG, lifecycle
from blueprint.names import CONNECTORS, Names
from blueprint.permissions.scope import Scope
from blueprint.permissions.workloads import WORKLOADS
from blueprint.tables import DATABASE_LAYERS, SILVER_TABLES
from blueprint.task_definition import TaskDefinition
from config.local import LocalSettings
from local.services import PIPELINES, pipeline_environment
from tests.contracts.conftest import Contract

GLUE_SCRIPT = PIPELINES / "glue_scripts" / "bronze_to_silver.py"


@pytest.fixture
def definitions(names: Names) -> dict[str, TaskDefinition]:
    made = task_definitions(names, fmp_secret_arn="arn:secret", market_today="2013-03-01")
    return {definition.family: definition for definition in made}


def set_by(definition: TaskDefinition) -> set[str]:
    """Variables that a task definition gives its container."""
    container = definition.container
    return {entry["name"] for entry in (*container["environment"], *container["secrets"])}


def test_flows_use_the_names_of_the_blueprint(pipelines: Contract, names: Names) -> None:
    assert pipelines["buckets"] == {zone: names.bucket(zone) for zone in pipelines["buckets"]}
    assert pipelines["cluster"] == names.cluster
    assert pipelines["silver_database"] == names.database("silver")
    assert pipelines["ingestion"]["task_definition"] == names.ingestion_task
    assert pipelines["ingestion"]["container"] == INGESTION_CONTAINER
    assert pipelines["dbt"]["task_definition"] == names.dbt_task
    assert pipelines["dbt"]["container"] == DBT_CONTAINER
    assert pipelines["glue"]["job"] == names.glue_job


def test_the_connector_gets_all_that_it_needs_and_nothing_that_it_does_not_know(
    pipelines: Contract, ingestion: Contract, definitions: dict[str, TaskDefinition], names: Names
) -> None:
    given = set_by(definitions[names.ingestion_task]) | set(pipelines["ingestion"]["environment"])
    assert set(ingestion["environment"]["required"]) <= given
    assert given <= set(ingestion["environment"]["reads"])
    assert "FINKS_ENV" in given, "without it a run sends no metrics"
    secrets = definitions[names.ingestion_task].container["secrets"]
    assert {entry["name"] for entry in secrets} == set(ingestion["environment"]["secrets"])


def test_a_second_connector_runs_in_the_same_task_once_the_blueprint_names_it(
    second_connector: Contract, definitions: dict[str, TaskDefinition], names: Names
) -> None:
    """As the README of finks-ingestion says, "A new connector"."""
    name = second_connector["bronze"]["source"]
    container = definitions[names.ingestion_task].container
    given = set_by(definitions[names.ingestion_task]) | {"EXTRACTION_DATE", "SYMBOLS_URI"}
    assert [*container["entryPoint"], name] == second_connector["command"]
    assert set(second_connector["environment"]["required"]) <= given
    assert given <= set(second_connector["environment"]["reads"])
    assert name not in CONNECTORS
    arn = f"arn:aws:s3:::{names.bucket('bronze')}"
    assert written(names, CONNECTORS) == [f"{arn}/fmp/*"]
    assert written(names, (*CONNECTORS, name)) == [f"{arn}/fmp/*", f"{arn}/{name}/*"]


def written(names: Names, connectors: tuple[str, ...]) -> list[str]:
    """What the role of the ingestion task may write."""
    scope = Scope(names, "123456789012", "ca-central-1", "key", "fmp", "auth", "database")
    statements = WORKLOADS["fmp-ingestion"].statements(replace(scope, connectors=connectors))
    return [arn for s in statements if "s3:PutObject" in s["Action"] for arn in s["Resource"]]


def test_the_containers_commands_are_those_of_the_projects(
    ingestion: Contract, dbt: Contract, definitions: dict[str, TaskDefinition], names: Names
) -> None:
    connector = definitions[names.ingestion_task].container
    assert [*connector["entryPoint"], *connector["command"]] == ingestion["command"]
    runner = definitions[names.dbt_task].container
    assert runner["entryPoint"] == dbt["container"]["entry_point"]
    assert runner["command"] == dbt["container"]["command"]


def test_dbt_gets_all_that_it_needs_and_nothing_that_it_does_not_know(
    pipelines: Contract, dbt: Contract, definitions: dict[str, TaskDefinition], names: Names
) -> None:
    wanted = dbt["container"]["environment"]
    given = set_by(definitions[names.dbt_task]) | set(pipelines["dbt"]["environment"])
    assert set(wanted["required"]) <= given
    assert given - {"FINKS_ENV"} <= {*wanted["required"], *wanted["optional"]}


def test_exit_codes_mean_the_same_on_both_sides(
    pipelines: Contract, ingestion: Contract, dbt: Contract
) -> None:
    assert pipelines["ingestion"]["exit_codes"] == ingestion["exit_codes"]
    assert {str(code) for code in pipelines["dbt"]["exit_codes"].values()} <= set(
        dbt["container"]["exit_codes"]
    )


def test_flows_read_manifests_as_the_connector_writes_them(
    pipelines: Contract, ingestion: Contract
) -> None:
    read, written = pipelines["bronze"], ingestion["bronze"]
    assert read["manifest_schema_version"] == written["manifest_version"]
    assert set(read["manifest_fields"]) <= set(written["manifest_fields"])
    assert set(read["file_fields"]) <= set(written["manifest_file_fields"])
    assert read["status_complete"] in written["manifest_statuses"]
    assert sorted(read["datasets"]) == sorted(ingestion["datasets"])
    key = written["manifest_key"].format(
        source=written["source"], dataset="historical_price_eod", date="2013-03-01"
    )
    assert read["manifest_key"] == key


def test_the_glue_job_reads_the_schema_version_that_the_connector_writes(
    ingestion: Contract,
) -> None:
    version = ingestion["bronze"]["manifest_version"]
    assert f"\nSCHEMA_VERSION = {version}\n" in GLUE_SCRIPT.read_text(encoding="utf-8")


def test_numbers_of_bronze_keep_their_digits(ingestion: Contract) -> None:
    types = {kind for data in ingestion["datasets"].values() for _, kind in data["columns"]}
    assert "decimal128(38, 18)" in types
    assert not types & {"float", "double"}


def test_the_glue_job_gets_the_arguments_that_its_script_reads(
    pipelines: Contract, names: Names
) -> None:
    given = {*pipelines["glue"]["arguments"], *bronze_to_silver(names).default_arguments}
    script = GLUE_SCRIPT.read_text(encoding="utf-8")
    for argument in ("--SOURCE_BUCKET", "--TARGET_BUCKET", "--RUN_ID"):
        assert argument in given
        assert f'"{argument}"' in script


def test_silver_tables_come_from_datasets_that_the_connector_writes(
    pipelines: Contract, ingestion: Contract
) -> None:
    assert set(pipelines["silver"]) == {table.name for table in SILVER_TABLES}
    for table in SILVER_TABLES:
        flows = pipelines["silver"][table.name]
        assert flows["dataset"] == table.dataset
        assert table.dataset in ingestion["datasets"]
        # Flows look at one partition at a time, in which the partition key is constant.
        assert flows["key"] == [part for part in table.key if part != table.partition_key[0]]
        assert flows["files"].startswith(f"{table.name}/date=")


def test_flows_mark_superseded_files_as_the_lifecycle_rule_expects(pipelines: Contract) -> None:
    assert tuple(pipelines["superseded_tag"]) == SUPERSEDED_TAG
    rules = lifecycle("silver", noncurrent_days=30, superseded_run_days=90, log_days=30)
    assert SUPERSEDED_TAG in {rule.tag for rule in rules}


def test_dbt_reads_columns_that_silver_has(dbt: Contract) -> None:
    tables = {table.name: table for table in SILVER_TABLES}
    for source, columns in dbt["reads"].items():
        table = tables[source]
        there = {name: kind for name, kind, _ in (*table.columns, table.partition_key)}
        assert columns.items() <= there.items()


def test_dbt_writes_into_databases_that_the_blueprint_makes(dbt: Contract) -> None:
    layers = {*dbt["database_layers"]["reads"], *dbt["database_layers"]["writes"]}
    assert layers <= set(DATABASE_LAYERS)


def test_the_money_of_gold_is_decimal_and_its_ratios_are_double(dbt: Contract) -> None:
    columns: dict[str, Any] = dbt["writes"]["daily_portfolio_summary"]["columns"]
    money = {"market_value", "cost_basis", "unrealized_pnl", "daily_pnl"}
    ratios = {"daily_return", "cumulative_return", "drawdown", "volatility_20d", "top_weight"}
    assert {columns[name] for name in money} == {"decimal(18,6)"}
    assert {columns[name] for name in ratios} == {"double"}


def test_the_local_stack_gives_flows_the_settings_they_know(tmp_path: Any) -> None:
    settings = LocalSettings.model_validate({"FINKS_STATE_DIR": tmp_path})
    source = (PIPELINES / "config.py").read_text(encoding="utf-8")
    given = {name for name in pipeline_environment(settings) if name.startswith("FINKS_")}
    deployment = (PIPELINES / "prefect.yaml").read_text(encoding="utf-8")
    for name in given - {"FINKS_STACK"}:
        known = name.removeprefix("FINKS_").lower() in source or name in source
        assert known or f"${name}" in deployment, name
