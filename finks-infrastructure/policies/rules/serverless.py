"""Lambda and API Gateway."""

from __future__ import annotations

from collections.abc import Iterator

from rules.containers import looks_secret
from rules.logs import FUNCTION, STAGE
from rules.rule import Stack, Subject, refers, resource_rule, stack_rule

_REST_API = "aws:apigateway/restApi:RestApi"
_METHOD_SETTINGS = "aws:apigateway/methodSettings:MethodSettings"
_RUNTIMES = {
    "java21",
    "java25",
    "nodejs22.x",
    "nodejs24.x",
    "provided.al2023",
    "python3.12",
    "python3.13",
    "python3.14",
}
"""Runtimes that AWS keeps until 2027 or later (Lambda Developer Guide, supported runtimes)."""


@resource_rule(
    "lambda-runtime-supported",
    FUNCTION,
    why="A deprecated runtime gets no security fixes, and one day cannot be deployed any more.",
    remedy=f"use one of {', '.join(sorted(_RUNTIMES))}, or a container image",
)
def lambda_runtime_supported(function: Subject) -> Iterator[str]:
    """Functions run on what AWS still looks after."""
    runtime = function.get("runtime")
    if function.get("packageType") != "Image" and runtime not in _RUNTIMES:
        yield f"the runtime is {runtime}"


@resource_rule(
    "lambda-traced",
    FUNCTION,
    why="Where a slow request spent its time, across API, function and Athena, is in the trace.",
    remedy="set tracingConfig.mode: Active",
)
def lambda_traced(function: Subject) -> Iterator[str]:
    """X-Ray in every function."""
    if function.within("tracingConfig").get("mode") != "Active":
        yield "requests are not traced"


@resource_rule(
    "lambda-no-plain-secrets",
    FUNCTION,
    why="Environment variables of a function are shown to everybody who may describe it.",
    remedy="pass the secret's ARN and read it at start",
)
def lambda_no_plain_secrets(function: Subject) -> Iterator[str]:
    """No secret among the environment variables; the value is never repeated."""
    for name, value in (function.within("environment").get("variables") or {}).items():
        if looks_secret(str(name), str(value)):
            yield f"{name} is in clear text"


@resource_rule(
    "api-traced",
    STAGE,
    why="A trace that starts in the function does not show the time that API Gateway took.",
    remedy="set xrayTracingEnabled: true",
)
def api_traced(stage: Subject) -> Iterator[str]:
    """X-Ray in every stage."""
    if stage.get("xrayTracingEnabled") is not True:
        yield "requests are not traced"


@stack_rule(
    "api-throttled",
    STAGE,
    why="Every request may become an Athena query: one careless client could spend a month's"
    " budget in an hour.",
    remedy="add MethodSettings for */* with throttlingRateLimit and throttlingBurstLimit",
)
def api_throttled(stage: Subject, stack: Stack) -> Iterator[str]:
    """A rate for all methods of every stage."""
    limited = any(
        settings.get("methodPath") == "*/*"
        and float(settings.within("settings").get("throttlingRateLimit") or -1) > 0
        for api in stack.referred(stage, "restApi", _REST_API)
        for settings in stack.referring("restApi", api, _METHOD_SETTINGS)
        if refers(settings, "stageName", stage)
    )
    if not limited:
        yield "requests are not limited"
