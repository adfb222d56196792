from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from components.api import Api, ApiArgs
from components.base import StackContext
from config.settings import SettingsError
from graph.model import Graph, Resource
from tests.unit.components.conftest import RecordComponent

KEY = "arn:aws:kms:ca-central-1:123456789012:key/lake"
ROLE = "arn:aws:iam::123456789012:role/finks-dev-api"
METHOD = "aws:apigateway/method:Method"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"


def api(context: StackContext) -> Api:
    return Api("api", ApiArgs(context.settings.api, ROLE, KEY), context)


@pytest.fixture
def dev(record_component: RecordComponent) -> Graph:
    return record_component(api)


def path_of(graph: Graph, resource_id: str) -> str:
    """The path of an API resource, followed up to the root."""
    for resource in graph.of_type("aws:apigateway/resource:Resource"):
        if resource.id == resource_id:
            above = path_of(graph, resource.inputs["parentId"])
            return f"{above}/{resource.inputs['pathPart']}"
    assert resource_id == graph.named("api-rest").outputs["rootResourceId"]
    return ""


def methods(graph: Graph) -> dict[str, Resource]:
    return {path_of(graph, m.inputs["resourceId"]): m for m in graph.of_type(METHOD)}


def test_the_function_runs_the_handler_as_its_own_role(dev: Graph) -> None:
    function = dev.named("api-function").inputs
    assert (function["runtime"], function["architectures"]) == ("python3.13", ["arm64"])
    assert function["handler"] == "api.handler.handler"
    assert function["role"] == ROLE
    assert function["tracingConfig"] == {"mode": "Active"}
    assert function["environment"]["variables"] == {
        "FINKS_GOLD_DATABASE": "finks_dev_gold",
        "FINKS_WORKGROUP": "finks-dev",
    }


def test_paths_and_what_they_ask_for(dev: Graph) -> None:
    found = methods(dev)
    assert set(found) == {"/health", "/portfolios/{portfolio_id}/summary"}
    assert {method.inputs["apiKeyRequired"] for method in found.values()} == {True}
    summary = found["/portfolios/{portfolio_id}/summary"].inputs
    assert summary["requestParameters"] == {
        "method.request.path.portfolio_id": True,
        "method.request.querystring.from": True,
        "method.request.querystring.to": True,
    }
    validator = dev.named("api-routes-validator")
    assert validator.inputs["validateRequestParameters"] is True
    assert {m.inputs["requestValidatorId"] for m in found.values()} == {validator.id}


def test_every_method_calls_the_function(dev: Graph) -> None:
    calls = dev.of_type("aws:apigateway/integration:Integration")
    called = {call.inputs["resourceId"]: call.inputs for call in calls}
    assert set(called) == {m.inputs["resourceId"] for m in dev.of_type(METHOD)}
    uri = dev.named("api-function").outputs["invokeArn"]
    for call in called.values():
        assert (call["type"], call["integrationHttpMethod"]) == ("AWS_PROXY", "POST")
        assert call["uri"] == uri


def test_only_this_api_may_call_the_function(dev: Graph) -> None:
    (permission,) = dev.of_type("aws:lambda/permission:Permission")
    assert permission.inputs["principal"] == "apigateway.amazonaws.com"
    assert permission.inputs["function"] == "finks-dev-api"
    execution = dev.named("api-rest").outputs["executionArn"]
    assert permission.inputs["sourceArn"] == f"{execution}/*/GET/*"


def test_the_api_is_deployed_when_all_its_methods_are_there(dev: Graph) -> None:
    deployment = dev.named("api-deployment")
    made = dev.of_type(METHOD, "aws:apigateway/integration:Integration")
    assert {resource.urn for resource in made} <= set(deployment.dependencies)
    assert dev.named("api-stage").inputs["deployment"] == deployment.id


def test_another_route_makes_another_deployment(
    record_component: RecordComponent, monkeypatch: pytest.MonkeyPatch
) -> None:
    from blueprint.api import ROUTES, Route

    before = record_component(api).named("api-deployment").inputs["triggers"]
    changed = (*ROUTES, Route("/version"))
    monkeypatch.setattr("blueprint.api.ROUTES", changed)
    assert record_component(api).named("api-deployment").inputs["triggers"] != before


