"""The evaluator: keywords, Terraform's texts for numbers, and patterns of ECMA 262."""

from __future__ import annotations

from typing import Any

import pytest

from graph.checks.json_schema import Evaluator, matches


def problems(value: Any, schema: Any, *, complete: bool = True) -> list[str]:
    root = schema if isinstance(schema, dict) else {}
    return [each.problem for each in Evaluator(root, complete).violations(value, schema)]


@pytest.mark.parametrize(
    ("value", "schema"),
    [
        ("512", {"type": "integer", "minimum": 512}),
        (True, {"type": "boolean"}),
        ("true", {"type": "boolean", "enum": [True]}),
        (5432, {"type": "string", "pattern": "^[0-9]*$"}),
        (256, {"enum": ["256"]}),
        ({"a": 1}, {"dependentExcluded": {"a": ["b"]}}),
        ([1, 2], {"uniqueItems": True}),
        ("x", {"not": {"const": "y"}}),
        ({"a": 1}, {"requiredXor": ["a", "b"]}),
    ],
)
def test_what_fits(value: Any, schema: Any) -> None:
    assert problems(value, schema) == []


@pytest.mark.parametrize(
    ("value", "schema"),
    [
        ("many", {"type": "integer"}),
        (True, {"type": "integer"}),
        ("512", {"type": "integer", "minimum": 1024}),
        (1500, {"multipleOf": 1024}),
        ("yes", {"type": "boolean"}),
        ({"a": 1, "b": 2}, {"dependentExcluded": {"a": ["b"]}}),
        ({"a": 1, "b": 2}, {"requiredXor": ["a", "b"]}),
        ({}, {"requiredOr": ["a", "b"]}),
        ({"a": 1}, {"dependentRequired": {"a": ["b"]}}),
        ([1, 1], {"uniqueItems": True}),
        ([{"n": 1}, {"n": 1}], {"uniqueKeys": ["n"]}),
        ([1], {"contains": {"const": 2}}),
        ([], {"minItems": 1}),
        ({"a": 1}, {"additionalProperties": False}),
        ({"a": 1}, {"properties": {"a": False}}),
        ({"a": 1}, {"propertyNames": {"enum": ["b"]}}),
        ({"a": "x"}, {"patternProperties": {"^a": {"type": "integer"}}}),
        ("x", {"oneOf": [{"const": "x"}, {"type": "string"}]}),
        ("x", {"if": {"const": "x"}, "then": {"maxLength": 0}}),
        ("sg-1", {"format": "AWS::EC2::SecurityGroup.Id"}),
    ],
)
def test_what_is_refused(value: Any, schema: Any) -> None:
    assert problems(value, schema) != []


def test_of_alternatives_the_nearest_is_told() -> None:
    schema = {
        "anyOf": [
            {"properties": {"cpu": {"enum": ["256"]}, "memory": {"enum": [512]}}},
            {"properties": {"cpu": {"enum": ["512"]}, "memory": {"maximum": 4096}}},
        ]
    }

    (found,) = Evaluator(schema).violations({"cpu": "512", "memory": "7000"}, schema)

    assert (found.path, found.problem) == (("memory",), "is 7000, above the maximum 4096")


def test_a_translated_resource_is_not_asked_for_what_has_no_counterpart() -> None:
    schema = {"required": ["a"], "anyOf": [{"required": ["b"]}], "additionalProperties": False}

    assert problems({"c": 1}, schema, complete=False) == []


def test_references_are_followed_in_the_root_that_they_stand_in() -> None:
    other = {"definitions": {"A": {"$ref": "#/definitions/B"}, "B": {"const": 1}}}
    evaluator = Evaluator({}, schemas={"other": other})

    assert [*evaluator.violations(2, {"$ref": "other#/definitions/A"})]
    assert not [*evaluator.violations(1, {"$ref": "other#/definitions/A"})]


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$", "CostCentre é", True),
        (r"^[\p{L}]*$", "a1", False),
        (r"^(1|2)\s*(?i)GB$", "2 gb", True),
        (r"^a$", "a\n", False),
    ],
)
def test_patterns_of_ecma_262(pattern: str, text: str, found: bool) -> None:
    assert matches(pattern, text) is found
