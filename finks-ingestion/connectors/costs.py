"""What a run costs the source: its calls, as far as they are known, and bytes by estimate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

from connectors.budgets import Cost
from connectors.datasets import Dataset
from connectors.endpoints import Ask, Call, Endpoint
from connectors.plan import Plan
from utils.calendar import sessions


@dataclass(frozen=True)
class Expected:
    """The calls for one dataset when every endpoint is allowed and knows every symbol.

    An endpoint with pages counts with one page and the empty one after it. `most` bounds what it
    costs when the preferred endpoints refuse and none is repeated.
    """

    dataset: Dataset
    plan: Plan
    calls: tuple[Call, ...] = ()
    most: Cost = field(default_factory=Cost)


def expect(dataset: Dataset, plan: Plan, asks: Sequence[Ask]) -> Expected:
    """What the plan of a dataset costs; `asks` are the plan's with their overlap."""
    if not asks:
        return Expected(dataset, plan)
    usable = [e for e in dataset.endpoints[:-1] if len(plan.symbols) >= e.least_symbols]
    chain = [*usable, dataset.endpoints[-1]]
    costs = [_cost(endpoint, plan, asks) for endpoint in chain]
    # Each may refuse every one of its calls, as when a symbol of each batch is not allowed.
    received = costs[-1].received + sum(
        cost.received for e, cost in zip(chain[:-1], costs, strict=False) if not e.exhaustive
    )
    most = Cost(sum(cost.calls for cost in costs), received)
    return Expected(dataset, plan, _calls(chain[0], plan, asks), most)


def _calls(endpoint: Endpoint, plan: Plan, asks: Sequence[Ask]) -> tuple[Call, ...]:
    requests = [r for ask in asks for r in endpoint.requests(ask, plan.dates_to_ask)]
    pages = 2 if endpoint.page else 1
    return tuple(
        page
        for request in requests
        for call in request.calls
        for page in islice(call.pages(), pages)
    )


def _cost(endpoint: Endpoint, plan: Plan, asks: Sequence[Ask]) -> Cost:
    calls = len(_calls(endpoint, plan, asks))
    if endpoint.market_records:
        return Cost(calls, calls * endpoint.market_records * endpoint.record_bytes)
    records = 0
    for ask in asks:
        days = sum(1 for _ in sessions(ask.window)) if endpoint.days else 1
        records += len(ask.symbols) * max(1, days)
    return Cost(calls, records * endpoint.record_bytes)
