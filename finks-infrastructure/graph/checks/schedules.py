"""Schedule expressions: cron(…), rate(…) and at(…) as AWS reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from graph.checks.finding import Finding, finding
from graph.checks.values import leaves
from graph.model import Graph

_KEYS = re.compile(r"(^|\.)(scheduleExpression|schedule)$")
_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
_FIELDS = (
    ("minutes", 0, 59, ()),
    ("hours", 0, 23, ()),
    ("day of month", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("day of week", 1, 7, _DAYS),
    ("year", 1970, 2199, ()),
)


def check_schedules(graph: Graph) -> Iterator[Finding]:
    """Schedules that AWS does not take."""
    for resource in graph.resources:
        for path, value in leaves(resource.inputs):
            if resource.custom and _KEYS.search(path) and isinstance(value, str) and value:
                problem = problem_of(value)
                if problem:
                    yield finding(
                        resource,
                        path,
                        f"is {value!r}: {problem}",
                        "write such as cron(30 22 ? * MON-FRI *) or rate(5 minutes)",
                    )


def problem_of(expression: str) -> str | None:
    """What is wrong with an expression, or None."""
    found = re.fullmatch(r"(cron|rate|at)\((.*)\)", expression)
    if found is None:
        return "neither cron(…) nor rate(…) nor at(…)"
    kind, inner = found[1], found[2]
    if kind == "at":
        return None if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", inner) else "no time"
    if kind == "rate":
        return _rate(inner)
    fields = inner.split(" ")
    if len(fields) != len(_FIELDS):
        return f"{len(fields)} fields, AWS takes six"
    if (fields[2] == "?") == (fields[4] == "?"):
        return "one of day of month and day of week has to be ?"
    for (name, low, high, words), field in zip(_FIELDS, fields, strict=True):
        for part in field.split(","):
            if not _fits(part, low, high, tuple(words)):
                return f"{part!r} is no {name}"
    return None


def _rate(inner: str) -> str | None:
    found = re.fullmatch(r"(\d+) (minute|hour|day)(s?)", inner)
    if found is None or int(found[1]) == 0:
        return "no rate"
    if (int(found[1]) == 1) == bool(found[3]):
        return "one unit stands in the singular, more in the plural"
    return None


def _fits(part: str, low: int, high: int, words: tuple[str, ...]) -> bool:
    body, slash, step = part.partition("/")
    if slash and not step.isdigit():
        return False
    if body in {"*", "?"} or (part in {"L", "LW"} and high in {31, 7}):
        return True
    body = re.sub(r"(#[1-5]|L|W)$", "", body) if high in {31, 7} else body
    for end in body.split("-"):
        number = words.index(end.upper()) + 1 if end.upper() in words else end
        if not str(number).isdigit() or not low <= int(number) <= high:
            return False
    return True
