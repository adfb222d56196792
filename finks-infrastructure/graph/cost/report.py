"""An estimate as a table to read; docs/aws/cost.md holds the same text."""

from __future__ import annotations

from graph.cost.estimate import Estimate


def render(found: Estimate) -> str:
    """USD a month by component, the totals, and the three dearest items of an idle month."""
    lines = [f"{'USD a month':<28}{'idle':>9}{'pipeline':>10}{'together':>10}"]
    for name, row in found.by_component().items():
        lines.append(_row(name, row["idle"], row["pipeline"]))
    lines += [
        _row(f"stack {found.stack}", found.total("idle"), found.total("pipeline")),
        "",
        "Dearest of an idle month",
        *(f"  {usd:8.2f}  {item}" for item, usd in found.largest()),
    ]
    return "\n".join(lines) + "\n"


def _row(name: str, idle: float, pipeline: float) -> str:
    return f"{name:<28}{idle:>9.2f}{pipeline:>10.2f}{idle + pipeline:>10.2f}"
