"""Fargate: sizes, Spot, architectures and office hours, each worked out by hand."""

from __future__ import annotations

import json
from typing import Any

import pytest

from graph.model import Resource
from tests.unit.graph.cost.conftest import IDLE, Priced, resource, usd

TASK = "aws:ecs/taskDefinition:TaskDefinition"
SERVICE = "aws:ecs/service:Service"
SPOT = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]


def task(family: str = "finks-dev-server", **inputs: Any) -> Resource:
    size = {"family": family, "cpu": "512", "memory": "1024", **inputs}
    return resource(TASK, family, size, outputs={"arn": f"arn:task/{family}"})


def service(**inputs: Any) -> Resource:
    given = {
        "name": "finks-dev-server",
        "taskDefinition": "arn:task/finks-dev-server",
        "desiredCount": 1,
        **inputs,
    }
    return resource(SERVICE, "server", given)


def switch(call: str, at: str, given: dict[str, Any]) -> Resource:
    target = {"arn": f"arn:aws:scheduler:::aws-sdk:{call}", "input": json.dumps(given)}
    return resource(
        "aws:scheduler/schedule:Schedule", at, {"scheduleExpression": at, "target": target}
    )


class TestFargate:
    def test_a_service_on_demand(self, priced: Priced) -> None:
        lines = priced(task(), service(), idle=IDLE)
        assert usd(lines) == pytest.approx(730 * (0.5 * 0.04456 + 1 * 0.004865))

    def test_two_tasks_cost_twice_as_much(self, priced: Priced) -> None:
        lines = priced(task(), service(desiredCount=2), idle=IDLE)
        assert usd(lines) == pytest.approx(2 * 730 * (0.5 * 0.04456 + 1 * 0.004865))

    def test_spot_is_cheaper_by_the_discount(self, priced: Priced) -> None:
        lines = priced(task(), service(capacityProviderStrategies=SPOT), idle=IDLE)
        assert usd(lines) == pytest.approx(0.3 * 730 * (0.5 * 0.04456 + 1 * 0.004865))

    @pytest.mark.parametrize(
        ("strategies", "factor"),
        [
            ([{"capacityProvider": "FARGATE", "weight": 1}], 1.0),
            ([*SPOT, {"capacityProvider": "FARGATE", "weight": 3}], 1 - 0.7 / 4),
            ([*SPOT, {"capacityProvider": "FARGATE", "base": 1}], 1.0),
        ],
    )
    def test_weights_share_the_discount(
        self, priced: Priced, strategies: list[dict[str, Any]], factor: float
    ) -> None:
        lines = priced(task(), service(capacityProviderStrategies=strategies), idle=IDLE)
        assert usd(lines) == pytest.approx(factor * 730 * (0.5 * 0.04456 + 1 * 0.004865))

    def test_arm_has_prices_of_its_own(self, priced: Priced) -> None:
        arm = task(runtimePlatform={"cpuArchitecture": "ARM64"})
        lines = priced(arm, service(), idle=IDLE)
        assert usd(lines) == pytest.approx(730 * (0.5 * 0.03566 + 1 * 0.00389))

    def test_disk_above_20_gb_is_billed(self, priced: Priced) -> None:
        lines = priced(task(ephemeralStorage={"sizeInGib": 50}), service(), idle=IDLE)
        assert usd(lines, of="disk") == pytest.approx(730 * 30 * 0.000122)

    def test_a_public_address_is_billed(self, priced: Priced) -> None:
        public = service(networkConfiguration={"assignPublicIp": True})
        assert usd(priced(task(), public, idle=IDLE), of="address") == pytest.approx(3.65)

    def test_a_service_that_scales_is_priced_at_its_least(self, priced: Priced) -> None:
        inputs = {"resourceId": "service/finks/finks-dev-server", "minCapacity": 2}
        target = resource("aws:appautoscaling/target:Target", "scale", inputs)
        lines = priced(task(), service(desiredCount=1), target, idle=IDLE)
        assert usd(lines, of="vCPU") == pytest.approx(2 * 730 * 0.5 * 0.04456)

    def test_its_logs(self, priced: Priced) -> None:
        lines = priced(task(), service(), idle={**IDLE, "log_gb_a_service": 2.0})
        assert usd(lines, of="logs") == pytest.approx(1.10)

    def test_insights_count_the_metrics_of_services(self, priced: Priced) -> None:
        settings = [{"name": "containerInsights", "value": "enhanced"}]
        cluster = resource("aws:ecs/cluster:Cluster", "c", {"settings": settings})
        lines = priced(task(), service(), cluster, idle=IDLE)
        assert usd(lines, of="Insights") == pytest.approx((8 + 11 + 6) * 0.30)

    def test_a_service_of_an_unknown_task_is_an_error(self, priced: Priced) -> None:
        with pytest.raises(LookupError, match="server: no task definition"):
            priced(service())

    @pytest.mark.parametrize(
        ("family", "key"),
        [("x-fmp-ingestion", "ingestion"), ("x-dbt", "dbt"), ("x-flow-run", "flow_run")],
    )
    def test_tasks_of_a_run_are_priced_by_the_minute(
        self, priced: Priced, family: str, key: str
    ) -> None:
        lines = priced(task(family), pipeline={"runs": 20, f"{key}_minutes": 30})
        assert usd(lines) == 0
        assert usd(lines, basis="pipeline") == pytest.approx(10 * (0.5 * 0.04456 + 0.004865))

    def test_tasks_of_a_run_take_the_strategy_of_the_cluster(self, priced: Priced) -> None:
        providers = resource(
            "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders",
            "p",
            {"defaultCapacityProviderStrategies": SPOT},
        )
        use = {"runs": 20.0, "dbt_minutes": 30.0}
        lines = priced(task("x-dbt"), providers, pipeline=use)
        expected = 0.3 * 10 * (0.5 * 0.04456 + 0.004865)
        assert usd(lines, basis="pipeline") == pytest.approx(expected)


