"""How many hours a month something runs, from the schedules that start and stop it.

Office hours are no setting that the estimate believes: it reads the schedules in the graph, so a
database that is started and never stopped costs the whole month.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from graph.cost.prices import HOURS_A_MONTH
from graph.model import Graph, Resource

DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
MINUTES_A_WEEK = 7 * 24 * 60
_SDK_TARGET = "arn:aws:scheduler:::aws-sdk:"

type Event = tuple[int, bool]
"""A minute of the week, and whether the thing runs from then on."""


class Hours:
    """Running hours a month by name of the ECS service or database; others run all the time."""

    def __init__(self, graph: Graph) -> None:
        events: dict[str, list[Event]] = defaultdict(list)
        for resource in graph.resources:
            for name, minutes, runs in _switches(resource):
                events[name].extend((minute, runs) for minute in minutes)
        self._hours = {name: _monthly(found) for name, found in events.items()}

    def of(self, name: str) -> float:
        """Hours a month that the thing of this name runs."""
        return self._hours.get(name, HOURS_A_MONTH)


def minutes_of_week(expression: str) -> list[int]:
    """The minutes since Monday 00:00 at which `cron(minute hour ? * days *)` fires.

    Days are a list or a range of names, or `*`. Raises ValueError for what it does not know.
    """
    fields = expression.removeprefix("cron(").removesuffix(")").split()
    if not expression.startswith("cron(") or len(fields) != 6:
        raise ValueError(f"{expression}: write cron(minute hour ? * MON-FRI *)")
    minute, hour, day_of_month, month, days, year = fields
    if day_of_month not in {"?", "*"} or month != "*" or year != "*":
        raise ValueError(f"{expression}: only schedules of a week are understood")
    at = int(hour) * 60 + int(minute)
    return [day * 24 * 60 + at for day in _days(days)]


def _days(text: str) -> Iterator[int]:
    if text in {"*", "?"}:
        yield from range(7)
        return
    for part in text.split(","):
        first, _, last = part.partition("-")
        yield from range(DAYS.index(first), DAYS.index(last or first) + 1)


def _monthly(events: list[Event]) -> float:
    ordered = sorted(events)
    running = 0
    for position, (minute, runs) in enumerate(ordered):
        following = ordered[(position + 1) % len(ordered)][0]
        length = (following - minute) % MINUTES_A_WEEK or (
            MINUTES_A_WEEK if len(ordered) == 1 else 0
        )
        running += length if runs else 0
    return HOURS_A_MONTH * running / MINUTES_A_WEEK


def _switches(resource: Resource) -> Iterator[tuple[str, list[int], bool]]:
    """Name of what is switched, the minutes of the week, and whether it is switched on."""
    if resource.type == "aws:appautoscaling/scheduledAction:ScheduledAction":
        name = str(resource.inputs["resourceId"]).rpartition("/")[2]
        action = resource.inputs["scalableTargetAction"]
        runs = int(action.get("maxCapacity", action.get("minCapacity", 0))) > 0
        yield name, minutes_of_week(str(resource.inputs["schedule"])), runs
    if resource.type == "aws:scheduler/schedule:Schedule":
        target = resource.inputs["target"]
        call = str(target["arn"]).removeprefix(_SDK_TARGET)
        known = _scheduled_call(call, json.loads(target.get("input") or "{}"))
        if known is not None:
            name, runs = known
            yield name, minutes_of_week(str(resource.inputs["scheduleExpression"])), runs


def _scheduled_call(call: str, given: dict[str, Any]) -> tuple[str, bool] | None:
    if call == "ecs:updateService" and "DesiredCount" in given:
        return str(given["Service"]).rpartition("/")[2], int(given["DesiredCount"]) > 0
    if call in {"rds:startDBInstance", "rds:stopDBInstance"}:
        return str(given["DbInstanceIdentifier"]), call == "rds:startDBInstance"
    return None
