"""Faults of the graph itself, and that the recorder does not hide them."""

from __future__ import annotations

from dataclasses import replace

from pulumi_aws import ec2, s3

from graph.checks import check
from graph.model import Graph
from graph.recorder import record
from tests.unit.graph.checks.conftest import one, with_resource


def test_two_resources_of_one_urn_are_found(valid: Graph) -> None:
    bucket = one(valid, "Bucket", "bronze")

    found = check(with_resource(valid, bucket, bucket, bucket))

    assert [(each.name, each.path) for each in found] == [("bronze", "urn")]
    assert "2 resources have this URN" in found[0].problem


def test_the_recorder_keeps_both_resources_of_one_urn() -> None:
    def program() -> None:
        s3.Bucket("same", bucket="one")
        s3.Bucket("same", bucket="other")

    graph = record(program)

    # Pulumi registers them in threads: in which order is left to these.
    buckets = graph.of_type("aws:s3/bucket:Bucket")
    assert sorted(each.inputs["bucket"] for each in buckets) == ["one", "other"]
    assert any(each.path == "urn" for each in check(graph))


def test_a_resource_outside_of_every_component_is_found(valid: Graph) -> None:
    topic = one(valid, "Topic", "alerts")

    found = check(with_resource(valid, topic, replace(topic, parent=None)))

    assert [(each.name, each.path) for each in found] == [("alerts", "parent")]


def test_a_parent_that_there_is_not_is_found(valid: Graph) -> None:
    topic = one(valid, "Topic", "alerts")

    found = check(with_resource(valid, topic, replace(topic, parent="urn:pulumi:gone")))

    assert [(each.path, each.problem) for each in found] == [
        ("parent", "urn:pulumi:gone is not in the graph")
    ]


def test_a_component_that_is_its_own_ancestor_is_found(valid: Graph) -> None:
    (component,) = (each for each in valid.resources if not each.custom)
    changed = with_resource(valid, component, replace(component, parent=component.urn))

    assert {each.problem for each in check(changed)} == {"is its own ancestor"}


def test_a_dependency_that_there_is_not_is_found(valid: Graph) -> None:
    topic = one(valid, "Topic", "alerts")
    changed = replace(topic, dependencies=(*topic.dependencies, "urn:pulumi:gone"))

    found = check(with_resource(valid, topic, changed))

    assert [each.path for each in found] == ["dependencies"]


def test_a_type_that_no_provider_has_is_found(valid: Graph) -> None:
    topic = one(valid, "Topic", "alerts")

    found = check(with_resource(valid, topic, replace(topic, type="aws:sns/topic:Tropic")))

    assert any("no provider of the program has a type" in each.problem for each in found)


def test_a_resource_that_was_made_outside_of_a_component_has_no_tags_and_is_found() -> None:
    graph = record(lambda: ec2.Vpc("vpc", cidr_block="10.0.0.0/16"))

    assert [(each.path, each.problem) for each in check(graph)] == [
        ("parent", "hangs at the stack, outside of every component"),
        ("tags", "lacks Project, Environment, Component, Owner, CostCentre"),
    ]


def test_findings_are_sorted_and_the_same_every_time(valid: Graph) -> None:
    broken = replace(
        valid,
        resources=tuple(
            replace(each, parent=None, inputs={**each.inputs, "tags": {}})
            for each in valid.resources
        ),
    )

    assert check(broken) == sorted(check(broken))
    assert len(check(broken)) > 20
