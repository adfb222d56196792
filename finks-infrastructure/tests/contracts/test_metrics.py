"""Alarms and dashboard look for the metrics that the flows send."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from blueprint import metrics
from blueprint.alarms import Watched, alarms
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
