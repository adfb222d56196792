"""Lines of an estimate, and what a rule of pricing may ask."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from graph.cost.hours import Hours
from graph.cost.prices import HOURS_A_MONTH, Price, Prices, Usage
from graph.model import Graph, Resource

Basis = Literal["idle", "pipeline"]
"""Whether it is there when nothing runs, or comes with the daily pipeline."""


@dataclass(frozen=True)
class Line:
    """An amount a month at a price; `usd` is that of the month."""

    component: str
    resource: str
    what: str
    amount: float
    unit: str
    price: str
    usd: float
    basis: Basis


@dataclass(frozen=True)
class Bill:
    """What rules read: the graph, the prices and the assumptions."""

    graph: Graph
    prices: Prices
    usage: Usage

    @cached_property
    def hours(self) -> Hours:
        """Running hours, from the stack's schedules."""
        return Hours(self.graph)

    @cached_property
    def _by_urn(self) -> dict[str, Resource]:
        return self.graph.by_urn()

    def component(self, resource: Resource) -> str:
        """Name of the outermost component that holds the resource; `stack` without one."""
        name = "stack"
        parent = resource.parent
        while parent is not None and parent in self._by_urn:
            name = self._by_urn[parent].name
            parent = self._by_urn[parent].parent
        return name

    def line(
        self,
        resource: Resource,
        what: str,
        key: str,
        amount: float,
        *,
        basis: Basis = "idle",
        factor: float = 1.0,
    ) -> Line:
        """`amount` units a month at the price `key`; `factor` is a discount on that price."""
        price: Price = self.prices[key]
        return Line(
            component=self.component(resource),
            resource=resource.name,
            what=what,
            amount=amount,
            unit=price.unit,
            price=key,
            usd=amount * price.usd * factor,
            basis=basis,
        )


type Rule = Callable[[Resource, Bill], Iterator[Line]]


def hourly(key: str, what: str) -> Rule:
    """A rule for what costs the same in every hour of the month."""

    def rule(resource: Resource, bill: Bill) -> Iterator[Line]:
        yield bill.line(resource, what, key, HOURS_A_MONTH)

    return rule


def monthly(key: str, what: str) -> Rule:
    """A rule for what costs the same in every month."""

    def rule(resource: Resource, bill: Bill) -> Iterator[Line]:
        yield bill.line(resource, what, key, 1)

    return rule