def test_a_change_of_how_routes_are_made_makes_another_deployment(
    record_component: RecordComponent, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = record_component(api).named("api-deployment").inputs["triggers"]
    changed = tmp_path / "api_routes.py"
    changed.write_text("# every method without a key\n")
    monkeypatch.setattr("components.api.METHODS", changed)
    assert record_component(api).named("api-deployment").inputs["triggers"] != before


def test_requests_are_limited_for_the_stage_and_for_each_key(
    record_component: RecordComponent,
) -> None:
    graph = record_component(api, api={"throttlePerSecond": 7})
    limits = graph.named("api-limits").inputs
    assert limits["methodPath"] == "*/*"
    assert limits["settings"]["throttlingRateLimit"] == 7
    assert limits["settings"]["throttlingBurstLimit"] == 14
    assert limits["settings"]["dataTraceEnabled"] is False
    plan = graph.named("api-plan")
    assert plan.inputs["throttleSettings"] == {"rateLimit": 7, "burstLimit": 14}
    assert plan.inputs["apiStages"] == [{"apiId": graph.named("api-rest").id, "stage": "v1"}]
    link = graph.named("api-plan-key").inputs
    assert (link["usagePlanId"], link["keyId"]) == (plan.id, graph.named("api-key").id)


@pytest.mark.parametrize(("stack", "days"), [("dev", 7), ("prod", 365)])
def test_function_and_requests_are_logged(
    record_component: RecordComponent, stack: str, days: int
) -> None:
    graph = record_component(api, stack=stack)
    groups = {group.inputs["name"]: group for group in graph.of_type(LOG_GROUP)}
    function_group = groups[f"/aws/lambda/finks-{stack}-api"]
    access_group = groups[f"/aws/apigateway/finks-{stack}-api"]
    for group in (function_group, access_group):
        assert group.inputs["retentionInDays"] == days
        assert group.inputs["kmsKeyId"] == KEY
    logging = graph.named("api-function").inputs["loggingConfig"]
    assert logging == {"logFormat": "JSON", "logGroup": function_group.inputs["name"]}
    stage = graph.named("api-stage").inputs
    assert stage["accessLogSettings"]["destinationArn"] == access_group.outputs["arn"]
    assert json.loads(stage["accessLogSettings"]["format"])["status"] == "$context.status"
    assert stage["xrayTracingEnabled"] is True


def test_the_stage_waits_for_the_role_that_logs(dev: Graph) -> None:
    account = dev.named("api-account-settings")
    role = dev.named("api-account-role")
    assert account.inputs["cloudwatchRoleArn"] == role.outputs["arn"]
    assert dev.named("api-account-push").urn in account.dependencies
    assert account.urn in dev.named("api-stage").dependencies


def test_the_accounts_setting_can_be_left_to_another_stack(
    record_component: RecordComponent,
) -> None:
    graph = record_component(api, api={"accountLogRole": False})
    assert graph.of_type("aws:apigateway/account:Account", "aws:iam/role:Role") == []


def test_gateway_refuses_in_the_form_of_the_function(dev: Graph) -> None:
    responses = dev.of_type("aws:apigateway/response:Response")
    found = {r.inputs["responseType"]: r.inputs for r in responses}
    assert found["BAD_REQUEST_PARAMETERS"]["statusCode"] == "400"
    for response in found.values():
        template = response["responseTemplates"]["application/json"]
        body = json.loads(template.replace("$context.error.messageString", '"text"'))
        assert set(body["error"]) == {"code", "message"}


def test_concurrency_is_kept_free_on_request(record_component: RecordComponent) -> None:
    def reserved(**changes: Any) -> Any:
        graph = record_component(api, **changes)
        return graph.named("api-function").inputs.get("reservedConcurrentExecutions")

    assert reserved() is None
    assert reserved(api={"reservedConcurrency": 5}) == 5


def test_outputs(dev: Graph) -> None:
    outputs = dev.named("api").outputs
    assert outputs["apiUrl"] == dev.named("api-stage").outputs["invokeUrl"]
    assert outputs["apiName"] == dev.named("api-rest").inputs["name"] == "finks-dev-api"
    assert outputs["apiKeyId"] == dev.named("api-key").id


@pytest.mark.parametrize("change", [{"throttlePerSecond": 0}, {"reservedConcurrency": 0}])
def test_wrong_configuration_is_refused(
    record_component: RecordComponent, change: dict[str, int]
) -> None:
    with pytest.raises(SettingsError, match="api"):
        record_component(api, api=change)
