"""The checks compare something: the table is consistent, and values are really held against it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from graph.checks import check, sdk
from graph.checks.aws_schemas import resource_schema
from graph.checks.correspondence import CORRESPONDENCES, WITHOUT_COUNTERPART
from graph.checks.inputs import check_inputs
from graph.checks.report import print_check, report
from graph.checks.schema import check_schemas, coverage
from graph.checks.translation import translate
from graph.checks.values import leaves
from graph.model import Graph, Resource
from tests.unit.graph.checks.conftest import one, with_input

GARBAGE = "?? no such value ??"


@pytest.mark.parametrize("token", sorted(CORRESPONDENCES))
def test_every_entry_names_types_and_properties_that_exist(token: str) -> None:
    inputs = sdk.inputs_of(token)
    assert inputs is not None, f"pulumi_aws has no {token}"
    table = CORRESPONDENCES[token]
    assert resource_schema(table.cfn)["typeName"] == table.cfn

    resource = Resource(
        urn="urn",
        type=token,
        name="example",
        parent=None,
        custom=True,
        inputs={name: _example(kind) for name, kind in inputs.items() if name != "tagsAll"},
    )

    translation = translate(resource, table)  # KeyError for a property that AWS does not have

    stated = {path for path, target in table.names.items() if target is not None}
    assert not stated & set(translation.without)
    assert translation.compared > 0 or not stated


@pytest.mark.parametrize("token", sorted(CORRESPONDENCES))
def test_every_stated_property_is_one_of_the_provider(token: str) -> None:
    for path in CORRESPONDENCES[token].names:
        kind: Any = None
        known = sdk.inputs_of(token)
        for step in path.split("."):
            assert known is not None, f"{path}: {step} lies in no block"
            assert step in known, f"{path}: the provider has no {step}"
            kind = known[step]
            known = _block(kind)


def test_a_type_is_compared_or_has_a_reason_and_not_both() -> None:
    assert not CORRESPONDENCES.keys() & WITHOUT_COUNTERPART.keys()
    assert all(len(reason) > 10 for reason in WITHOUT_COUNTERPART.values())


def test_a_type_that_nobody_has_thought_of_is_a_finding(valid: Graph) -> None:
    topic = one(valid, "Topic", "alerts")
    unknown = replace(topic, type="aws:sns/smsPreferences:SmsPreferences", inputs={})

    found = list(check_schemas(replace(valid, resources=(unknown,))))

    assert [each.path for each in found] == ["type"]


def test_most_values_are_compared(valid: Graph) -> None:
    covered = coverage(valid)

    assert covered.values >= 190
    assert covered.share >= 0.9
    assert covered.constrained >= 0.5 * covered.compared
    assert covered.in_documents >= 70


def test_garbage_is_refused_in_nearly_every_place(valid: Graph) -> None:
    """Each value in turn is replaced; what is left over are descriptions and other free texts."""
    by_schemas = 0
    missed: list[str] = []
    values = list(_values(valid))
    for resource, path in values:
        steps = path.replace("[", ".").replace("]", "")
        damaged = with_input(valid, resource.type, resource.name, steps, GARBAGE)
        alone = replace(damaged, resources=(one(damaged, resource.type, resource.name),))
        if any((*check_schemas(alone), *check_inputs(alone))):
            by_schemas += 1
        elif not check(damaged):
            missed.append(f"{resource.type} {path}")

    assert len(values) >= 180
    assert by_schemas / len(values) >= 0.5, f"AWS's schemas caught {by_schemas} of {len(values)}"
    assert len(missed) / len(values) <= 0.07, missed


def test_the_report_says_how_much_was_compared(
    valid: Graph, capsys: pytest.CaptureFixture[str]
) -> None:
    assert print_check(valid) == 0
    out = capsys.readouterr().out
    assert "nothing found" in out
    assert "compared with AWS's resource schemas" in out

    damaged = with_input(valid, "TaskDefinition", "task", "cpu", "300")
    assert print_check(damaged) == 1
    assert "task (aws:ecs/taskDefinition:TaskDefinition) cpu: is '300'" in capsys.readouterr().out


def test_the_report_names_the_remedy_of_each_finding(valid: Graph) -> None:
    damaged = with_input(valid, "Vpc", "vpc", "cidrBlock", "999.0.0.0/99")

    text = report(damaged, check(damaged), coverage(damaged))

    assert "write a network such as 10.0.0.0/16" in text


def _values(graph: Graph) -> Iterator[tuple[Resource, str]]:
    for resource in graph.resources:
        if resource.type not in CORRESPONDENCES:
            continue
        for path, value in leaves(resource.inputs):
            is_document = isinstance(value, str) and value[:1] in {"{", "["}
            if not path.startswith("tags.") and not is_document:
                yield resource, path


def _block(kind: Any) -> dict[str, Any] | None:
    nested = sdk.nested_types(kind)
    if nested is None:
        arguments = getattr(sdk.unwrapped(kind), "__args__", ())
        nested = sdk.nested_types(arguments[0]) if arguments else None
    return nested


def _example(kind: Any, depth: int = 0) -> Any:
    nested = sdk.nested_types(kind)
    if nested is not None:
        return {name: _example(own, depth + 1) for name, own in nested.items()} if depth < 6 else {}
    plain = sdk.unwrapped(kind)
    origin = str(getattr(plain, "__origin__", plain))
    if "Sequence" in origin:
        return [_example(plain.__args__[0], depth + 1)]
    if "Mapping" in origin:
        return {"key": "value"}
    return {bool: True, int: 1, float: 1}.get(plain, "text")
