from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from blueprint.alarms import SEVERITIES, UNHEALTHY
from blueprint.dashboard import COLUMNS
from components.base import BaseComponent, StackContext
from components.monitoring import Monitoring, MonitoringArgs
from config.settings import SettingsError
from graph.model import Graph, Resource
from graph.recorder import MASK
from tests.unit.components.conftest import RecordComponent

KEY = "arn:aws:kms:ca-central-1:123456789012:key/lake"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
FILTER = "aws:cloudwatch/logMetricFilter:LogMetricFilter"
TOPIC = "aws:sns/topic:Topic"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
RUNBOOK = Path(__file__).parents[4] / "docs" / "aws" / "runbook.md"
PAGER = "https://events.pagerduty.com/integration/0123/enqueue"


def monitoring(context: StackContext, *, balancer: bool = True, api: bool = True) -> Monitoring:
    args = MonitoringArgs(
        config=context.settings.monitoring,
        key_arn=KEY,
        load_balancer_arn_suffix="app/prefect/1" if balancer else None,
        target_group_arn_suffix="targetgroup/prefect/2" if balancer else None,
        api_name="the-api" if api else None,
    )
    return Monitoring("watch", args, context)


@pytest.fixture
def dev(record_component: RecordComponent) -> Graph:
    return record_component(monitoring, compute={"containerInsights": True})


def alarms(graph: Graph) -> dict[str, Resource]:
    """Alarms by subject."""
    return {r.name.removeprefix("watch-alarms-"): r for r in graph.of_type(ALARM, COMPOSITE)}


def test_what_is_watched(dev: Graph) -> None:
    assert set(alarms(dev)) == {
        *("task-failures", "glue-failures", "pipeline-late", "silver-stale", "data-quality"),
        *("pipeline-errors", "prefect-errors", "server-below-desired", "worker-below-desired"),
        *("database-connections", "database-storage", "database-cpu"),
        *("balancer-errors", "no-healthy-host", "api-errors", "dead-letters"),
        "pipeline-unhealthy",
    }


def test_every_alarm_tells_the_topic_of_its_severity_when_it_starts_and_ends(dev: Graph) -> None:
    topics = {f"finks-dev-alarms-{severity}" for severity in SEVERITIES}
    assert {topic.inputs["name"] for topic in dev.of_type(TOPIC)} == topics
    for subject, alarm in alarms(dev).items():
        severity = alarm.inputs["tags"].get("Severity", "critical")
        (action,) = alarm.inputs["alarmActions"]
        assert action == dev.named(f"watch-topics-{severity}", TOPIC).outputs["arn"], subject
        assert alarm.inputs["okActions"] == [action]


def test_every_alarm_says_what_to_do_and_has_its_paragraph_in_the_runbook(
    dev: Graph, record_component: RecordComponent
) -> None:
    headings = set(re.findall(r"^## (\S+)$", RUNBOOK.read_text(), re.MULTILINE))
    made = {**alarms(dev), **alarms(record_component(monitoring, stack="prod"))}
    for subject, alarm in made.items():
        assert len(alarm.inputs["alarmDescription"]) > 40, subject
    assert headings == set(made)


def test_names_of_what_is_watched_are_those_of_the_stack(dev: Graph) -> None:
    made = alarms(dev)
    assert made["database-cpu"].inputs["dimensions"] == {
        "DBInstanceIdentifier": "finks-dev-prefect"
    }
    assert made["dead-letters"].inputs["dimensions"] == {"QueueName": "finks-dev-ecs-events-dead"}
    assert made["api-errors"].inputs["dimensions"] == {"ApiName": "the-api"}
    assert made["no-healthy-host"].inputs["dimensions"] == {
        "LoadBalancer": "app/prefect/1",
        "TargetGroup": "targetgroup/prefect/2",
    }


def metric_queries(alarm: Resource) -> dict[str, dict[str, Any]]:
    return {query["id"]: query for query in alarm.inputs["metricQueries"]}


