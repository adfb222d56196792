"""The data API: the function, the REST API in front of it, and who may call it how often."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pulumi
from pulumi_aws import apigateway, cloudwatch, lambda_

from blueprint import api
from components.api_account import ApiAccount
from components.api_routes import REFUSALS, ApiRoutes, ApiRoutesArgs
from components.base import BaseComponent
from config.sections import Api as ApiConfig

CODE = Path(__file__).parents[1] / "api"
METHODS = Path(__file__).with_name("api_routes.py")


@dataclass(frozen=True)
class ApiArgs:
    """The function's role, and the lake's key."""

    config: ApiConfig
    role_arn: pulumi.Input[str]
    key_arn: pulumi.Input[str]


class Api(BaseComponent[ApiArgs]):
    """A regional REST API with keys and a usage plan over one function that reads gold.

    `name_of_api` is the name under which CloudWatch counts its requests.
    """

    area = "api"

    def create(self) -> None:
        """Function, routes, stage with its limits, and the key of the first client."""
        self.function = self._function()
        self.rest_api = apigateway.RestApi(
            f"{self.name}-rest",
            name=self.names.api_function,
            description="Daily figures of portfolios, from gold",
            endpoint_configuration={"types": "REGIONAL"},
            minimum_compression_size="1024",
            opts=self.child(),
        )
        self.name_of_api: pulumi.Output[str] = self.rest_api.name
        self.routes = ApiRoutes(
            f"{self.name}-routes",
            ApiRoutesArgs(
                rest_api_id=self.rest_api.id,
                root_resource_id=self.rest_api.root_resource_id,
                execution_arn=self.rest_api.execution_arn,
                function_name=self.function.name,
                invoke_arn=self.function.invoke_arn,
            ),
            self.context,
            self.child(),
        )
        self.stage = self._stage()
        self.key = self._usage_plan()

    def outputs(self) -> Mapping[str, pulumi.Input[Any]]:
        """Where the API is, and the id of its first key (its value is in API Gateway)."""
        return {
            "apiUrl": self.stage.invoke_url,
            "apiName": self.name_of_api,
            "apiFunction": self.function.name,
            "apiKeyId": self.key.id,
        }

    def _function(self) -> lambda_.Function:
        group = self._log_group("log", self.names.api_log_group)
        return lambda_.Function(
            f"{self.name}-function",
            name=self.names.api_function,
            description="Answers the requests of the data API",
            role=self.args.role_arn,
            runtime=api.RUNTIME,
            architectures=[api.ARCHITECTURE],
            handler=api.HANDLER,
            # File by file: compiled files of a test run must not change the deployed function.
            code=pulumi.AssetArchive(
                {f"api/{path.name}": pulumi.FileAsset(str(path)) for path in _sources()}
            ),
            memory_size=api.MEMORY_MIB,
            timeout=api.TIMEOUT_SECONDS,
            reserved_concurrent_executions=self.args.config.reserved_concurrency,
            environment={"variables": api.environment(self.names)},
            kms_key_arn=self.args.key_arn,
            tracing_config={"mode": "Active"},
            logging_config={"log_format": "JSON", "log_group": group.name},
            opts=self.child(depends_on=[group]),
        )

    def _stage(self) -> apigateway.Stage:
        logs = self._log_group("access-log", self.names.api_access_log_group)
        deployment = apigateway.Deployment(
            f"{self.name}-deployment",
            rest_api=self.rest_api.id,
            # A deployment is a snapshot: without a trigger a new route would never be reachable,
            # nor a change of how the routes are made.
            triggers={
                "routes": _digest([[asdict(route) for route in api.ROUTES], REFUSALS]),
                "methods": hashlib.sha256(METHODS.read_bytes()).hexdigest()[:16],
            },
            opts=self.child(depends_on=[self.routes]),
        )
        account = (
            [ApiAccount(f"{self.name}-account", None, self.context, self.child())]
            if self.args.config.account_log_role
            else []
        )
        stage = apigateway.Stage(
            f"{self.name}-stage",
            rest_api=self.rest_api.id,
            deployment=deployment.id,
            stage_name=api.STAGE,
            xray_tracing_enabled=True,
            access_log_settings={
                "destination_arn": logs.arn,
                "format": api.ACCESS_LOG_FORMAT,
            },
            opts=self.child(depends_on=account),
        )
        rate = self.args.config.throttle_per_second
        apigateway.MethodSettings(
            f"{self.name}-limits",
            rest_api=self.rest_api.id,
            stage_name=stage.stage_name,
            method_path="*/*",
            settings={
                "metrics_enabled": True,
                # Errors alone, and never bodies: the access log has every request.
                "logging_level": "ERROR",
                "data_trace_enabled": False,
                "throttling_rate_limit": rate,
                "throttling_burst_limit": rate * api.BURST_FACTOR,
            },
            opts=self.child(),
        )
        return stage

    def _usage_plan(self) -> apigateway.ApiKey:
        rate = self.args.config.throttle_per_second
        plan = apigateway.UsagePlan(
            f"{self.name}-plan",
            name=self.names.api_function,
            description="Clients of the data API",
            api_stages=[{"api_id": self.rest_api.id, "stage": self.stage.stage_name}],
            throttle_settings={"rate_limit": rate, "burst_limit": rate * api.BURST_FACTOR},
            opts=self.child(),
        )
        key = apigateway.ApiKey(
            f"{self.name}-key",
            name=f"{self.names.api_function}-first-client",
            description="Its value is in API Gateway's console; make one for each further client",
            opts=self.child(),
        )
        apigateway.UsagePlanKey(
            f"{self.name}-plan-key",
            key_id=key.id,
            key_type="API_KEY",
            usage_plan_id=plan.id,
            opts=self.child(),
        )
        return key

    def _log_group(self, part: str, name: str) -> cloudwatch.LogGroup:
        return cloudwatch.LogGroup(
            f"{self.name}-{part}",
            name=name,
            retention_in_days=self.settings.logs.retention_days,
            kms_key_id=self.args.key_arn,
            opts=self.child(),
        )


def _sources() -> list[Path]:
    return sorted(CODE.glob("*.py"))


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]
