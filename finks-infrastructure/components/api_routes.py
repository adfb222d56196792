"""The resources and methods of the REST API, all of which call the same function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import apigateway, lambda_

from blueprint.api import ROUTES, Route
from components.base import BaseComponent

REFUSALS = {
    "BAD_REQUEST_PARAMETERS": ("400", "invalid_request"),
    "INVALID_API_KEY": ("403", "invalid_key"),
    "THROTTLED": ("429", "too_many_requests"),
    "MISSING_AUTHENTICATION_TOKEN": ("404", "unknown_path"),
}
"""Refusals of API Gateway itself, with status and code in the form of the function's own."""


@dataclass(frozen=True)
class ApiRoutesArgs:
    """The API, and the function behind it."""

    rest_api_id: pulumi.Input[str]
    root_resource_id: pulumi.Input[str]
    execution_arn: pulumi.Input[str]
    function_name: pulumi.Input[str]
    invoke_arn: pulumi.Input[str]


class ApiRoutes(BaseComponent[ApiRoutesArgs]):
    """Paths, methods, the check of their parameters, and leave to call the function."""

    area = "api"

    def create(self) -> None:
        """A method for each route of the blueprint, and the form of refusals."""
        self._resources: dict[str, pulumi.Output[str]] = {}
        self.validator = apigateway.RequestValidator(
            f"{self.name}-validator",
            name="parameters",
            rest_api=self.args.rest_api_id,
            validate_request_parameters=True,
            validate_request_body=False,
            opts=self.child(),
        )
        lambda_.Permission(
            f"{self.name}-permission",
            statement_id="OurApi",
            action="lambda:InvokeFunction",
            function=self.args.function_name,
            principal="apigateway.amazonaws.com",
            source_arn=pulumi.Output.concat(self.args.execution_arn, "/*/GET/*"),
            opts=self.child(),
        )
        for route in ROUTES:
            self._method(route)
        for kind, (status, code) in REFUSALS.items():
            apigateway.Response(
                f"{self.name}-{kind.lower().replace('_', '-')}",
                rest_api_id=self.args.rest_api_id,
                response_type=kind,
                status_code=status,
                response_templates={
                    "application/json": (
                        f'{{"error": {{"code": "{code}",'
                        ' "message": $context.error.messageString}}'
                    )
                },
                opts=self.child(),
            )

    def outputs(self) -> Mapping[str, pulumi.Input[Any]]:
        """Nothing that is not in the API's own."""
        return {}

    def _resource(self, path: str) -> pulumi.Output[str]:
        """Id of the resource of a path, made with those above it."""
        if path == "":
            return pulumi.Output.from_input(self.args.root_resource_id)
        if path not in self._resources:
            above, _, part = path.rpartition("/")
            self._resources[path] = apigateway.Resource(
                f"{self.name}-resource-{_label(path)}",
                rest_api=self.args.rest_api_id,
                parent_id=self._resource(above),
                path_part=part,
                opts=self.child(),
            ).id
        return self._resources[path]

    def _method(self, route: Route) -> None:
        resource_id = self._resource(route.path)
        in_path = [part[1:-1] for part in route.path.split("/") if part.startswith("{")]
        method = apigateway.Method(
            f"{self.name}-get-{_label(route.path)}",
            rest_api=self.args.rest_api_id,
            resource_id=resource_id,
            http_method="GET",
            authorization="NONE",
            api_key_required=True,
            request_validator_id=self.validator.id,
            request_parameters={
                **{f"method.request.path.{name}": True for name in in_path},
                **{f"method.request.querystring.{name}": True for name in route.parameters},
            },
            opts=self.child(),
        )
        apigateway.Integration(
            f"{self.name}-call-{_label(route.path)}",
            rest_api=self.args.rest_api_id,
            resource_id=resource_id,
            http_method=method.http_method,
            type="AWS_PROXY",
            integration_http_method="POST",  # as Lambda's own API wants it
            uri=self.args.invoke_arn,
            opts=self.child(),
        )


def _label(path: str) -> str:
    return path.strip("/").replace("/", "-").replace("{", "").replace("}", "").replace("_", "-")