def test_a_service_is_below_desired_when_tasks_are_lacking_for_a_quarter_of_an_hour(
    dev: Graph,
) -> None:
    alarm = alarms(dev)["worker-below-desired"]
    queries = metric_queries(alarm)
    for query, metric in (("desired", "DesiredTaskCount"), ("running", "RunningTaskCount")):
        assert queries[query]["metric"]["metricName"] == metric
        assert queries[query]["metric"]["namespace"] == "ECS/ContainerInsights"
        assert queries[query]["metric"]["dimensions"] == {
            "ClusterName": "finks-dev",
            "ServiceName": "finks-dev-prefect-worker",
        }
    assert queries["lacking"]["expression"] == "desired - running"
    assert [name for name, query in queries.items() if query["returnData"]] == ["lacking"]
    period = queries["running"]["metric"]["period"]
    assert period * alarm.inputs["evaluationPeriods"] == 900


@pytest.mark.parametrize("subject", ["balancer-errors", "data-quality", "pipeline-late"])
def test_expressions_use_the_metrics_that_are_there(dev: Graph, subject: str) -> None:
    queries = metric_queries(alarms(dev)[subject])
    (watched,) = [query for query in queries.values() if query["returnData"]]
    used = set(re.findall(r"[a-z][a-z0-9_]*", watched["expression"]))
    assert used == set(queries) - {watched["id"]}
    assert all(query.get("metric") or query.get("expression") for query in queries.values())


@pytest.mark.parametrize(
    ("instance", "connections", "gib"),
    [("db.t4g.micro", 80, 20), ("db.t4g.medium", 320, 50)],
)
def test_limits_of_the_database_follow_its_size(
    record_component: RecordComponent, instance: str, connections: int, gib: int
) -> None:
    graph = record_component(
        monitoring, database={"instanceClass": instance, "allocatedStorage": gib}
    )
    made = alarms(graph)
    assert made["database-connections"].inputs["threshold"] == connections
    storage = made["database-storage"].inputs
    assert storage["comparisonOperator"] == "LessThanThreshold"
    assert storage["threshold"] == gib * 1024**3 // 5


def test_loops_in_a_service_of_their_own_are_watched_as_well(
    record_component: RecordComponent,
) -> None:
    alarm = alarms(record_component(monitoring, stack="prod"))["loops-below-desired"]
    for query in metric_queries(alarm).values():
        if "metric" in query:
            service = query["metric"]["dimensions"]["ServiceName"]
            assert service == "finks-prod-prefect-services"


def test_a_balancer_without_any_target_is_noticed(dev: Graph) -> None:
    inputs = alarms(dev)["no-healthy-host"].inputs
    assert (inputs["metricName"], inputs["statistic"]) == ("HealthyHostCount", "Maximum")
    assert (inputs["comparisonOperator"], inputs["threshold"]) == ("LessThanThreshold", 1)
    assert inputs["treatMissingData"] == "breaching"


def test_nobody_is_called_at_night_because_of_office_hours(
    record_component: RecordComponent,
) -> None:
    graph = record_component(
        monitoring, orchestration={"officeHours": True}, compute={"containerInsights": False}
    )
    found = set(alarms(graph))
    assert "balancer-errors" in found
    assert not {"no-healthy-host", "server-below-desired", "worker-below-desired"} & found


def test_no_balancer_and_no_api_no_alarms_of_theirs(record_component: RecordComponent) -> None:
    graph = record_component(lambda context: monitoring(context, balancer=False, api=False))
    assert not {"balancer-errors", "no-healthy-host", "api-errors"} & set(alarms(graph))
    assert "{" not in "".join(
        json.dumps(a.inputs.get("dimensions")) for a in graph.of_type(ALARM)
    ).replace('{"', "")


def test_without_schedule_nobody_waits_for_a_run(record_component: RecordComponent) -> None:
    graph = record_component(monitoring, orchestration={"schedulesActive": False})
    assert not {"pipeline-late", "silver-stale"} & set(alarms(graph))
    rule = alarms(graph)[UNHEALTHY].inputs["alarmRule"]
    assert "late" not in rule
    assert "task-failures" in rule


