"""Graphs written by hand, and the estimate of what is in them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from graph.cost.bill import Line
from graph.cost.estimate import estimate
from graph.cost.prices import Prices, Usage, prices, usage
from graph.model import Graph, Resource

type Priced = Callable[..., list[Line]]
IDLE = {
    "nat_gb": 2.0,
    "endpoint_gb": 1.0,
    "alb_lcu": 0.1,
    "flow_log_gb": 1.0,
    "kms_requests": 10_000,
    "ecr_gb": 0.5,
    "s3_gb": 1.0,
    "sqs_requests": 1_000_000,
    "config_items": 100,
    "config_evaluations_a_rule": 50,
    "guardduty_million_events": 0.5,
    "guardduty_log_gb": 2.0,
    "log_gb_a_service": 0.0,
}


def resource(kind: str, name: str, inputs: dict[str, Any], **more: Any) -> Resource:
    """A resource at the stack."""
    return Resource(f"urn:{kind}:{name}", kind, name, None, custom=True, inputs=inputs, **more)


def usd(lines: list[Line], *, basis: str = "idle", of: str = "") -> float:
    return sum(line.usd for line in lines if line.basis == basis and of in line.what)


@pytest.fixture
def priced() -> Priced:
    """The lines of resources: priced(resource(...), resource(...), idle={"nat_gb": 0})."""

    def lines(
        *resources: Resource,
        idle: dict[str, float] | None = None,
        pipeline: dict[str, float] | None = None,
    ) -> list[Line]:
        known = usage()
        use = Usage(0.7, {**known.idle, **(idle or {})}, {**known.pipeline, **(pipeline or {})})
        table = Prices(date(2025, 1, 1), prices().table)
        return list(estimate(Graph("finks", "dev", resources), table, use).lines)

    return lines
