"""Configuration of one stack on AWS: everything that `Pulumi.<stack>.yaml` may say, and no more.

A wrong value is refused before any resource is made, with the key that holds it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from blueprint.containers import FMP_CALLS_PER_MINUTE, FMP_STABLE_URL
from blueprint.demo import SYMBOLS
from blueprint.names import PROJECT, REGION
from config.sections import (
    Api,
    Compute,
    Database,
    GitHub,
    LoadBalancer,
    Logs,
    Monitoring,
    Network,
    Orchestration,
    Secrets,
    Section,
    Security,
    Storage,
    Transformation,
)

Environment = Literal["local", "dev", "staging", "prod"]
RETENTION_DAYS: dict[str, int] = {"local": 1, "dev": 7, "staging": 30, "prod": 365}
"""Days that the logs of an environment are kept."""


class SettingsError(Exception):
    """The stack's configuration is wrong; the message names the key and says what is allowed."""


class StackSettings(Section):
    """One stack. Secrets (`fmpApiKey`, `monitoring.pagerDutyUrl`) come encrypted or from ESC."""

    environment: Environment
    """The stack itself; not a key of the file."""
    region: str = Field(default=REGION, pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")
    """Where everything is; given as `aws:region`."""
    bucket_suffix: str | None = Field(default=None, pattern=r"^[a-z0-9][a-z0-9-]{0,23}[a-z0-9]$")
    """Makes bucket names unique in the world; unset: the account's id."""
    account_id: str | None = Field(default=None, pattern=r"^\d{12}$")
    """The only account that the stack may be deployed into; unset: any."""
    owner: str = Field(min_length=1)
    """Tag Owner of every resource."""
    cost_centre: str = Field(min_length=1)
    """Tag CostCentre of every resource."""
    economy: bool = False
    """One switch for a trial under 30 USD a month: see docs/aws/cost.md."""

    fmp_api_key: str | None = Field(default=None, min_length=1, repr=False)
    """Key of Financial Modeling Prep; a secret, needed on AWS."""
    fmp_base_url: str = Field(default=FMP_STABLE_URL, pattern=r"^https?://")
    """FMP's API; over https in prod."""
    fmp_calls_per_minute: int = Field(default=FMP_CALLS_PER_MINUTE, ge=1)
    """Calls that the plan allows."""
    symbols: tuple[Annotated[str, Field(pattern=r"^[A-Z0-9^][A-Z0-9.=-]{0,14}$")], ...] = Field(
        default=SYMBOLS, min_length=1
    )
    """What is loaded every day."""

    network: Network = Network()
    storage: Storage = Storage()
    secrets: Secrets = Secrets()
    database: Database = Database()
    compute: Compute = Compute()
    load_balancer: LoadBalancer = LoadBalancer()
    orchestration: Orchestration = Orchestration()
    transformation: Transformation = Transformation()
    monitoring: Monitoring = Monitoring()
    logs: Logs = Logs()
    api: Api = Api()
    security: Security = Security()
    github: GitHub = GitHub()

    @model_validator(mode="before")
    @classmethod
    def _retention_of_the_environment(cls, values: Any) -> Any:
        if isinstance(values, dict) and "logs" not in values:
            days = RETENTION_DAYS.get(str(values.get("environment")))
            if days is not None:
                return {**values, "logs": Logs(retention_days=days)}
        return values

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.environment != "local" and self.fmp_api_key is None:
            raise ValueError(
                "fmpApiKey is missing; 'pulumi config set --secret finks:fmpApiKey YOUR_KEY',"
                " or put it into the stack's ESC environment (docs/aws/bring-up.md)"
            )
        if self.network.nat_gateways == 0 and not (self.economy or self.environment == "local"):
            raise ValueError(
                "network.natGateways is 0: tasks in private subnets then reach nothing;"
                " set economy: true, which puts them into the public ones"
            )
        if len(set(self.symbols)) < len(self.symbols):
            raise ValueError("symbols names one twice; name each once")
        if self.environment == "prod":
            self._refuse_development_settings()
        return self

    def _refuse_development_settings(self) -> None:
        zones = self.network.availability_zones
        wrong = {
            "database.multiAz: false": not self.database.multi_az,
            "database.deletionProtection: false": not self.database.deletion_protection,
            "database.instanceClass: db.t4g.micro": self.database.instance_class == "db.t4g.micro",
            "database.backupRetentionDays below 7": self.database.backup_retention_days < 7,
            "loadBalancer.deletionProtection: false": not self.load_balancer.deletion_protection,
            "loadBalancer.enabled: false": not self.load_balancer.enabled,
            "compute.spot: true": self.compute.spot,
            "compute.execEnabled: true": self.compute.exec_enabled,
            f"network.natGateways below {zones}": self.network.nat_gateways < zones,
            "network.flowLogs: false": not self.network.flow_logs,
            "storage.forceDestroy: true": self.storage.force_destroy,
            "orchestration.officeHours: true": self.orchestration.office_hours,
            "logs.retentionDays below 365": self.logs.retention_days < 365,
            "fmpBaseUrl without https": not self.fmp_base_url.startswith("https://"),
        }
        found = [key for key, is_wrong in wrong.items() if is_wrong]
        if found:
            raise ValueError(f"development settings in prod: {', '.join(found)}; remove them")

    @property
    def tasks_in_public_subnets(self) -> bool:
        """Whether tasks get a public address because there is no NAT gateway."""
        return self.network.nat_gateways == 0


def economical(values: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration with what `economy: true` stands for, whatever else it says of those keys.

    No NAT gateway and no interface endpoints (tasks run in the public subnets, closed to the
    outside), no load balancer, Spot, the smallest database, nothing at night and at weekends.
    """
    saved: dict[str, dict[str, Any]] = {
        "network": {"natGateways": 0, "interfaceEndpoints": []},
        "loadBalancer": {"enabled": False},
        "compute": {"spot": True, "containerInsights": False},
        "orchestration": {"officeHours": True},
        "database": {"instanceClass": "db.t4g.micro", "multiAz": False},
        "security": {"guardDuty": False, "configRules": False},
    }
    merged = dict(values)
    for section, keys in saved.items():
        stated = values.get(section, {})
        merged[section] = {**stated, **keys} if isinstance(stated, Mapping) else stated
    return merged


def parse(stack: str, values: Mapping[str, Any], region: str = REGION) -> StackSettings:
    """The settings of `stack` from the keys of its configuration, without their `finks:`.

    Raises SettingsError with one line that names every wrong key.
    """
    for key, instead in (("environment", "the stack's name"), ("region", "aws:region")):
        if key in values:
            raise SettingsError(
                f"Pulumi.{stack}.yaml: {PROJECT}:{key} is not a key of Finks, {instead} says it;"
                " remove it"
            )
    if stack == "prod" and values.get("economy") is True:
        raise SettingsError(
            f"Pulumi.{stack}.yaml: prod takes no economy: true (ECONOMY=1), which is one database"
            " in one zone that stops at night; use it in dev"
        )
    given = {"environment": stack, "region": region, **values}
    try:
        return StackSettings.model_validate(
            economical(given) if given.get("economy") is True else given
        )
    except ValidationError as error:
        lines = [_line(issue) for issue in error.errors()]
        raise SettingsError(
            f"Pulumi.{stack}.yaml: {'; '.join(lines)}. Mend or remove what is named;"
            " docs/aws/configuration.md lists every key"
        ) from None


_PLAIN = {
    "extra_forbidden": "is not a key of Finks",
    "missing": "is missing",
    "model_type": "has to be a mapping of keys",
    "tuple_type": "has to be a list",
    "string_type": "has to be text, in quotes where it looks like a number",
    "bool_parsing": "has to be true or false",
}
"""pydantic's kinds of errors in words of the file."""


def _line(issue: Any) -> str:
    key = ".".join(str(part) for part in issue["loc"])
    reason = issue["msg"].removeprefix("Value error, ")
    reason = _PLAIN.get(issue["type"], reason)
    return f"{PROJECT}:{key}: {reason}" if key else reason
