from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from local.cloud import json_protocol
from local.cloud.service import AwsError
from local.cloud.web import Reply


def _document(reply: Reply) -> dict[str, Any]:
    assert isinstance(reply.body, bytes)
    document: dict[str, Any] = json.loads(reply.body)
    return document


def test_times_are_unix_seconds() -> None:
    moment = datetime(2013, 3, 1, tzinfo=UTC)
    answer = {"At": moment, "On": date(2013, 3, 1), "Share": Decimal("0.5")}
    reply = json_protocol.answer(lambda _: answer, "x", b"")
    assert reply.status == 200
    assert _document(reply) == {"At": 1362096000.0, "On": "2013-03-01", "Share": 0.5}


def test_the_request_is_handed_over() -> None:
    assert _document(json_protocol.answer(lambda request: request, "x", b'{"A": [1]}')) == {
        "A": [1]
    }


def test_an_aws_error_keeps_code_message_and_status() -> None:
    def refuse(_: dict[str, Any]) -> dict[str, Any]:
        raise AwsError("EntityNotFoundException", "Job x not found; create it.", 404)

    reply = json_protocol.answer(refuse, "glue StartJobRun", b"{}")
    assert reply.status == 404
    assert ("x-amzn-ErrorType", "EntityNotFoundException") in reply.headers
    assert _document(reply) == {
        "__type": "EntityNotFoundException",
        "message": "Job x not found; create it.",
    }


def test_a_failure_is_logged_and_does_not_show_its_inside(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(_: dict[str, Any]) -> dict[str, Any]:
        raise ZeroDivisionError("secret")

    reply = json_protocol.answer(fail, "glue StartJobRun", b"{}")
    assert reply.status == 500
    assert _document(reply)["__type"] == "InternalFailure"
    assert "secret" not in str(reply.body)
    assert "ZeroDivisionError: secret" in caplog.text


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff"])
def test_a_body_that_is_no_json_object_is_refused(body: bytes) -> None:
    reply = json_protocol.answer(lambda request: request, "x", body)
    assert (reply.status, _document(reply)["__type"]) == (400, "SerializationException")
