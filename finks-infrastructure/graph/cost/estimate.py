"""The estimate of a graph: one line for everything that costs something."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass
from typing import Any

from graph.cost.bill import Basis, Bill, Line
from graph.cost.free import FREE
from graph.cost.prices import Prices, Usage, prices, usage
from graph.cost.rules import RULES
from graph.model import Graph


@dataclass(frozen=True)
class Estimate:
    """USD a month of one stack."""

    stack: str
    lines: tuple[Line, ...]

    def total(self, basis: Basis | None = None) -> float:
        """USD of the lines with this basis; None: of all."""
        return sum(line.usd for line in self.lines if basis in {None, line.basis})

    def by_component(self) -> dict[str, dict[str, float]]:
        """USD by component and basis, the dearest component first."""
        table: dict[str, dict[str, float]] = defaultdict(lambda: {"idle": 0.0, "pipeline": 0.0})
        for line in self.lines:
            table[line.component][line.basis] += line.usd
        return dict(sorted(table.items(), key=lambda row: (-sum(row[1].values()), row[0])))

    def largest(self, count: int = 3) -> list[tuple[str, float]]:
        """The dearest items of an idle month: what it is, in all resources together, and USD."""
        items: dict[str, float] = defaultdict(float)
        for line in self.lines:
            if line.basis == "idle":
                items[f"{line.component}: {line.what}"] += line.usd
        return sorted(items.items(), key=lambda item: (-item[1], item[0]))[:count]

    def to_json(self) -> dict[str, Any]:
        """The estimate as JSON values."""
        return {
            "stack": self.stack,
            "currency": "USD",
            "period": "month",
            "prices_as_of": prices().as_of.isoformat(),
            "idle": round(self.total("idle"), 2),
            "pipeline": round(self.total("pipeline"), 2),
            "total": round(self.total(), 2),
            "components": {
                name: {basis: round(usd, 2) for basis, usd in row.items()}
                for name, row in self.by_component().items()
            },
            "largest": [{"item": item, "usd": round(usd, 2)} for item, usd in self.largest()],
            "lines": [asdict(line) for line in self.lines],
        }


def unpriced(graph: Graph) -> list[str]:
    """Types of the graph that have neither a rule nor a reason to cost nothing."""
    kinds = {resource.type for resource in graph.resources if resource.custom}
    return sorted(kinds - RULES.keys() - FREE.keys())


def estimate(graph: Graph, table: Prices | None = None, use: Usage | None = None) -> Estimate:
    """Price every resource of the graph.

    Raises LookupError for a type that nothing says a price of: an estimate with a hole is wrong.
    """
    missing = unpriced(graph)
    if missing:
        raise LookupError(
            f"no price for {', '.join(missing)}; add a rule in graph/cost/rules or a reason in"
            " graph/cost/free.py"
        )
    bill = Bill(graph, table or prices(), use or usage())
    lines = [
        line
        for resource in graph.resources
        if resource.type in RULES
        for line in RULES[resource.type](resource, bill)
    ]
    return Estimate(graph.stack, tuple(line for line in lines if line.amount > 0))
