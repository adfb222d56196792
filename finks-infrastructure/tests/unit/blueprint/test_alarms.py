"""What the alarms of the schedule do over real weeks, and which events count as failures."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from blueprint import alarms
from blueprint.alarms import Alarm, Watched
from blueprint.alarms.database import CONNECTIONS_LIMIT
from blueprint.alarms.pipeline import WEEKEND_HOUR
from blueprint.metrics import JSON_ERROR_LINES, PREFECT_ERROR_LINES
from blueprint.names import ENVIRONMENTS, Names

NEW_YORK = ZoneInfo("America/New_York")
NAMES = Names("dev", "123456789012")
ALL = Watched(
    container_insights=True,
    schedules_active=True,
    load_balancer=True,
    api=True,
    database_class="db.t4g.micro",
    database_storage=20,
    scaled=True,
)


def alarm(subject: str) -> Alarm:
    (found,) = [made for made in alarms.alarms(NAMES, ALL) if made.subject == subject]
    return found


def run_ends(year: int, month: int, day: int) -> datetime:
    """When the run of a day is through: it starts at 18:30 and takes half an hour."""
    return datetime(year, month, day, 19, 0, tzinfo=NEW_YORK).astimezone(UTC)


def late(now: datetime, runs: list[datetime]) -> bool:
    """What CloudWatch finds: every one of the last full hours is without run and a weekday."""
    watched = alarm("pipeline-late")
    end = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    hours = [end - timedelta(hours=back) for back in range(1, watched.periods + 1)]

    def value(start: datetime) -> int:
        if start.isoweekday() == 7 or (start.isoweekday() == 6 and start.hour >= WEEKEND_HOUR):
            return 1
        return sum(start <= run < start + timedelta(hours=1) for run in runs)

    return all(value(start) < watched.threshold for start in hours)


@pytest.mark.parametrize("month", [1, 7], ids=["winter", "summer"])
def test_weeks_in_which_every_run_comes_are_quiet(month: int) -> None:
    first = datetime(2026, month, 5, tzinfo=UTC)
    days = [first + timedelta(days=day) for day in range(21)]
    runs = [run_ends(d.year, d.month, d.day) for d in days if d.isoweekday() <= 5]
    hours = [first + timedelta(days=3, hours=hour) for hour in range(17 * 24)]
    assert [hour for hour in hours if late(hour, runs)] == []


@pytest.mark.parametrize("missing", [5, 6, 7, 8, 9], ids=["Mon", "Tue", "Wed", "Thu", "Fri"])
def test_a_run_that_does_not_come_is_noticed_the_same_night(missing: int) -> None:
    days = [(1, 1), (1, 2), (1, 5), (1, 6), (1, 7), (1, 8), (1, 9)]
    runs = [run_ends(2026, month, day) for month, day in days if day != missing]
    evening = datetime(2026, 1, missing, 19, 30, tzinfo=NEW_YORK)
    noticed = next(hours for hours in range(24) if late(evening + timedelta(hours=hours), runs))
    assert 0 < noticed <= 4


def test_the_expression_is_the_one_that_these_tests_reckon_with() -> None:
    (due,) = [query for query in alarm("pipeline-late").queries if query.watched]
    runs = "FILL(runs, 0)"
    assert due.expression == (
        f"IF((DAY({runs}) == 6 AND HOUR({runs}) >= {WEEKEND_HOUR}) OR DAY({runs}) == 7, 1, {runs})"
    )


def test_prices_are_stale_only_after_the_longest_break_of_the_exchange() -> None:
    watched = alarm("silver-stale")
    assert watched.missing == "breaching"
    # Friday's prices until Tuesday's: Saturday, Sunday and a holiday on Monday.
    assert watched.periods * watched.period > timedelta(days=4).total_seconds()
    # CloudWatch looks back over seven days at most.
    assert watched.periods * watched.period <= timedelta(days=7).total_seconds()


def test_periods_are_those_that_cloudwatch_evaluates() -> None:
    for made in alarms.alarms(NAMES, ALL):
        longest = timedelta(days=7 if made.period >= 3600 else 1).total_seconds()
        assert made.period * made.periods <= longest, made.subject
        assert made.period % 60 == 0


def test_an_alarm_is_on_a_metric_or_on_one_watched_query() -> None:
    for made in alarms.alarms(NAMES, ALL):
        assert (made.metric is None) == bool(made.queries), made.subject
        if made.queries:
            assert sum(query.watched for query in made.queries) == 1, made.subject
        for query in made.queries:
            assert re.fullmatch(r"[a-z][a-zA-Z0-9_]*", query.id)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_subjects_are_unique_and_severities_known(environment: str) -> None:
    made = alarms.alarms(Names(environment), ALL)
    assert len({one.subject for one in made}) == len(made)
    assert {one.severity for one in made} <= set(alarms.SEVERITIES)
    assert set(alarms.UNHEALTHY_WHEN) <= {one.subject for one in made}


def test_connection_limits_are_below_what_the_database_allows() -> None:
    memory = {"db.t4g.micro": 1, "db.t4g.small": 2, "db.t4g.medium": 4}
    for instance, limit in CONNECTIONS_LIMIT.items():
        allowed = memory[instance] * 1024**3 // 9_531_392
        assert 0.6 * allowed < limit < 0.8 * allowed


def test_failed_tasks_are_those_of_runs_in_our_cluster() -> None:
    detail = alarms.failure_events(NAMES, region="ca-central-1", account_id="123456789012")[
        "task-failures"
    ]["detail"]
    assert detail["clusterArn"] == ["arn:aws:ecs:ca-central-1:123456789012:cluster/finks-dev"]
    # Services replace their tasks by themselves; a stop by a person is no failure.
    assert detail["group"] == [{"prefix": "family:"}]
    stop_codes = {code for case in detail["$or"] for code in case["stopCode"]}
    assert stop_codes == {"TaskFailedToStart", "EssentialContainerExited"}
    (codes,) = [c["containers"]["exitCode"] for c in detail["$or"] if "containers" in c]
    assert codes == [{"anything-but": [0, 4]}]


def test_only_our_glue_job_counts() -> None:
    pattern = alarms.failure_events(NAMES, region="ca-central-1", account_id="1")["glue-failures"]
    assert pattern["detail"] == {
        "jobName": ["finks-dev-bronze-to-silver"],
        "state": ["FAILED", "TIMEOUT"],
    }


def test_log_patterns_ask_for_errors_and_worse() -> None:
    assert set(re.findall(r'"(\w+)"', JSON_ERROR_LINES)) == {
        *("ERROR", "CRITICAL", "error", "critical")
    }
    lines = {
        "12:00:01.123 | ERROR   | Flow run 'x' - failed": True,
        "12:00:01.123 | CRITICAL | prefect - failed": True,
        "12:00:01.123 | INFO    | prefect - no ERROR here": False,
    }
    wanted = re.findall(r'\?"([^"]+)"', PREFECT_ERROR_LINES)
    for line, counts in lines.items():
        assert any(text in line for text in wanted) is counts, line
