from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_docker_build as docker
import pytest
from pulumi_aws import s3

from components.base import BaseComponent
from graph.model import Graph
from tests.unit.components.conftest import RecordComponent

SHELF = "finks:test:Shelf"


@dataclass(frozen=True)
class ShelfArgs:
    bucket: str
    tags: dict[str, str] | None = None


class Shelf(BaseComponent[ShelfArgs]):
    """One bucket and a resource that takes no tags."""

    area = "test"
    former_types = ("finks:old:Shelf",)

    def create(self) -> None:
        self.bucket = s3.Bucket(
            f"{self.name}-bucket",
            bucket=self.args.bucket,
            tags=self.args.tags,
            opts=self.child(),
        )
        s3.BucketVersioning(
            f"{self.name}-versioning",
            bucket=self.bucket.id,
            versioning_configuration={"status": "Enabled"},
            opts=self.child(),
        )

    def outputs(self) -> Mapping[str, pulumi.Input[Any]]:
        return {"shelfBucket": self.bucket.bucket}


@pytest.fixture
def shelf(record_component: RecordComponent) -> Graph:
    return record_component(lambda context: Shelf("shelf", ShelfArgs("a-bucket"), context))


def test_the_type_token_names_area_and_class(shelf: Graph) -> None:
    assert shelf.named("shelf").type == SHELF


def test_every_resource_hangs_at_its_component(shelf: Graph) -> None:
    component = shelf.named("shelf")
    assert component.parent is None
    assert {child.name for child in shelf.children(component.urn)} == {
        "shelf-bucket",
        "shelf-versioning",
    }


def test_the_component_registers_its_outputs(shelf: Graph) -> None:
    assert shelf.named("shelf").outputs == {"shelfBucket": "a-bucket"}


def test_tags_are_those_of_the_stack_and_the_component(shelf: Graph) -> None:
    assert shelf.named("shelf-bucket").inputs["tags"] == {
        "Project": "finks",
        "Environment": "dev",
        "Component": "test",
        "Owner": "data-platform",
        "CostCentre": "market-data",
    }


def test_what_takes_no_tags_gets_none(shelf: Graph) -> None:
    assert "tags" not in shelf.named("shelf-versioning").inputs


def test_tags_of_an_image_are_not_tags_of_a_resource(record_component: RecordComponent) -> None:
    class Picture(Shelf):
        def create(self) -> None:
            super().create()
            docker.Image(f"{self.name}-image", push=False, tags=["finks:1"], opts=self.child())

    graph = record_component(lambda context: Picture("shelf", ShelfArgs("a-bucket"), context))
    assert graph.named("shelf-image").inputs["tags"] == ["finks:1"]


def test_a_resources_own_tag_wins(record_component: RecordComponent) -> None:
    own = {"Name": "shelf", "Owner": "librarian"}
    graph = record_component(lambda context: Shelf("shelf", ShelfArgs("a-bucket", own), context))
    tags = graph.named("shelf-bucket").inputs["tags"]
    assert (tags["Name"], tags["Owner"], tags["Project"]) == ("shelf", "librarian", "finks")


def test_a_renamed_component_and_its_children_keep_their_state(
    record_component: RecordComponent,
) -> None:
    graph = record_component(
        lambda context: Shelf("shelf", ShelfArgs("b"), context, former_names=["rack"])
    )
    assert set(graph.named("shelf").aliases) == {"rack", "finks:old:Shelf"}
    # The engine gives the children of a renamed parent their aliases, if their names start as its.
    assert all(child.name.startswith("shelf-") for child in graph.resources if child.custom)


def test_options_of_the_caller_are_kept(record_component: RecordComponent) -> None:
    graph = record_component(
        lambda context: Shelf(
            "shelf", ShelfArgs("b"), context, pulumi.ResourceOptions(protect=True)
        )
    )
    assert graph.named("shelf").protect


def test_a_component_without_create_is_refused() -> None:
    class Empty(BaseComponent[None]):
        area = "test"

        def outputs(self) -> Mapping[str, pulumi.Input[Any]]:
            return {}

    with pytest.raises(TypeError, match="create"):
        Empty("empty", None, None)  # type: ignore[abstract, arg-type]
