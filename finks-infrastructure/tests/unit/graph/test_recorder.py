"""The recorder keeps what Pulumi's mocks drop, and lets nothing out that is secret."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi_aws import s3, secretsmanager, sqs

from components.base import BaseComponent, StackContext
from graph.model import Graph
from graph.recorder import MASK, record
from graph.stacks import context_of

INFRASTRUCTURE = Path(__file__).resolve().parents[3]


class Shelf(BaseComponent[str]):
    """A component with a bucket, and one with a component inside."""

    area = "tests"

    def create(self) -> None:
        self.bucket = s3.Bucket(
            f"{self.name}-bucket",
            bucket=self.args,
            opts=self.child(protect=True, ignore_changes=["tags"]),
        )
        self.queue = sqs.Queue(
            f"{self.name}-queue", name=self.bucket.bucket, opts=self.child(depends_on=[self.bucket])
        )

    def outputs(self) -> Mapping[str, pulumi.Input[Any]]:
        return {"shelfArn": self.bucket.arn}


class Rack(Shelf):
    """A component that holds another."""

    former_types = ("finks:old:Rack",)

    def create(self) -> None:
        self.bucket = Shelf("inner", self.args, self.context, self.child()).bucket


@pytest.fixture
def context() -> StackContext:
    return context_of("dev")


@pytest.fixture
def shelf(context: StackContext) -> Graph:
    return record(lambda: Shelf("shelf", "finks-books", context))


def test_urns_are_written_as_the_engine_writes_them(context: StackContext) -> None:
    graph = record(lambda: Rack("rack", "finks-books", context), stack="prod")
    bucket = graph.named("inner-bucket")
    assert bucket.urn == (
        "urn:pulumi:prod::finks::finks:tests:Rack$finks:tests:Shelf$aws:s3/bucket:Bucket"
        "::inner-bucket"
    )
    assert bucket.parent == graph.named("inner").urn
    assert graph.named("inner").parent == graph.named("rack").urn
    assert graph.named("rack").parent is None


def test_parents_options_and_dependencies_are_kept(shelf: Graph) -> None:
    bucket, queue = shelf.named("shelf-bucket"), shelf.named("shelf-queue")
    assert bucket.protect
    assert bucket.ignore_changes == ("tags",)
    assert bucket.urn in queue.dependencies
    assert queue.inputs["name"] == "finks-books"


def test_outputs_of_components_and_of_the_stack_are_kept(context: StackContext) -> None:
    def program() -> None:
        found = Shelf("shelf", "finks-books", context)
        pulumi.export("shelfArn", found.bucket.arn)
        pulumi.export("password", pulumi.Output.secret("hunter2"))

    graph = record(program)
    assert graph.named("shelf").outputs == {"shelfArn": "arn:aws:s3:::finks-books"}
    assert graph.outputs == {"shelfArn": "arn:aws:s3:::finks-books", "password": MASK}


def test_a_second_resource_of_the_same_urn_is_not_hidden() -> None:
    def program() -> None:
        s3.Bucket("one", bucket="finks-one")
        s3.Bucket("one", bucket="finks-two")

    graph = record(program)
    assert {bucket.inputs["bucket"] for bucket in graph.resources} == {"finks-one", "finks-two"}
    assert len({bucket.urn for bucket in graph.resources}) == 1


def test_secrets_are_masked_wherever_they_stand() -> None:
    def program() -> None:
        key = pulumi.Config("finks").require_secret("fmpApiKey")
        secret = secretsmanager.Secret("key", name="finks/dev/key")
        secretsmanager.SecretVersion("version", secret_id=secret.id, secret_string=key)
        s3.BucketObject("note", bucket="b", key="k", metadata={"a": key}, content="open")

    graph = record(program, config={"finks:fmpApiKey": "hunter2"}, secret_keys=("finks:fmpApiKey",))
    version = graph.named("version")
    assert version.inputs["secretString"] == MASK
    assert "secretString" in version.secrets
    assert graph.named("note").secrets == ("metadata",)
    assert graph.named("note").inputs["content"] == "open"
    assert "hunter2" not in graph.dumps()


def test_a_secret_inside_a_text_masks_the_text() -> None:
    def program() -> None:
        key = pulumi.Config("finks").require_secret("fmpApiKey")
        s3.BucketObject("note", bucket="b", key="k", content=pulumi.Output.concat("key=", key))

    graph = record(program, config={"finks:fmpApiKey": "hunter2"}, secret_keys=("finks:fmpApiKey",))
    assert "hunter2" not in graph.dumps()


def test_a_renamed_component_has_its_former_names_as_aliases(context: StackContext) -> None:
    graph = record(lambda: Rack("rack", "finks-books", context, former_names=["stand"]))
    assert graph.named("rack").aliases == ("stand", "finks:old:Rack")


def test_configuration_comes_through_as_pulumi_hands_it_over() -> None:
    found: dict[str, Any] = {}

    def program() -> None:
        config = pulumi.Config("finks")
        found.update(
            text=config.require("text"),
            flag=config.require_bool("flag"),
            number=config.require_int("number"),
            object=config.require_object("object"),
        )

    values = {"text": "a", "flag": True, "number": 3, "object": {"a": [1, {"b": False}]}}
    record(program, config={f"finks:{key}": value for key, value in values.items()})
    assert found == values


def test_configuration_of_one_recording_is_not_that_of_the_next() -> None:
    record(lambda: None, config={"finks:text": "a"})
    found: list[str | None] = []
    record(lambda: found.append(pulumi.Config("finks").get("text")))
    assert found == [None]


def test_what_the_program_raises_is_raised() -> None:
    def program() -> None:
        s3.Bucket("one")
        raise LookupError("the program's own")

    with pytest.raises(LookupError, match="the program's own"):
        record(program)


def test_an_error_in_a_value_that_comes_later_is_raised() -> None:
    def wrong(_: str) -> str:
        raise LookupError("in an apply")

    def program() -> None:
        first = s3.Bucket("one", bucket="finks-one")
        s3.Bucket("two", bucket=first.arn.apply(wrong))

    with pytest.raises(LookupError, match="in an apply"):
        record(program)


def test_a_failed_recording_does_not_spoil_the_next(context: StackContext) -> None:
    def program() -> None:
        s3.Bucket("left-over")
        raise LookupError("stop")

    with pytest.raises(LookupError):
        record(program)
    graph = record(lambda: Shelf("shelf", "finks-books", context))
    assert {resource.name for resource in graph.resources} == {
        "shelf",
        "shelf-bucket",
        "shelf-queue",
    }


def test_two_recordings_are_the_same(context: StackContext) -> None:
    first = record(lambda: Shelf("shelf", "finks-books", context))
    assert record(lambda: Shelf("shelf", "finks-books", context)) == first


def test_a_look_up_that_nothing_answers_says_where_to_add_it() -> None:
    with pytest.raises(Exception, match=r"graph/simulation has no answer for aws:s3/getBucket"):
        record(lambda: s3.get_bucket(bucket="x"))


HEAVY = ("duckdb", "moto", "pyarrow", "pyiceberg", "pyspark", "pandas", "cfnlint", "boto3", "numpy")


def test_the_program_imports_nothing_that_is_slow_to_import() -> None:
    """What makes `pulumi preview` wait: each of these takes seconds, and no component needs it."""
    code = (
        "import sys; import components.platform, config.stack_config;"
        f" print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=INFRASTRUCTURE,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr
