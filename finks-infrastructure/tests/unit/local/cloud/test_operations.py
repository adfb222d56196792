from __future__ import annotations

import io

import pytest

from local.cloud.operations import identify
from local.cloud.web import Request


def _request(
    method: str = "POST", path: str = "/", service: str = "glue", **headers: str
) -> Request:
    environ = {
        "REQUEST_METHOD": method,
        "REQUEST_URI": path,
        "QUERY_STRING": path.partition("?")[2],
        "wsgi.input": io.BytesIO(),
        "HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 Credential=k/20260101/r/{service}/aws4_request",
        **{name.upper(): value for name, value in headers.items()},
    }
    return Request.from_environ(environ)


@pytest.mark.parametrize(
    ("target", "service", "action", "mutating"),
    [
        ("AWSGlue.GetPartitions", "glue", "GetPartitions", False),
        ("AWSGlue.BatchGetPartition", "glue", "BatchGetPartition", False),
        ("AWSGlue.BatchDeletePartition", "glue", "BatchDeletePartition", True),
        ("AWSGlue.UpdateTable", "glue", "UpdateTable", True),
        ("AmazonEC2ContainerServiceV20141113.RunTask", "ecs", "RunTask", True),
        ("AmazonEC2ContainerServiceV20141113.ListTasks", "ecs", "ListTasks", False),
        ("AmazonAthena.StartQueryExecution", "athena", "StartQueryExecution", True),
        ("Logs_20140328.PutLogEvents", "logs", "PutLogEvents", True),
        ("Logs_20140328.FilterLogEvents", "logs", "FilterLogEvents", False),
        ("AmazonSQS.ReceiveMessage", "sqs", "ReceiveMessage", True),
    ],
)
def test_json_protocol(target: str, service: str, action: str, mutating: bool) -> None:
    operation = identify(_request(service=service, http_x_amz_target=target), b"{}")
    assert (operation.service, operation.action) == (service, action)
    assert operation.mutating is mutating


@pytest.mark.parametrize(
    ("body", "action", "mutating"),
    [
        (b"Action=CreateRole&Version=2010-05-08", "CreateRole", True),
        (b"Action=ListRoles&Version=2010-05-08", "ListRoles", False),
    ],
)
def test_query_protocol(body: bytes, action: str, mutating: bool) -> None:
    request = _request(service="iam", content_type="application/x-www-form-urlencoded")
    operation = identify(request, body)
    assert (operation.service, operation.action) == ("iam", action)
    assert operation.mutating is mutating


@pytest.mark.parametrize(
    ("method", "path", "action", "mutating"),
    [
        ("GET", "/2015-03-31/functions", "GET /2015-03-31/functions", False),
        ("POST", "/2015-03-31/functions", "POST /2015-03-31/functions", True),
        ("POST", "/service/Granite/operation/PutMetricData", "PutMetricData", True),
        ("POST", "/service/Granite/operation/GetMetricData", "GetMetricData", False),
    ],
)
def test_rest_and_rpc_paths(method: str, path: str, action: str, mutating: bool) -> None:
    operation = identify(_request(method, path, service="monitoring"), b"")
    assert (operation.action, operation.mutating) == (action, mutating)
