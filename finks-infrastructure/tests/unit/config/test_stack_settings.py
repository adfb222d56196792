"""The configuration of a stack: what is refused, with which words, and what the stacks say."""

from __future__ import annotations

from typing import Any

import pytest

from blueprint.names import PROJECT
from config.sections import INTERFACE_ENDPOINTS
from config.settings import SettingsError, StackSettings, economical, parse
from config.stack_config import load
from graph.recorder import record
from graph.stacks import STACKS, configuration

MINIMAL = {"owner": "data", "costCentre": "market", "fmpApiKey": "a-key-that-is-secret"}


def settings_of(stack: str, changes: dict[str, Any] | None = None) -> StackSettings:
    """The settings in the stack's own file, with changes."""
    prefix = f"{PROJECT}:"
    values = {
        key.removeprefix(prefix): value
        for key, value in configuration(stack, changes).items()
        if key.startswith(prefix)
    }
    return parse(stack, values)


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    # Keys that no model knows.
    ("dev", {"ecomony": True}, "finks:ecomony: is not a key of Finks"),
    ("dev", {"network": {"natGateway": 1}}, "finks:network.natGateway: is not a key of Finks"),
    (
        "dev",
        {"compute": {"dbt": {"cpu": 512, "memory": 1024, "disk": 1}}},
        "finks:compute.dbt.disk",
    ),
    # Zones and subnets.
    ("dev", {"network": {"availabilityZones": 3}}, "availabilityZones is 3"),
    ("dev", {"network": {"availabilityZones": 1}}, "availabilityZones is 1"),
    ("dev", {"network": {"publicSubnets": ["10.0.0.0/20"]}}, "publicSubnets names 1 CIDRs; give 2"),
    (
        "dev",
        {"network": {"privateSubnets": ["10.0.128.0/20", "10.0.144.0/20", "10.0.160.0/20"]}},
        "privateSubnets names 3 CIDRs",
    ),
    (
        "dev",
        {"network": {"publicSubnets": ["10.0.0.0/20", "10.0.0.0/21"]}},
        "10.0.0.0/20 overlaps 10.0.0.0/21",
    ),
    (
        "dev",
        {"network": {"privateSubnets": ["10.0.16.0/20", "10.0.144.0/20"]}},
        "10.0.16.0/20 overlaps 10.0.16.0/20",
    ),
    (
        "dev",
        {"network": {"privateSubnets": ["10.1.0.0/20", "10.0.144.0/20"]}},
        "10.1.0.0/20 is not inside cidr 10.0.0.0/16",
    ),
    ("dev", {"network": {"cidr": "10.0.0.0/8"}}, "cidr is /8; a VPC is /16 to /28"),
    ("dev", {"network": {"cidr": "999.0.0.0/16"}}, "finks:network.cidr"),
    (
        "dev",
        {"network": {"publicSubnets": ["10.0.0.0/30", "10.0.16.0/20"]}},
        "10.0.0.0/30 is /30; use /16 to /28",
    ),
    ("dev", {"network": {"natGateways": 3}}, "natGateways is 3; use 0, 1 or 2"),
    ("dev", {"network": {"natGateways": -1}}, "finks:network.natGateways"),
    ("dev", {"network": {"natGateways": 0}}, "network.natGateways is 0"),
    ("dev", {"network": {"interfaceEndpoints": ["s3"]}}, "finks:network.interfaceEndpoints: s3"),
    ("dev", {"network": {"interfaceEndpoints": ["logs", "logs"]}}, "logs stands there twice"),
    # Sizes.
    ("dev", {"compute": {"dbt": {"cpu": 300, "memory": 1024}}}, "finks:compute.dbt: cpu is 300"),
    (
        "dev",
        {"compute": {"prefectServer": {"cpu": 512, "memory": 512}}},
        "finks:compute.prefectServer: memory is 512 MiB",
    ),
    (
        "dev",
        {"compute": {"ingestion": {"cpu": 256, "memory": 1536}}},
        "finks:compute.ingestion: memory is 1536 MiB",
    ),
    (
        "dev",
        {"compute": {"flowRun": {"cpu": 8192, "memory": 16385}}},
        "finks:compute.flowRun: memory is 16385 MiB",
    ),
    ("dev", {"compute": {"dbt": {"cpu": 512}}}, "finks:compute.dbt.memory: is missing"),
    ("dev", {"database": {"instanceClass": "db.m5.large"}}, "finks:database.instanceClass"),
    ("dev", {"database": {"allocatedStorage": 5}}, "finks:database.allocatedStorage"),
    (
        "dev",
        {"database": {"allocatedStorage": 200, "maxAllocatedStorage": 100}},
        "maxAllocatedStorage 100 is less than allocatedStorage 200",
    ),
    ("dev", {"database": {"backupRetentionDays": 36}}, "finks:database.backupRetentionDays"),
    ("dev", {"logs": {"retentionDays": 8}}, "finks:logs.retentionDays: 8 days; CloudWatch offers"),
    # Images.
    ("dev", {"compute": {"imageTag": "latest"}}, "imageTag is latest"),
    ("dev", {"compute": {"buildImages": False}}, "buildImages is false; imageTag"),
    # Ways in.
    ("dev", {"loadBalancer": {"domain": "finks.example.com"}}, "domain and hostedZoneId"),
    ("dev", {"loadBalancer": {"hostedZoneId": "Z0123"}}, "domain and hostedZoneId"),
    ("dev", {"loadBalancer": {"allowedCidrs": ["192.0.2.0/24"]}}, "allowedCidrs needs a domain"),
    # Prefect.
    ("dev", {"orchestration": {"serverMax": 2}}, "serverMax above 1 needs redis: true"),
    (
        "dev",
        {"orchestration": {"serverMin": 2, "redis": True}},
        "serverMax 1 is less than serverMin 2",
    ),
    ("dev", {"orchestration": {"serverMax": 4, "redis": True}}, "finks:orchestration.serverMax"),
    # The rest.
    ("dev", {"transformation": {"glueWorkers": 1}}, "finks:transformation.glueWorkers"),
    ("dev", {"monitoring": {"emails": ["nobody"]}}, "finks:monitoring.emails.0"),
    ("dev", {"monitoring": {"pagerDutyUrl": "https://x.org"}}, "finks:monitoring.pagerDutyUrl"),
    ("dev", {"github": {"repository": "finks"}}, "finks:github.repository"),
    # "github" is written as the field's camelCase alias, gitHub is another key.
    ("dev", {"gitHub": {}}, "finks:gitHub: is not a key of Finks"),
    ("dev", {"accountId": "12345"}, "finks:accountId"),
    ("dev", {"bucketSuffix": "Capital"}, "finks:bucketSuffix"),
    ("dev", {"region": "Canada"}, "finks:region"),
    ("dev", {"symbols": []}, "finks:symbols"),
    ("dev", {"fmpBaseUrl": "ftp://fmp"}, "finks:fmpBaseUrl"),
    ("dev", {"owner": ""}, "finks:owner"),
    # Development settings in prod.
    ("prod", {"economy": True}, "economy: true"),
    ("prod", {"database": {"multiAz": False}}, "database.multiAz: false"),
    ("prod", {"database": {"deletionProtection": False}}, "database.deletionProtection: false"),
    ("prod", {"database": {"instanceClass": "db.t4g.micro"}}, "database.instanceClass"),
    ("prod", {"database": {"backupRetentionDays": 6}}, "database.backupRetentionDays below 7"),
    ("prod", {"loadBalancer": {"deletionProtection": False}}, "loadBalancer.deletionProtection"),
    ("prod", {"loadBalancer": {"enabled": False}}, "loadBalancer.enabled: false"),
    ("prod", {"compute": {"spot": True}}, "compute.spot: true"),
    ("prod", {"compute": {"execEnabled": True}}, "compute.execEnabled: true"),
    ("prod", {"network": {"natGateways": 1}}, "network.natGateways below 2"),
    ("prod", {"network": {"flowLogs": False}}, "network.flowLogs: false"),
    ("prod", {"storage": {"forceDestroy": True}}, "storage.forceDestroy: true"),
    ("prod", {"orchestration": {"officeHours": True}}, "orchestration.officeHours: true"),
    ("prod", {"logs": {"retentionDays": 30}}, "logs.retentionDays below 365"),
    ("prod", {"fmpBaseUrl": "http://fmp.example.com"}, "fmpBaseUrl without https"),
]


