"""Roles, images, tasks, functions, queues, topics and alarms."""

from __future__ import annotations

from typing import Any

from blueprint.names import REGION
from graph.simulation.shapes import ACCOUNT_ID, Identity, Inputs, arn_of, digits, named


def _role(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    role = str(inputs.get("name") or name)
    path = str(inputs.get("path") or "/")
    arn = f"arn:aws:iam::{ACCOUNT_ID}:role{path}{role}"
    return role, {"arn": arn, "name": role, "uniqueId": f"AROA{digits(role, 17).upper()}"}


def _policy(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    arn = f"arn:aws:iam::{ACCOUNT_ID}:policy/{inputs.get('name') or name}"
    return arn, {"arn": arn}


def _role_policy(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    policy = str(inputs.get("name") or name)
    return f"{inputs.get('role')}:{policy}", {"name": policy}


def _oidc_provider(_: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    host = str(inputs.get("url", "")).removeprefix("https://")
    arn = f"arn:aws:iam::{ACCOUNT_ID}:oidc-provider/{host}"
    return arn, {"arn": arn}


def _repository(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    own = str(inputs.get("name") or name)
    return own, {
        "arn": arn_of("ecr", f"repository/{own}"),
        "name": own,
        "registryId": ACCOUNT_ID,
        "repositoryUrl": f"{ACCOUNT_ID}.dkr.ecr.{REGION}.amazonaws.com/{own}",
    }


def _image(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    tag = str((inputs.get("tags") or [name])[0])
    digest = f"sha256:{digits(tag, 64)}"
    return digest, {"digest": digest, "ref": f"{tag}@{digest}"}


def _task_definition(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    family = str(inputs.get("family") or name)
    return family, {
        "arn": arn_of("ecs", f"task-definition/{family}:1"),
        "arnWithoutRevision": arn_of("ecs", f"task-definition/{family}"),
        "revision": 1,
    }


def _service(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    cluster = str(inputs.get("cluster") or "default").rpartition("/")[2]
    arn = arn_of("ecs", f"service/{cluster}/{inputs.get('name') or name}")
    return arn, {"arn": arn}


def _queue(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    own = str(inputs.get("name") or name)
    url = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT_ID}/{own}"
    return url, {"arn": arn_of("sqs", own), "url": url, "name": own}


def _function(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    own = str(inputs.get("name") or name)
    arn = arn_of("lambda", f"function:{own}")
    invoke = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{arn}/invocations"
    return own, {"arn": arn, "name": own, "invokeArn": invoke, "qualifiedArn": f"{arn}:1"}


def _rest_api(name: str, _: Inputs) -> tuple[str, dict[str, Any]]:
    api_id = digits(f"api{name}", 10)
    return api_id, {
        "arn": f"arn:aws:apigateway:{REGION}::/restapis/{api_id}",
        "executionArn": arn_of("execute-api", api_id),
        "rootResourceId": digits(f"root{name}", 10),
    }


def _stage(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    api, stage = str(inputs.get("restApi")), str(inputs.get("stageName") or name)
    return f"ags-{api}-{stage}", {
        "arn": f"arn:aws:apigateway:{REGION}::/restapis/{api}/stages/{stage}",
        "invokeUrl": f"https://{api}.execute-api.{REGION}.amazonaws.com/{stage}",
        "executionArn": arn_of("execute-api", f"{api}/{stage}"),
    }


def _detector(name: str, _: Inputs) -> tuple[str, dict[str, Any]]:
    own = digits(f"detector{name}", 32)
    return own, {"arn": arn_of("guardduty", f"detector/{own}")}


IDENTITIES: dict[str, Identity] = {
    "aws:accessanalyzer/analyzer:Analyzer": named("analyzerName", "access-analyzer", "analyzer/{}"),
    "aws:apigateway/restApi:RestApi": _rest_api,
    "aws:apigateway/stage:Stage": _stage,
    "aws:cloudtrail/trail:Trail": named("name", "cloudtrail", "trail/{}", id_is_arn=True),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": named("alarmName", "cloudwatch", "alarm:{}"),
    "aws:cloudwatch/dashboard:Dashboard": named(
        "dashboardName", "cloudwatch", "dashboard/{}", region=""
    ),
    "aws:cloudwatch/eventRule:EventRule": named("name", "events", "rule/{}"),
    "aws:cloudwatch/logGroup:LogGroup": named("name", "logs", "log-group:{}"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": named("name", "cloudwatch", "alarm:{}"),
    "aws:ecr/repository:Repository": _repository,
    "aws:ecs/cluster:Cluster": named("name", "ecs", "cluster/{}", id_is_arn=True),
    "aws:ecs/service:Service": _service,
    "aws:ecs/taskDefinition:TaskDefinition": _task_definition,
    "aws:guardduty/detector:Detector": _detector,
    "aws:iam/instanceProfile:InstanceProfile": named(
        "name", "iam", "instance-profile/{}", region=""
    ),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": _oidc_provider,
    "aws:iam/policy:Policy": _policy,
    "aws:iam/role:Role": _role,
    "aws:iam/rolePolicy:RolePolicy": _role_policy,
    "aws:lambda/function:Function": _function,
    "aws:sfn/stateMachine:StateMachine": named("name", "states", "stateMachine:{}", id_is_arn=True),
    "aws:sns/topic:Topic": named("name", "sns", "{}", id_is_arn=True),
    "aws:sqs/queue:Queue": _queue,
    "docker-build:index:Image": _image,
}
