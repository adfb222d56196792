from __future__ import annotations

import json
from typing import Any

import pytest

from blueprint.names import IMAGE_PROJECTS
from components.image_digest import image_tag
from components.images import REPOSITORY, Images, ImagesArgs
from graph.model import Graph
from tests.unit.components.conftest import RecordComponent

KEY = "arn:aws:kms:ca-central-1:123456789012:key/k"
REGISTRY = "123456789012.dkr.ecr.ca-central-1.amazonaws.com"
IMAGE = "docker-build:index:Image"


@pytest.fixture
def record(record_component: RecordComponent) -> RecordComponent:
    def recorded(stack: str = "dev", **changes: Any) -> Graph:
        def make(context: Any) -> Images:
            return Images("images", ImagesArgs(context.settings.compute, KEY), context)

        return record_component(make, stack=stack, **changes)

    return recorded


def references(graph: Graph) -> dict[str, str]:
    found = graph.named("images").outputs["images"]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("project", IMAGE_PROJECTS)
def test_repositories_are_immutable_scanned_and_encrypted(
    record: RecordComponent, project: str
) -> None:
    inputs = record("prod").named(f"images-{project}-repository").inputs
    assert inputs["name"] == f"finks-prod/{project}"
    assert inputs["imageTagMutability"] == "IMMUTABLE"
    assert inputs["imageScanningConfiguration"] == {"scanOnPush": True}
    assert inputs["encryptionConfigurations"] == [{"encryptionType": "KMS", "kmsKey": KEY}]
    assert inputs["forceDelete"] is False


def test_old_images_expire_and_the_newest_stay(record: RecordComponent) -> None:
    policy = record().named("images-finks-dbt-lifecycle").inputs
    assert policy["repository"] == "finks-dev/finks-dbt"
    untagged, newest = json.loads(policy["policy"])["rules"]
    assert untagged["selection"]["tagStatus"] == "untagged"
    assert newest["selection"]["countType"] == "imageCountMoreThan"
    # ECR asks that the rule for any tag comes last.
    assert untagged["rulePriority"] < newest["rulePriority"]


def test_images_are_built_from_the_projects_and_run_by_their_digest(
    record: RecordComponent,
) -> None:
    graph = record()
    for project in IMAGE_PROJECTS:
        inputs = graph.named(f"images-{project}", IMAGE).inputs
        tagged = f"{REGISTRY}/finks-dev/{project}:{image_tag(REPOSITORY / project)}"
        assert inputs["tags"] == [tagged]
        assert inputs["platforms"] == ["linux/amd64"]
        assert inputs["push"] is True
        assert inputs["context"]["location"] == f"../{project}"
        assert references(graph)[project].startswith(f"{tagged}@sha256:")


def test_the_registrys_password_is_a_secret(record: RecordComponent) -> None:
    image = record().named("images-finks-dbt", IMAGE)
    assert image.secrets == ("registries",)
    assert "simulated" not in json.dumps(image.inputs)


def test_a_configured_tag_is_taken_as_it_is(record: RecordComponent) -> None:
    graph = record(compute={"buildImages": False, "imageTag": "v1.2.3"})
    assert not graph.of_type(IMAGE)
    assert references(graph)["finks-dbt"] == f"{REGISTRY}/finks-dev/finks-dbt:v1.2.3"


def test_the_local_cloud_finds_projects_by_their_names(record: RecordComponent) -> None:
    graph = record("local")
    assert not graph.of_type(IMAGE)
    assert references(graph) == {project: f"{project}:local" for project in IMAGE_PROJECTS}