class TestOfficeHours:
    """13 hours on five days: 65 of the week's 168."""

    MORNING, EVENING = "cron(0 7 ? * MON-FRI *)", "cron(0 20 ? * MON-FRI *)"

    def test_a_service_that_is_stopped_at_night(self, priced: Priced) -> None:
        given = {"Cluster": "c", "Service": "finks-dev-server"}
        lines = priced(
            task(),
            service(),
            switch("ecs:updateService", self.MORNING, {**given, "DesiredCount": 1}),
            switch("ecs:updateService", self.EVENING, {**given, "DesiredCount": 0}),
            idle=IDLE,
        )
        assert usd(lines, of="vCPU") == pytest.approx(730 * 65 / 168 * 0.5 * 0.04456)

    def test_a_service_that_is_scaled_to_nothing(self, priced: Priced) -> None:
        def action(at: str, most: int) -> Resource:
            inputs = {
                "resourceId": "service/c/finks-dev-server",
                "schedule": at,
                "scalableTargetAction": {"minCapacity": most, "maxCapacity": most},
            }
            kind = "aws:appautoscaling/scheduledAction:ScheduledAction"
            return resource(kind, at, inputs)

        lines = priced(
            task(), service(), action(self.MORNING, 1), action(self.EVENING, 0), idle=IDLE
        )
        assert usd(lines, of="vCPU") == pytest.approx(730 * 65 / 168 * 0.5 * 0.04456)

    def test_a_database_keeps_its_storage(self, priced: Priced) -> None:
        given = {"DbInstanceIdentifier": "d"}
        inputs = {"identifier": "d", "instanceClass": "db.t4g.micro", "allocatedStorage": 20}
        lines = priced(
            resource("aws:rds/instance:Instance", "d", inputs),
            switch("rds:startDBInstance", self.MORNING, given),
            switch("rds:stopDBInstance", self.EVENING, given),
        )
        assert usd(lines, of="PostgreSQL") == pytest.approx(730 * 65 / 168 * 0.018)
        assert usd(lines, of="storage") == pytest.approx(2.54)

    def test_what_is_started_and_never_stopped_costs_the_whole_month(self, priced: Priced) -> None:
        given = {"DbInstanceIdentifier": "d"}
        inputs = {"identifier": "d", "instanceClass": "db.t4g.micro", "allocatedStorage": 20}
        lines = priced(
            resource("aws:rds/instance:Instance", "d", inputs),
            switch("rds:startDBInstance", self.MORNING, given),
        )
        assert usd(lines, of="PostgreSQL") == pytest.approx(730 * 0.018)

    def test_schedules_of_other_things_do_not_matter(self, priced: Priced) -> None:
        other = {"Cluster": "c", "Service": "finks-dev-other", "DesiredCount": 0}
        lines = priced(
            task(), service(), switch("ecs:updateService", self.EVENING, other), idle=IDLE
        )
        assert usd(lines, of="vCPU") == pytest.approx(730 * 0.5 * 0.04456)