def test_without_container_insights_a_service_that_is_silent_is_noticed_and_no_more(
    record_component: RecordComponent, dev: Graph
) -> None:
    graph = record_component(monitoring, compute={"containerInsights": False})
    silent = alarms(graph)["worker-below-desired"].inputs
    assert (silent["namespace"], silent["metricName"]) == ("AWS/ECS", "CPUUtilization")
    assert silent["statistic"] == "SampleCount"
    assert silent["dimensions"] == {
        "ClusterName": "finks-dev",
        "ServiceName": "finks-dev-prefect-worker",
    }
    # No task, no samples.
    assert silent["treatMissingData"] == "breaching"
    assert silent["period"] * silent["evaluationPeriods"] == 900
    said = "Container Insights is off"
    assert said in graph.named("watch-dashboard").inputs["dashboardBody"]
    assert said not in dev.named("watch-dashboard").inputs["dashboardBody"]


def test_the_composite_alarm_names_alarms_that_are_there(dev: Graph) -> None:
    rule = alarms(dev)[UNHEALTHY].inputs["alarmRule"]
    named = set(re.findall(r'ALARM\("([^"]+)"\)', rule))
    assert named == {
        f"finks-dev-{subject}"
        for subject in (
            *("task-failures", "glue-failures", "pipeline-late", "silver-stale"),
            "data-quality",
        )
    }
    assert named < {alarm.inputs.get("name") for alarm in dev.of_type(ALARM)}


