"""The estimate as a whole: no hole in it, and its sums."""

from __future__ import annotations

import re

import pytest

from graph.cost import report
from graph.cost.estimate import Estimate, estimate, unpriced
from graph.cost.free import FREE
from graph.cost.prices import prices, usage
from graph.cost.rules import RULES
from graph.model import Graph, Resource
from tests.unit.graph.cost.conftest import resource

PARENT = Resource("urn:n", "finks:networking:Networking", "network", None, custom=False)
INNER = Resource("urn:i", "finks:networking:Inner", "inner", "urn:n", custom=False)
GRAPH = Graph(
    "finks",
    "dev",
    (
        PARENT,
        INNER,
        Resource("urn:e", "aws:ec2/eip:Eip", "address", "urn:i", custom=True),
        resource("aws:cloudwatch/dashboard:Dashboard", "board", {}),
        resource("aws:iam/role:Role", "role", {}),
    ),
)


@pytest.fixture
def found() -> Estimate:
    return estimate(GRAPH)


def test_lines_belong_to_the_outermost_component(found: Estimate) -> None:
    assert found.by_component() == {
        "network": {"idle": pytest.approx(3.65), "pipeline": 0.0},
        "stack": {"idle": pytest.approx(3.0), "pipeline": 0.0},
    }


def test_the_dearest_come_first(found: Estimate) -> None:
    assert [item for item, _ in found.largest(2)] == ["network: public address", "stack: dashboard"]
    assert len(found.largest(1)) == 1


def test_a_type_without_a_price_stops_the_estimate() -> None:
    graph = Graph("finks", "dev", (resource("aws:emr/cluster:Cluster", "c", {}),))
    assert unpriced(graph) == ["aws:emr/cluster:Cluster"]
    with pytest.raises(LookupError, match=r"no price for aws:emr/cluster:Cluster; add a rule"):
        estimate(graph)


def test_a_size_without_a_price_stops_the_estimate() -> None:
    inputs = {"instanceClass": "db.x2g.large", "allocatedStorage": 20}
    graph = Graph("finks", "dev", (resource("aws:rds/instance:Instance", "d", inputs),))
    with pytest.raises(LookupError, match=r"prices\.toml has no price rds\.db\.x2g\.large"):
        estimate(graph)


def test_nothing_is_both_priced_and_free() -> None:
    assert not RULES.keys() & FREE.keys()
    assert all(len(reason) > 5 for reason in FREE.values())


def test_every_price_names_its_unit_and_its_page() -> None:
    for key, price in prices().table.items():
        assert price.usd > 0, key
        assert price.unit, key
        assert re.fullmatch(r"https://aws\.amazon\.com/[a-z0-9/-]+/pricing/", price.source), key


def test_the_text_has_totals_and_the_dearest(found: Estimate) -> None:
    text = report.render(found)
    assert re.search(r"^stack dev +6\.65 +0\.00 +6\.65$", text, re.MULTILINE)
    assert "3.65  network: public address" in text


def test_the_json_adds_up(found: Estimate) -> None:
    document = found.to_json()
    assert document["idle"] == round(sum(line["usd"] for line in document["lines"]), 2)
    assert document["total"] == 6.65
    assert document["prices_as_of"] == prices().as_of.isoformat()


def test_assumptions_are_amounts() -> None:
    assert 0 < usage().spot_discount < 1
    assert all(value >= 0 for value in (*usage().idle.values(), *usage().pipeline.values()))
