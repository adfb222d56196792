"""The pages of docs/aws that follow from the program are what the program says today."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from config import reference
from config.sections import Section
from graph import pages, tree
from graph.cost.estimate import unpriced
from graph.stacks import STACKS, recorded

COUNTS = re.compile(r"^ +(\d+)  (\S+)$", re.MULTILINE)


@pytest.fixture(scope="module")
def expected() -> dict[Path, str]:
    return pages.pages()


@pytest.mark.parametrize(
    "name",
    ["tree-dev.txt", "tree-staging.txt", "tree-prod.txt", "configuration.md", "cost.md"],
)
def test_a_generated_page_is_current(expected: dict[Path, str], name: str) -> None:
    path = pages.PAGES / name
    written = path.read_text() if path.exists() else ""
    assert written == expected[path], f"docs/aws/{name} is stale; run 'make infra-trees'"


def test_no_generated_page_is_forgotten(expected: dict[Path, str]) -> None:
    assert len(expected) == 5


@pytest.mark.parametrize("stack", pages.DEPLOYED)
def test_the_counts_in_the_tree_are_those_of_the_graph(stack: str) -> None:
    text = (pages.PAGES / f"tree-{stack}.txt").read_text()
    written = {kind: int(count) for count, kind in COUNTS.findall(text)}
    assert written == tree.counts(recorded(stack))


@pytest.mark.parametrize("stack", STACKS)
def test_every_resource_stands_in_the_tree_once(stack: str) -> None:
    graph = recorded(stack)
    branches = [line for line in tree.render(graph).splitlines() if re.match(r"[│ ]*[├└]─ ", line)]
    assert len(branches) == len(graph.resources)


@pytest.mark.parametrize("stack", STACKS)
def test_every_output_has_a_row(stack: str) -> None:
    assert recorded(stack).outputs.keys() <= rows()


def test_every_row_is_an_output_of_some_stack() -> None:
    exported = {"deployRoleArn", "officeHoursGroup"}  # with keys that no stack's file sets
    for stack in STACKS:
        exported |= recorded(stack).outputs.keys()
    assert rows() == exported


def rows() -> set[str]:
    text = (pages.PAGES / "outputs.md").read_text()
    return set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))


def test_every_key_of_the_configuration_stands_on_its_page() -> None:
    text = (pages.PAGES / "configuration.md").read_text()
    keys = list(reference.keys())
    assert {"network.natGateways", "compute.dbt", "economy", "fmpApiKey"} <= set(keys)
    for key in keys:
        assert f"| `{key.rpartition('.')[2]}` |" in text, key


def test_a_key_without_a_meaning_cannot_be_documented() -> None:
    class Silent(Section):
        loud: bool = True
        """Says what it means."""
        silent: bool = True

    fields = list(Silent.model_fields.items())
    with pytest.raises(LookupError, match=r"Silent\.silent has no docstring"):
        reference.table(Silent, fields)


@pytest.mark.parametrize("stack", STACKS)
def test_every_type_of_a_stack_has_a_price_or_a_reason(stack: str) -> None:
    assert unpriced(recorded(stack)) == []


class TestCost:
    """What the issue asks of the estimates."""

    def test_dev_is_under_100_idle(self) -> None:
        assert pages.estimates()["dev"].total("idle") < 100

    def test_economy_is_under_30(self) -> None:
        found = pages.estimates()["dev with economy: true"]
        assert found.total("idle") < 30
        assert found.total() < 30

    def test_each_stack_costs_more_than_the_one_before(self) -> None:
        found = pages.estimates()
        totals = [
            found[title].total("idle")
            for title in ("dev with economy: true", "dev", "staging", "prod")
        ]
        assert totals == sorted(totals)
        assert len(set(totals)) == 4

    def test_economy_saves_where_it_says(self) -> None:
        found = pages.estimates()
        dear, cheap = found["dev"].by_component(), found["dev with economy: true"].by_component()
        assert "load-balancer" not in cheap
        assert cheap["network"]["idle"] < 1
        assert cheap["database"]["idle"] < dear["database"]["idle"]

    def test_the_three_dearest_are_named(self) -> None:
        assert [item for item, _ in pages.estimates()["dev"].largest()] == [
            "network: NAT gateway",
            "load-balancer: load balancer",
            "database: PostgreSQL db.t4g.micro Single-AZ",
        ]

    def test_nothing_is_estimated_below_nothing(self) -> None:
        for found in pages.estimates().values():
            assert all(line.usd > 0 for line in found.lines)


def test_a_page_that_lost_its_marks_is_not_overwritten() -> None:
    assert pages.between(f"a\n{pages.BEGIN}old\n{pages.END}z\n", "new") == (
        f"a\n{pages.BEGIN}\nnew\n{pages.END}z\n"
    )
    with pytest.raises(ValueError, match="has lost its lines"):
        pages.between("a\n", "new")


def test_links_between_the_pages_lead_somewhere() -> None:
    for page in pages.PAGES.glob("*.md"):
        for link in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
            if not link.startswith("http"):
                assert (page.parent / link).exists(), f"{page.name}: {link}"
