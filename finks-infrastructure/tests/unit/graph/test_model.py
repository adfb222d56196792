"""A graph as data and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from graph.model import FORMAT_VERSION, Graph, Resource

COMPONENT = Resource("urn:c", "finks:storage:Storage", "storage", None, custom=False)
BUCKET = Resource(
    "urn:b",
    "aws:s3/bucket:Bucket",
    "bronze",
    "urn:c",
    custom=True,
    id="finks-dev-bronze",
    inputs={"bucket": "finks-dev-bronze", "tags": {"Name": "x"}, "rules": [{"days": 30}]},
    outputs={"arn": "arn:aws:s3:::finks-dev-bronze"},
    dependencies=("urn:k",),
    protect=True,
    aliases=("old",),
    ignore_changes=("tags",),
    secrets=("policy",),
)
GRAPH = Graph("finks", "dev", (COMPONENT, BUCKET), {"bucketBronze": "finks-dev-bronze"})


def test_a_graph_survives_its_file(tmp_path: Path) -> None:
    file = tmp_path / "graph.json"
    GRAPH.save(file)
    assert Graph.load(file) == GRAPH


def test_the_file_has_every_field_that_its_documentation_names(tmp_path: Path) -> None:
    file = tmp_path / "graph.json"
    GRAPH.save(file)
    document = json.loads(file.read_text())
    assert set(document) == {"version", "project", "stack", "resources", "outputs"}
    page = Path(__file__).resolve().parents[4] / "docs" / "aws" / "graph.md"
    text = page.read_text()
    assert all(f"`{field}`" in text for field in (*document, *document["resources"][0]))


@pytest.mark.parametrize("version", [None, 0, FORMAT_VERSION + 1])
def test_another_version_of_the_format_is_refused(version: int | None) -> None:
    with pytest.raises(ValueError, match="make infra-export"):
        Graph.from_json({**GRAPH.to_json(), "version": version})


def test_a_resource_is_found_by_name_and_type() -> None:
    assert GRAPH.named("bronze") is BUCKET
    assert GRAPH.named("bronze", "aws:s3/bucket:Bucket") is BUCKET
    with pytest.raises(LookupError, match="0 resources are named 'bronze'"):
        GRAPH.named("bronze", "aws:sqs/queue:Queue")


def test_a_name_that_is_not_unique_is_no_answer() -> None:
    graph = Graph("finks", "dev", (BUCKET, BUCKET))
    with pytest.raises(LookupError, match="2 resources"):
        graph.named("bronze")


def test_children_hang_at_their_parent() -> None:
    assert list(GRAPH.children(None)) == [COMPONENT]
    assert list(GRAPH.children("urn:c")) == [BUCKET]
    assert GRAPH.of_type("aws:s3/bucket:Bucket") == [BUCKET]
    assert GRAPH.by_urn()["urn:b"] is BUCKET