@pytest.mark.parametrize(
    ("stack", "changes", "message"), REFUSED, ids=[f"{s}: {m}" for s, _, m in REFUSED]
)
def test_a_wrong_value_is_refused_with_its_key(
    stack: str, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        settings_of(stack, changes)
    text = str(caught.value)
    assert message in text
    assert text.startswith(f"Pulumi.{stack}.yaml: ")
    assert "\n" not in text


def test_all_that_is_wrong_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        settings_of("dev", {"owner": "", "network": {"natGateways": 7}, "spot": True})
    assert all(
        key in str(caught.value) for key in ("finks:owner", "natGateways is 7", "finks:spot")
    )


@pytest.mark.parametrize("key", ["owner", "costCentre"])
def test_what_a_stack_has_to_say(key: str) -> None:
    with pytest.raises(SettingsError, match=f"finks:{key}: is missing"):
        parse("dev", {name: value for name, value in MINIMAL.items() if name != key})


def test_a_stack_on_aws_needs_the_key_of_fmp() -> None:
    values = {name: value for name, value in MINIMAL.items() if name != "fmpApiKey"}
    with pytest.raises(SettingsError, match="pulumi config set --secret finks:fmpApiKey"):
        parse("dev", values)


def test_an_unknown_stack_is_refused() -> None:
    with pytest.raises(SettingsError, match="finks:environment"):
        parse("production", MINIMAL)


def test_secrets_stand_neither_in_texts_nor_in_refusals() -> None:
    url = "https://events.pagerduty.com/integration/abc/enqueue"
    settings = parse("dev", {**MINIMAL, "monitoring": {"pagerDutyUrl": url}})
    assert MINIMAL["fmpApiKey"] not in repr(settings)
    assert url not in repr(settings)
    with pytest.raises(SettingsError) as caught:
        parse("dev", {**MINIMAL, "network": {"natGateways": 9}, "x": MINIMAL["fmpApiKey"]})
    assert MINIMAL["fmpApiKey"] not in str(caught.value)


@pytest.mark.parametrize("stack", STACKS)
def test_the_file_of_every_stack_is_accepted(stack: str) -> None:
    assert settings_of(stack).environment == stack


@pytest.mark.parametrize(
    ("stack", "days"), [("local", 1), ("dev", 7), ("staging", 30), ("prod", 365)]
)
def test_logs_are_kept_as_long_as_the_environment_asks(stack: str, days: int) -> None:
    assert settings_of(stack).logs.retention_days == days


def test_stated_retention_wins() -> None:
    assert settings_of("dev", {"logs": {"retentionDays": 14}}).logs.retention_days == 14


def test_defaults_are_those_of_production() -> None:
    settings = parse("prod", {**MINIMAL, "database": {"instanceClass": "db.t4g.medium"}})
    assert settings.database.multi_az
    assert settings.database.deletion_protection
    assert settings.network.nat_gateways == settings.network.availability_zones
    assert settings.network.interface_endpoints == INTERFACE_ENDPOINTS


def test_stacks_differ_where_the_issue_says() -> None:
    dev, staging, prod = (settings_of(stack) for stack in ("dev", "staging", "prod"))
    assert [found.database.instance_class for found in (dev, staging, prod)] == [
        "db.t4g.micro",
        "db.t4g.small",
        "db.t4g.medium",
    ]
    assert (dev.network.nat_gateways, prod.network.nat_gateways) == (1, 2)
    assert (dev.compute.spot, prod.compute.spot) == (True, False)
    assert (prod.orchestration.server_min, prod.orchestration.server_max) == (1, 3)


class TestEconomy:
    def test_one_switch_stands_for_all_that_saves(self) -> None:
        settings = settings_of("dev", {"economy": True})
        assert settings.tasks_in_public_subnets
        assert settings.network.interface_endpoints == ()
        assert not settings.load_balancer.enabled
        assert settings.compute.spot
        assert settings.orchestration.office_hours

    def test_it_wins_over_what_the_file_says_of_the_same_keys(self) -> None:
        assert settings_of("dev").network.nat_gateways == 1
        assert settings_of("dev", {"economy": True}).network.nat_gateways == 0

    def test_it_leaves_everything_else(self) -> None:
        changes = {"economy": True, "network": {"cidr": "10.0.0.0/16", "flowLogs": False}}
        settings = settings_of("dev", changes)
        assert not settings.network.flow_logs
        assert settings.compute.exec_enabled == settings_of("dev").compute.exec_enabled

    def test_false_changes_nothing(self) -> None:
        with_key = settings_of("dev", {"economy": False}).model_dump()
        assert with_key == settings_of("dev").model_dump()

    def test_a_section_that_is_no_object_is_still_refused(self) -> None:
        assert economical({"network": "small"})["network"] == "small"
        with pytest.raises(SettingsError, match="finks:network"):
            settings_of("dev", {"economy": True, "network": "small"})

    def test_it_does_not_change_what_it_was_given(self) -> None:
        values: dict[str, Any] = {"network": {"natGateways": 1}}
        economical(values)
        assert values == {"network": {"natGateways": 1}}


class TestLoad:
    """stack_config.load in a recorded program, as Pulumi calls it."""

    @staticmethod
    def loaded(stack: str, config: dict[str, Any]) -> StackSettings:
        found: list[StackSettings] = []
        record(lambda: found.append(load()), stack=stack, config=config)
        return found[0]

    @pytest.mark.parametrize("stack", STACKS)
    def test_the_configuration_comes_through_as_text(self, stack: str) -> None:
        assert self.loaded(stack, configuration(stack)) == settings_of(stack)

    def test_a_number_of_digits_stays_a_text(self) -> None:
        config = configuration("dev", {"accountId": "012345678901"})
        assert self.loaded("dev", config).account_id == "012345678901"

    def test_the_region_is_that_of_the_provider(self) -> None:
        config = {**configuration("dev"), "aws:region": "eu-west-1"}
        assert self.loaded("dev", config).region == "eu-west-1"

    def test_a_misspelt_key_is_refused(self) -> None:
        with pytest.raises(SettingsError, match="finks:netwrok: is not a key of Finks"):
            self.loaded("dev", configuration("dev", {"netwrok": {"natGateways": 1}}))

    def test_keys_of_providers_are_not_ours_to_judge(self) -> None:
        config = {**configuration("dev"), "aws:maxRetries": "5", "other:key": "x"}
        assert self.loaded("dev", config).environment == "dev"

    def test_local_endpoints_belong_to_the_stack_local(self) -> None:
        endpoints = configuration("local")["aws:endpoints"]
        with pytest.raises(SettingsError, match=r"Pulumi\.dev\.yaml: aws:endpoints belongs"):
            self.loaded("dev", {**configuration("dev"), "aws:endpoints": endpoints})

    def test_the_stack_local_never_reaches_aws(self) -> None:
        config = configuration("local")
        del config["aws:endpoints"]
        with pytest.raises(SettingsError, match=r"Pulumi\.local\.yaml: aws:endpoints belongs"):
            self.loaded("local", config)

    def test_economy_as_the_command_line_sets_it(self) -> None:
        assert self.loaded("dev", {**configuration("dev"), "finks:economy": "true"}).economy
