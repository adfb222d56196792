"""Monitoring: who is told of what, counted failures, alarms and the dashboard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import cloudwatch

from blueprint import alarms, metrics
from blueprint.dashboard import dashboard
from blueprint.metrics import LogFilter
from components.alarms import Alarms, AlarmsArgs
from components.base import BaseComponent
from components.failure_events import FailureEvents, FailureEventsArgs
from components.topics import Topics, TopicsArgs
from config.sections import Monitoring as MonitoringConfig


@dataclass(frozen=True)
class MonitoringArgs:
    """What AWS gives a name of its own; None: the stack has none.

    `log_groups_of` are the components that make the log groups in which errors are counted.
    """

    config: MonitoringConfig
    key_arn: pulumi.Input[str]
    load_balancer_arn_suffix: pulumi.Input[str] | None
    target_group_arn_suffix: pulumi.Input[str] | None
    api_name: pulumi.Input[str] | None
    log_groups_of: Sequence[pulumi.Resource] = ()


class Monitoring(BaseComponent[MonitoringArgs]):
    """Topics, metrics out of logs, alarms and one dashboard."""

    area = "monitoring"

    def create(self) -> None:
        """Topics first, then what is watched, then who watches."""
        self.topics = Topics(
            f"{self.name}-topics",
            TopicsArgs(config=self.args.config, key_arn=self.args.key_arn),
            self.context,
            self.child(),
        )
        self.failures = FailureEvents(
            f"{self.name}-failures",
            FailureEventsArgs(key_arn=self.args.key_arn),
            self.context,
            self.child(),
        )
        for log_filter in metrics.failure_filters(self.names):
            self._filter(log_filter, [self.failures.group])
        errors = metrics.error_filters(self.names, scaled=self.settings.orchestration.redis)
        for log_filter in errors:
            self._filter(log_filter, self.args.log_groups_of)
        watched = self._watched()
        made = alarms.alarms(self.names, watched)
        values = self._values()
        self.alarms = Alarms(
            f"{self.name}-alarms",
            AlarmsArgs(alarms=made, topic_arns=self.topics.arns, values=values),
            self.context,
            self.child(),
        )
        subjects = (alarms.UNHEALTHY, *(alarm.subject for alarm in made))
        body = dashboard(
            self.names,
            watched,
            region=self.context.region,
            alarm_arns=[
                self.context.arn("cloudwatch", f"alarm:{self.names.alarm(subject)}")
                for subject in subjects
            ],
            filters=errors,
        )
        self.dashboard = cloudwatch.Dashboard(
            f"{self.name}-dashboard",
            dashboard_name=self.names.dashboard,
            dashboard_body=pulumi.Output.json_dumps(_filled(body, values)),
            opts=self.child(),
        )

    def outputs(self) -> Mapping[str, pulumi.Input[Any]]:
        """Topics, composite alarm and dashboard."""
        return {
            **self.topics.outputs(),
            **self.alarms.outputs(),
            **self.failures.outputs(),
            "dashboard": self.names.dashboard,
        }

    def _watched(self) -> alarms.Watched:
        settings = self.settings
        return alarms.Watched(
            container_insights=settings.compute.container_insights,
            schedules_active=settings.orchestration.schedules_active,
            load_balancer=self.args.load_balancer_arn_suffix is not None,
            api=self.args.api_name is not None,
            database_class=settings.database.instance_class,
            database_storage=settings.database.allocated_storage,
            scaled=settings.orchestration.redis,
            office_hours=settings.orchestration.office_hours,
        )

    def _values(self) -> dict[str, pulumi.Input[str]]:
        values = {
            alarms.LOAD_BALANCER: self.args.load_balancer_arn_suffix,
            alarms.TARGET_GROUP: self.args.target_group_arn_suffix,
            alarms.API: self.args.api_name,
        }
        return {placeholder: value for placeholder, value in values.items() if value is not None}

    def _filter(self, log_filter: LogFilter, after: Sequence[pulumi.Resource]) -> None:
        cloudwatch.LogMetricFilter(
            f"{self.name}-{log_filter.subject}",
            name=log_filter.subject,
            log_group_name=log_filter.log_group,
            pattern=log_filter.pattern,
            metric_transformation={
                "name": log_filter.metric,
                "namespace": metrics.platform_namespace(self.names),
                "value": "1",
                "default_value": "0",
                "unit": "Count",
            },
            opts=self.child(depends_on=list(after)),
        )


def _filled(body: Any, values: Mapping[str, pulumi.Input[str]]) -> Any:
    """A JSON value with the placeholders replaced."""
    if isinstance(body, dict):
        return {key: _filled(entry, values) for key, entry in body.items()}
    if isinstance(body, list):
        return [_filled(entry, values) for entry in body]
    return values.get(body, body) if isinstance(body, str) else body
