"""When a weekly schedule fires."""

from __future__ import annotations

import pytest

from graph.cost.hours import minutes_of_week

DAY = 24 * 60


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("cron(0 7 ? * MON-FRI *)", [day * DAY + 420 for day in range(5)]),
        ("cron(30 20 ? * SAT,SUN *)", [5 * DAY + 1230, 6 * DAY + 1230]),
        ("cron(15 0 * * ? *)", [day * DAY + 15 for day in range(7)]),
        ("cron(0 0 ? * WED *)", [2 * DAY]),
    ],
)
def test_a_schedule_of_the_week(expression: str, expected: list[int]) -> None:
    assert minutes_of_week(expression) == expected


@pytest.mark.parametrize(
    "expression",
    ["rate(1 day)", "cron(0 7 1 * ? *)", "cron(0 7 ? JAN MON *)", "cron(0/5 7 ? * MON *)", "0 7"],
)
def test_what_is_not_understood_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        minutes_of_week(expression)
