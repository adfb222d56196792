"""The alarms of the blueprint as CloudWatch alarms, and the composite one over the pipeline's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import cloudwatch

from blueprint.alarms import UNHEALTHY, UNHEALTHY_REMEDY, UNHEALTHY_WHEN, Alarm, Query, Severity
from blueprint.metrics import Metric
from components.base import BaseComponent


@dataclass(frozen=True)
class AlarmsArgs:
    """The alarms, topic ARNs by severity, and what placeholders in dimensions stand for."""

    alarms: Sequence[Alarm]
    topic_arns: Mapping[Severity, pulumi.Input[str]]
    values: Mapping[str, pulumi.Input[str]]


class Alarms(BaseComponent[AlarmsArgs]):
    """Alarms that tell the topic of their severity when they start and when they end."""

    area = "monitoring"

    def create(self) -> None:
        """Every alarm, and the composite one."""
        made = {alarm.subject: self._alarm(alarm) for alarm in self.args.alarms}
        reasons = [made[subject] for subject in UNHEALTHY_WHEN if subject in made]
        self.unhealthy = cloudwatch.CompositeAlarm(
            f"{self.name}-{UNHEALTHY}",
            alarm_name=self.names.alarm(UNHEALTHY),
            alarm_description=UNHEALTHY_REMEDY,
            alarm_rule=pulumi.Output.all(*(alarm.name for alarm in reasons)).apply(
                lambda names: " OR ".join(f'ALARM("{name}")' for name in names)
            ),
            alarm_actions=[self.args.topic_arns["critical"]],
            ok_actions=[self.args.topic_arns["critical"]],
            opts=self.child(),
        )

    def outputs(self) -> Mapping[str, pulumi.Input[Any]]:
        """The composite alarm."""
        return {"pipelineAlarm": self.unhealthy.alarm_name}

    def _alarm(self, alarm: Alarm) -> cloudwatch.MetricAlarm:
        topic = self.args.topic_arns[alarm.severity]
        metric = alarm.metric
        single: dict[str, Any] = (
            {
                "namespace": metric.namespace,
                "metric_name": metric.name,
                "dimensions": self._dimensions(metric),
                "statistic": metric.statistic,
                "period": alarm.period,
            }
            if metric is not None
            else {"metric_queries": [self._query(query, alarm) for query in alarm.queries]}
        )
        return cloudwatch.MetricAlarm(
            f"{self.name}-{alarm.subject}",
            name=self.names.alarm(alarm.subject),
            alarm_description=alarm.description,
            comparison_operator=alarm.comparison,
            threshold=alarm.threshold,
            evaluation_periods=alarm.periods,
            datapoints_to_alarm=alarm.periods,
            treat_missing_data=alarm.missing,
            alarm_actions=[topic],
            ok_actions=[topic],
            tags={"Severity": alarm.severity},
            opts=self.child(),
            **single,
        )

    def _query(self, query: Query, alarm: Alarm) -> cloudwatch.MetricAlarmMetricQueryArgs:
        metric = query.metric
        return cloudwatch.MetricAlarmMetricQueryArgs(
            id=query.id,
            label=query.id,
            expression=query.expression,
            return_data=query.watched,
            metric=(
                cloudwatch.MetricAlarmMetricQueryMetricArgs(
                    namespace=metric.namespace,
                    metric_name=metric.name,
                    dimensions=self._dimensions(metric),
                    period=alarm.period,
                    stat=metric.statistic,
                )
                if metric is not None
                else None
            ),
        )

    def _dimensions(self, metric: Metric) -> dict[str, pulumi.Input[str]] | None:
        values = self.args.values
        return {name: values.get(value, value) for name, value in metric.dimensions} or None
