"""docs/aws/networking.md says what the blueprint, the stacks and the price table say."""

from __future__ import annotations

import re

import pytest

from blueprint.network import FLOWS
from config.sections import INTERFACE_ENDPOINTS, Network
from graph.cost.prices import HOURS_A_MONTH, prices
from graph.stack_file import INFRASTRUCTURE
from graph.stacks import context_of

PAGE = INFRASTRUCTURE.parent / "docs/aws/networking.md"


def rows(width: int) -> list[tuple[str, ...]]:
    """Cells of all table rows with this number of columns, backticks taken off."""
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("|")]
    cells = [tuple(c.strip().strip("`") for c in line.strip("|").split("|")) for line in lines]
    return [row for row in cells if len(row) == width]


def test_the_matrix_has_exactly_the_connections_of_the_blueprint() -> None:
    written = {row for row in rows(4) if row[2].isdigit() and not row[1].isdigit()}
    assert written == {(f.source, f.target, str(f.port), f.purpose) for f in FLOWS}


@pytest.mark.parametrize(
    ("item", "endpoints"),
    [
        ("interface endpoint, in two zones", 1),
        ("four endpoints (staging)", 4),
        ("twelve endpoints (prod)", 12),
    ],
)
def test_endpoint_costs_are_those_of_the_price_table(item: str, endpoints: int) -> None:
    (row,) = [row for row in rows(4) if row[0] == item]
    hour = endpoints * Network().availability_zones * prices()["interface_endpoint_hour"].usd
    assert row[1:] == (
        f"{hour:.3f}",
        f"{hour * HOURS_A_MONTH:.2f}",
        f"{prices()['interface_endpoint_gb'].usd:.2f}",
    )


def test_nat_costs_and_the_break_even_are_those_of_the_price_table() -> None:
    (row,) = [row for row in rows(4) if row[0].startswith("NAT gateway, with")]
    table = prices()
    hour = table["nat_gateway_hour"].usd + table["public_ipv4_hour"].usd
    per_gb = table["nat_gateway_gb"].usd
    assert row[1:] == (f"{hour:.3f}", f"{hour * HOURS_A_MONTH:.2f}", f"{per_gb:.2f}")
    month = 2 * HOURS_A_MONTH * table["interface_endpoint_hour"].usd
    gigabytes = month / (per_gb - table["interface_endpoint_gb"].usd)
    stated = re.search(r"pays from about (\d+) GB", PAGE.read_text())
    assert stated is not None
    assert float(stated[1]) == pytest.approx(gigabytes, rel=0.02)


@pytest.mark.parametrize(("column", "stack"), [(1, "dev"), (2, "staging"), (3, "prod")])
def test_stacks_have_the_gateways_and_endpoints_that_the_page_says(column: int, stack: str) -> None:
    network = context_of(stack).settings.network
    by_item = {row[0]: row[column] for row in rows(5)}
    assert by_item["NAT gateways"].split(",")[0] == str(network.nat_gateways)
    assert by_item["interface endpoints"] == str(len(network.interface_endpoints) or "none")


def test_every_service_with_an_endpoint_is_explained() -> None:
    first = [row[0] for row in rows(2)]
    explained = {
        name.strip(" `") for cell in first for name in cell.split(",") if not cell.startswith("-")
    }
    assert set(INTERFACE_ENDPOINTS) <= explained
