"""Examples of rules/serverless.py."""

from __future__ import annotations

from tests.case import Case, aws, but

FUNCTION = aws(
    "lambda/function:Function", "api", runtime="python3.13", tracingConfig={"mode": "Active"}
)
API = aws("apigateway/restApi:RestApi", "api")
STAGE = aws(
    "apigateway/stage:Stage", "stage", restApi="api", stageName="v1", xrayTracingEnabled=True
)
SETTINGS = aws(
    "apigateway/methodSettings:MethodSettings",
    "settings",
    "",
    restApi="api",
    stageName="v1",
    methodPath="*/*",
    settings={"throttlingRateLimit": 20, "throttlingBurstLimit": 40},
)

CASES = (
    Case(
        "lambda-runtime-supported",
        good=[FUNCTION],
        bad=[but(FUNCTION, runtime="python3.8")],
        says="python3.8",
    ),
    Case(
        "lambda-runtime-supported",
        good=[but(FUNCTION, runtime=None, packageType="Image")],
        bad=[but(FUNCTION, runtime=None)],
        says="the runtime is None",
    ),
    Case(
        "lambda-traced",
        good=[FUNCTION],
        bad=[but(FUNCTION, tracingConfig={"mode": "PassThrough"})],
        says="not traced",
    ),
    Case(
        "lambda-no-plain-secrets",
        good=[but(FUNCTION, environment={"variables": {"ATHENA_WORKGROUP": "finks-prod"}})],
        bad=[but(FUNCTION, environment={"variables": {"DB_PASSWORD": "hunter2"}})],
        says="DB_PASSWORD",
    ),
    Case("api-traced", [STAGE], [but(STAGE, xrayTracingEnabled=None)], says="not traced"),
    Case("api-throttled", [STAGE, SETTINGS, API], [STAGE, API], says="not limited"),
    Case(
        "api-throttled",
        good=[STAGE, SETTINGS, API],
        bad=[STAGE, but(SETTINGS, stageName="v2"), API],
        says="not limited",
    ),
    Case(
        "api-throttled",
        good=[STAGE, SETTINGS, API],
        bad=[STAGE, but(SETTINGS, settings={"throttlingRateLimit": -1}), API],
        says="not limited",
    ),
)