def test_topics_are_encrypted_and_take_alarms_of_this_account_alone(dev: Graph) -> None:
    for topic in dev.of_type(TOPIC):
        assert topic.inputs["kmsMasterKeyId"] == KEY
        policy = json.loads(dev.named(f"{topic.name}-policy").inputs["policy"])
        (allowed,) = [entry for entry in policy["Statement"] if entry["Effect"] == "Allow"]
        assert allowed["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
        assert allowed["Action"] == ["sns:Publish"]
        assert allowed["Resource"] == [topic.outputs["arn"]]
        assert allowed["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}


def test_nobody_is_subscribed_by_default(dev: Graph) -> None:
    assert dev.of_type(SUBSCRIPTION) == []


def test_people_hear_everything_and_pager_duty_what_is_critical(
    record_component: RecordComponent,
) -> None:
    graph = record_component(
        monitoring, monitoring={"emails": ["a@example.com"], "pagerDutyUrl": PAGER}
    )
    told: dict[str, set[str]] = {}
    for subscription in graph.of_type(SUBSCRIPTION):
        told.setdefault(subscription.inputs["protocol"], set()).add(subscription.inputs["topic"])
    assert told["email"] == {topic.outputs["arn"] for topic in graph.of_type(TOPIC)}
    critical = graph.named("watch-topics-critical").outputs["arn"]
    assert told["https"] == {critical}


def test_the_url_of_pager_duty_stays_a_secret(record_component: RecordComponent) -> None:
    graph = record_component(monitoring, monitoring={"pagerDutyUrl": PAGER})
    assert graph.named("watch-topics-pager-duty").inputs["endpoint"] == MASK
    assert PAGER not in graph.dumps()


def test_an_address_that_is_none_is_refused(record_component: RecordComponent) -> None:
    with pytest.raises(SettingsError, match=r"monitoring\.emails"):
        record_component(monitoring, monitoring={"emails": ["nobody"]})
    with pytest.raises(SettingsError, match=r"monitoring\.pagerDutyUrl"):
        record_component(monitoring, monitoring={"pagerDutyUrl": "https://example.com/"})


def test_events_of_failures_are_kept_where_the_filters_count_them(dev: Graph) -> None:
    group = dev.named("watch-failures-group")
    assert group.inputs["name"].startswith("/aws/events/")
    rules = {rule.inputs["name"] for rule in dev.of_type("aws:cloudwatch/eventRule:EventRule")}
    assert rules == {"finks-dev-task-failures", "finks-dev-glue-failures"}
    targets = dev.of_type("aws:cloudwatch/eventTarget:EventTarget")
    assert {target.inputs["rule"] for target in targets} == rules
    assert {target.inputs["arn"] for target in targets} == {group.outputs["arn"]}
    policy = dev.named("watch-failures-policy")
    assert all(policy.urn in target.dependencies for target in targets)
    for statement in json.loads(policy.inputs["policyDocument"])["Statement"]:
        (resource,) = statement["Resource"]
        assert resource == f"{group.outputs['arn']}:*"
    for subject, metric in (("task-failures", "TaskFailures"), ("glue-failures", "GlueFailures")):
        counter = dev.named(f"watch-{subject}", FILTER).inputs
        assert counter["logGroupName"] == group.inputs["name"]
        assert counter["metricTransformation"]["name"] == metric
        alarm = alarms(dev)[subject].inputs
        assert (alarm["namespace"], alarm["metricName"]) == (
            counter["metricTransformation"]["namespace"],
            metric,
        )


def test_errors_are_counted_in_the_logs_of_every_task(record_component: RecordComponent) -> None:
    def counted(graph: Graph) -> dict[str, str]:
        filters = [f for f in graph.of_type(FILTER) if f.name.startswith("watch-errors-")]
        return {f.inputs["logGroupName"]: f.inputs["metricTransformation"]["name"] for f in filters}

    dev = counted(record_component(monitoring))
    assert dev == {
        "/ecs/finks-dev-fmp-ingestion": "PipelineErrors",
        "/ecs/finks-dev-dbt": "PipelineErrors",
        "/ecs/finks-dev-flow-run": "PipelineErrors",
        "/ecs/finks-dev-prefect-server": "PrefectErrors",
        "/ecs/finks-dev-prefect-worker": "PrefectErrors",
    }
    # In production the background loops of Prefect are a service of their own.
    prod = counted(record_component(monitoring, stack="prod"))
    assert prod["/ecs/finks-prod-prefect-services"] == "PrefectErrors"
    assert len(prod) == 6


def test_filters_wait_for_the_log_groups_of_others(record_component: RecordComponent) -> None:
    class Others(BaseComponent[None]):
        area = "compute"

        def create(self) -> None:
            from pulumi_aws import cloudwatch

            cloudwatch.LogGroup(f"{self.name}-group", name="/ecs/x", opts=self.child())

        def outputs(self) -> dict[str, Any]:
            return {}

    def make(context: StackContext) -> None:
        others = Others("others", None, context)
        args = MonitoringArgs(context.settings.monitoring, KEY, None, None, None, [others])
        Monitoring("watch", args, context)

    graph = record_component(make)
    group = graph.named("others-group")
    waiting = [f for f in graph.of_type(FILTER) if f.name.startswith("watch-errors-")]
    assert waiting
    assert all(group.urn in counter.dependencies for counter in waiting)


def test_the_dashboard_parses_shows_every_alarm_and_nothing_overlaps(dev: Graph) -> None:
    board = dev.named("watch-dashboard").inputs
    assert board["dashboardName"] == "finks-dev"
    widgets = json.loads(board["dashboardBody"])["widgets"]
    (shown,) = [w["properties"]["alarms"] for w in widgets if w["type"] == "alarm"]
    assert set(shown) == {alarm.outputs["arn"] for alarm in dev.of_type(ALARM, COMPOSITE)}
    taken: set[tuple[int, int]] = set()
    for widget in widgets:
        assert widget["x"] + widget["width"] <= COLUMNS
        own = {
            (x, y)
            for x in range(widget["x"], widget["x"] + widget["width"])
            for y in range(widget["y"], widget["y"] + widget["height"])
        }
        assert not own & taken
        taken |= own


def test_the_dashboard_fills_in_what_aws_named(dev: Graph) -> None:
    body = dev.named("watch-dashboard").inputs["dashboardBody"]
    metrics = [
        metric
        for widget in json.loads(body)["widgets"]
        for metric in widget["properties"].get("metrics", [])
    ]
    values = {part for metric in metrics for part in metric if isinstance(part, str)}
    assert {"app/prefect/1", "the-api"} <= values
    assert not [value for value in values if value.startswith("{")]


def test_outputs(dev: Graph) -> None:
    outputs = dev.named("watch").outputs
    assert outputs["pipelineAlarm"] == "finks-dev-pipeline-unhealthy"
    assert {f"{severity}TopicArn" for severity in SEVERITIES} <= set(outputs)
    assert outputs["dashboard"] == "finks-dev"
