"""Alarms and dashboard look for the metrics that flows and connectors send."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from blueprint import metrics
from blueprint.alarms import Watched, alarms
from blueprint.dashboard import dashboard
from blueprint.metrics import Metric
from blueprint.names import Names
from blueprint.tables import SILVER_TABLES
from local.services import PIPELINES
from tests.contracts.conftest import Contract

FLOW = PIPELINES / "flows" / "master" / "daily_pipeline.py"
WRITER = PIPELINES / "tasks" / "metrics.py"
WATCHED = Watched(True, True, True, True, "db.t4g.micro", 20)


def watched_metrics(names: Names) -> Iterator[Metric]:
    for alarm in alarms(names, WATCHED):
        found = [alarm.metric, *(query.metric for query in alarm.queries)]
        yield from (m for m in found if m is not None and m.namespace == metrics.PIPELINE)


def shown_metrics(names: Names) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Metrics of the pipeline on the dashboard: name, and values of the dimensions in order."""
    body = dashboard(names, WATCHED, region="ca-central-1", alarm_arns=[], filters=[])
    for widget in body["widgets"]:
        for namespace, name, *dimensions, _ in widget["properties"].get("metrics", []):
            if namespace == metrics.PIPELINE:
                yield name, dict(zip(dimensions[::2], dimensions[1::2], strict=True))


def texts(path: str) -> set[str]:
    """The string constants of a source file."""
    return {
        node.value
        for node in ast.walk(ast.parse(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_namespace_names_and_dimensions(pipelines: Contract) -> None:
    sent = pipelines["metrics"]
    assert sent["namespace"] == metrics.PIPELINE
    assert set(sent["names"]) == {
        metrics.RECORDS_PROCESSED,
        metrics.PIPELINE_LATENCY,
        metrics.DATA_QUALITY_SCORE,
    }
    assert tuple(sent["dimensions"]) == metrics.DIMENSIONS


def test_alarms_watch_what_is_sent_with_all_its_dimensions(
    pipelines: Contract, names: Names
) -> None:
    watched = list(watched_metrics(names))
    assert {metric.name for metric in watched} == set(pipelines["metrics"]["names"])
    for metric in watched:
        assert [name for name, _ in metric.dimensions] == pipelines["metrics"]["dimensions"]


def test_datasets_and_stages_are_those_of_the_flow(pipelines: Contract, names: Names) -> None:
    stages = texts(FLOW.read_text(encoding="utf-8"))
    assert set(metrics.STAGES) <= stages
    datasets = {*pipelines["bronze"]["datasets"], metrics.ALL_DATASETS}
    assert metrics.ALL_DATASETS in stages
    for metric in watched_metrics(names):
        values = dict(metric.dimensions)
        assert values["Dataset"] in datasets
        assert values["Stage"] in metrics.STAGES
        assert values["Environment"] == names.environment


def test_the_connector_sends_its_metrics_under_a_stage_that_no_flow_has(
    ingestion: Contract, pipelines: Contract
) -> None:
    sent = ingestion["metrics"]
    assert sent["namespace"] == metrics.PIPELINE
    assert set(sent["names"]) == {
        metrics.RECORDS_PROCESSED,
        metrics.RECORDS_REJECTED,
        metrics.API_CALLS,
        metrics.API_RETRIES,
        metrics.CALL_LATENCY,
        metrics.PIPELINE_LATENCY,
    }
    assert sent["dimensions"] == pipelines["metrics"]["dimensions"]
    assert sent["all_datasets"] == metrics.ALL_DATASETS
    assert sent["stage"] == metrics.EXTRACTION
    assert metrics.EXTRACTION not in metrics.STAGES
    assert metrics.EXTRACTION not in texts(FLOW.read_text(encoding="utf-8"))


def test_the_dashboard_shows_what_is_sent_with_all_its_dimensions(
    ingestion: Contract, pipelines: Contract, names: Names
) -> None:
    by_stage = {metrics.EXTRACTION: ingestion, **dict.fromkeys(metrics.STAGES, pipelines)}
    seen: dict[str, set[str]] = {stage: set() for stage in by_stage}
    for name, dimensions in shown_metrics(names):
        assert tuple(dimensions) == metrics.DIMENSIONS
        assert dimensions["Environment"] == names.environment
        assert dimensions["Dataset"] in {*ingestion["datasets"], metrics.ALL_DATASETS}
        seen[dimensions["Stage"]].add(name)
    for stage, found in seen.items():
        assert found <= set(by_stage[stage]["metrics"]["names"]), stage
    assert seen[metrics.EXTRACTION] == set(ingestion["metrics"]["names"])


def test_quality_is_watched_for_every_silver_table(pipelines: Contract, names: Names) -> None:
    watched = {
        dict(metric.dimensions)["Dataset"]
        for metric in watched_metrics(names)
        if metric.name == metrics.DATA_QUALITY_SCORE
    }
    assert watched == {table["dataset"] for table in pipelines["silver"].values()}
    assert watched == {table.dataset for table in SILVER_TABLES}


def test_the_exit_code_that_is_no_failure_is_that_of_an_incomplete_ingestion(
    ingestion: Contract,
) -> None:
    assert ingestion["exit_codes"]["incomplete"] == 4
