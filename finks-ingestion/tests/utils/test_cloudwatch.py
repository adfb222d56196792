"""Sending to a CloudWatch that answers badly, or not at all."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from tests.metrics import figures
from utils.cloudwatch import MAX_BATCH, MetricsError, MetricValue, send
from utils.latency import LatencySnapshot

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

NAMESPACE = "Tests"
VALUE = MetricValue("Things", 3, "Count", {"Dataset": "quote"})


@contextmanager
def refusing(status: int) -> Iterator[tuple[str, list[str]]]:
    """A server that refuses every request; yields its URL and the paths that it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.path)
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def test_values_add_up_over_more_than_one_request(cloudwatch: CloudWatchClient) -> None:
    send(NAMESPACE, [VALUE] * (MAX_BATCH + 1))
    (found,) = figures(cloudwatch, NAMESPACE).values()
    assert found["SampleCount"] == MAX_BATCH + 1
    assert found["Sum"] == 3 * (MAX_BATCH + 1)


def test_a_snapshot_arrives_as_the_calls_that_it_is_of(cloudwatch: CloudWatchClient) -> None:
    send(NAMESPACE, [MetricValue("Latency", LatencySnapshot(4, 2, 0.25, 1), "Seconds", {})])
    (found,) = figures(cloudwatch, NAMESPACE).values()
    assert found["SampleCount"] == 4
    assert (found["Sum"], found["Average"]) == (2, 0.5)
    assert (found["Minimum"], found["Maximum"]) == (0.25, 1)
    assert found["Unit"] == "Seconds"


@pytest.mark.parametrize(
    ("status", "remedy"),
    [(400, "summary"), (403, "cloudwatch:PutMetricData"), (500, "summary"), (503, "summary")],
)
def test_a_refusal_is_told_after_one_attempt(
    status: int, remedy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with refusing(status) as (url, asked):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        with pytest.raises(MetricsError, match=remedy):
            send(NAMESPACE, [VALUE])
    assert len(asked) == 1


def test_a_server_that_is_not_there_is_told_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{unheard.getsockname()[1]}")
        with pytest.raises(MetricsError, match=r"not reached.*AWS_ENDPOINT_URL"):
            send(NAMESPACE, [VALUE])


def test_an_endpoint_that_is_no_url_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "nowhere")
    with pytest.raises(MetricsError, match=r"correct AWS_ENDPOINT_URL"):
        send(NAMESPACE, [VALUE])


def test_a_region_that_nobody_gives_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    with pytest.raises(MetricsError, match=r"correct AWS_ENDPOINT_URL, AWS_REGION"):
        send(NAMESPACE, [VALUE])
