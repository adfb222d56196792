"""What a run costs the source: its calls, as far as they are known, and bytes by estimate."""

from __future__ import annotations

from dataclasses import dataclass, field

from connectors.budgets import Cost
from connectors.datasets import Dataset
from connectors.endpoints import Call, Endpoint
from connectors.plan import Plan
from utils.calendar import sessions
from utils.dates import Window


@dataclass(frozen=True)
class Expected:
    """The calls for one dataset when every endpoint is allowed and knows every symbol.

    `most` bounds what it costs when the preferred endpoints refuse and none is repeated.
    """

    dataset: Dataset
    plan: Plan
    calls: tuple[Call, ...] = ()
    most: Cost = field(default_factory=Cost)


def expect(dataset: Dataset, plan: Plan, window: Window | None) -> Expected:
    """What the plan of a dataset costs; `window` is the plan's with its overlap."""
    if window is None or not plan.symbols:
        return Expected(dataset, plan)
    usable = [e for e in dataset.endpoints[:-1] if len(plan.symbols) >= e.least_symbols]
    chain = [*usable, dataset.endpoints[-1]]
    calls = _calls(chain[0], plan, window)
    # Each that refuses does so at its first call.
    most = Cost(calls=len(chain) - 1) + _cost(chain[-1], plan, window)
    if not chain[0].exhaustive:
        most += _cost(chain[0], plan, window)
    return Expected(dataset, plan, calls, most)


def _calls(endpoint: Endpoint, plan: Plan, window: Window) -> tuple[Call, ...]:
    requests = endpoint.requests(plan.symbols, window, plan.wanted)
    return tuple(next(iter(call.pages())) for request in requests for call in request.calls)


def _cost(endpoint: Endpoint, plan: Plan, window: Window) -> Cost:
    calls = len(_calls(endpoint, plan, window))
    if endpoint.market_records:
        return Cost(calls, calls * endpoint.market_records * endpoint.record_bytes)
    days = sum(1 for _ in sessions(window)) if endpoint.days else 1
    return Cost(calls, len(plan.symbols) * max(1, days) * endpoint.record_bytes)
