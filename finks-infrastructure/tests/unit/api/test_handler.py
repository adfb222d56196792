from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError

from api import handler as entry
from api import summary
from api.athena import literal
from api.settings import Settings
from blueprint import api as blueprint
from blueprint.names import Names
from tests.unit.api.conftest import Answer, answer

Ask = Callable[..., Answer]


@pytest.mark.usefixtures("no_athena")
def test_health_asks_nobody() -> None:
    assert answer(entry.HEALTH, None, None) == Answer(200, {"status": "ok"})


def test_an_unknown_path_is_not_found() -> None:
    got = answer("/secrets", None, None)
    assert (got.status, got.body["error"]["code"]) == (404, "unknown_path")


@pytest.mark.usefixtures("no_athena")
@pytest.mark.parametrize(
    ("portfolio", "query", "message"),
    [
        ("growth", {}, "from is missing"),
        ("growth", {"from": "2013-03-01"}, "to is missing"),
        ("growth", {"from": "yesterday", "to": "2013-03-01"}, "from has to be a date"),
        ("growth", {"from": "2013-02-30", "to": "2013-03-01"}, "from has to be a date"),
        ("growth", {"from": "20130201", "to": "2013-03-01"}, "from has to be a date"),
        ("growth", {"from": "2013-03-01", "to": "2013-02-01"}, "is after to"),
        ("growth", {"from": "1999-01-01", "to": "2013-02-01"}, "span 5146 days"),
        ("growth", {"from": "2013-03-01", "to": "2013-03-01", "limit": "1"}, "limit is no"),
        ("a' or '1'='1", {"from": "2013-03-01", "to": "2013-03-01"}, "portfolio_id has to be"),
        ("", {"from": "2013-03-01", "to": "2013-03-01"}, "portfolio_id has to be"),
        ("x" * 65, {"from": "2013-03-01", "to": "2013-03-01"}, "portfolio_id has to be"),
    ],
)
def test_wrong_parameters_are_refused_before_athena_is_asked(
    summary_of: Ask, portfolio: str, query: dict[str, str], message: str
) -> None:
    got = summary_of(portfolio, **query)
    assert got.status == 400
    assert got.body["error"]["code"] == "invalid_request"
    assert message in got.body["error"]["message"]


def test_the_longest_range_is_allowed() -> None:
    request = summary.parse({"portfolio_id": "p"}, {"from": "2003-03-01", "to": "2013-03-07"})
    assert (request.last - request.first).days + 1 == summary.MAX_DAYS


@pytest.mark.parametrize(
    ("code", "status"), [("TooManyRequestsException", 503), ("AccessDeniedException", 502)]
)
def test_what_athena_refuses(
    summary_of: Ask, monkeypatch: pytest.MonkeyPatch, code: str, status: int
) -> None:
    class Refusing:
        def start_query_execution(self, **_: object) -> None:
            raise ClientError({"Error": {"Code": code, "Message": "s3://secret"}}, "Start")

    monkeypatch.setattr(entry, "_athena", Refusing)
    monkeypatch.setattr(entry, "_settings", lambda: Settings("gold", "people"))
    got = summary_of("growth", **{"from": "2013-03-01", "to": "2013-03-01"})
    assert got.status == status
    assert "secret" not in json.dumps(got.body)


def test_a_fault_of_ours_is_logged_and_not_shown(
    summary_of: Ask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> None:
        raise RuntimeError("arn:aws:secret")

    monkeypatch.setattr(entry, "_athena", broken)
    got = summary_of("growth", **{"from": "2013-03-01", "to": "2013-03-01"})
    assert got.status == 500
    assert "secret" not in json.dumps(got.body)
    assert "arn:aws:secret" in caplog.text


@pytest.mark.usefixtures("no_athena")
def test_a_request_leaves_one_line_with_its_id(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="finks.api")
    answer(entry.HEALTH, None, None)
    (record,) = caplog.records
    assert (record.levelname, vars(record)["status"]) == ("INFO", 200)
    assert vars(record)["request_id"] == "r-1"


def test_a_quote_in_a_literal_stays_inside() -> None:
    assert literal("it's") == "'it''s'"


def test_the_function_gets_the_settings_that_it_reads() -> None:
    names = Names("dev")
    settings = Settings.from_environment(blueprint.environment(names))
    assert (settings.database, settings.workgroup) == ("finks_dev_gold", "finks-dev")
    with pytest.raises(KeyError, match="FINKS_GOLD_DATABASE"):
        Settings.from_environment({})


def test_the_routes_of_the_gateway_are_those_of_the_handler() -> None:
    assert {route.path for route in blueprint.ROUTES} == {entry.HEALTH, entry.SUMMARY}
    assert blueprint.SUMMARY_TABLE == summary.TABLE


def test_the_function_ends_by_itself_before_it_is_cut_off() -> None:
    assert Settings("d", "w").query_seconds + 2 < blueprint.TIMEOUT_SECONDS < 29
