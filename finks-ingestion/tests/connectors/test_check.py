"""`check` against replays of different plans: few calls, what the key may do, and never the key."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from connectors.__main__ import main
from replay.scenario import parse_scenario
from replay.serving import Running, running_replay
from tests.conftest import KEY, Lake
from tests.servers import Answer, FaultServer, Request

ENDPOINTS = [
    "historical-price-eod/full",
    "batch-quote",
    "quote",
    "profile-bulk",
    "profile",
    "eod-bulk",
    "search-symbol",
]


@dataclass
class Checked:
    """What a check printed."""

    code: int
    answer: dict[str, Any]
    printed: str
    """stdout and stderr."""

    def finding(self, subject: str) -> dict[str, Any]:
        found: dict[str, Any]
        (found,) = (f for f in self.answer["findings"] if f["subject"] == subject)
        return found

    @property
    def statuses(self) -> dict[str, str]:
        return {f["subject"]: f["status"] for f in self.answer["findings"]}


Check = Callable[..., Checked]
Start = Callable[..., Running]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a replay with the tables of a scenario."""
    with ExitStack() as stack:
        yield lambda **tables: stack.enter_context(running_replay(scenario=parse_scenario(tables)))


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Check:
    def run(url: str, *arguments: str, **settings: str) -> Checked:
        defaults = {
            "FMP_BASE_URL": url,
            "FMP_API_KEY": KEY,
            "FINKS_TODAY": "2013-03-01",
            "FMP_RETRY_SECONDS": "0",
        }
        with monkeypatch.context() as patch:
            for name, value in (defaults | settings).items():
                patch.setenv(name, value)
            code = main(["check", *arguments])
        out, err = capsys.readouterr()
        assert out.count("\n") == 1
        return Checked(code, json.loads(out), out + err)

    return run


def test_a_plan_with_everything(start: Start, check: Check) -> None:
    replay = start(plan={"batch": True, "bulk": True})
    checked = check(replay.url)

    assert checked.code == 0
    assert checked.answer["status"] == "ready"
    assert checked.statuses == dict.fromkeys(ENDPOINTS, "allowed")
    assert checked.answer["calls"] == replay.log["total"] == len(ENDPOINTS)
    uses = {name: checked.finding(name)["consequence"] for name in ENDPOINTS}
    assert uses == {
        "historical-price-eod/full": "brings historical_price_eod",
        "batch-quote": "brings quote, 100 symbols a call",
        "quote": "brings quote",
        "profile-bulk": "brings company_profile, the whole market at once, from 500 symbols on",
        "profile": "brings company_profile",
        "eod-bulk": "brings eod_bulk of fmp_bulk, the whole market at once",
        "search-symbol": "no dataset needs it",
    }


def test_a_small_plan_is_enough_and_the_refusals_are_told_with_what_follows(
    start: Start, check: Check
) -> None:
    checked = check(start(plan={"batch": False}).url)

    assert checked.code == 0
    assert checked.answer["error"] is None
    batch = checked.finding("batch-quote")
    assert (batch["status"], batch["consequence"]) == ("refused", "quote is asked instead")
    assert batch["said"].startswith("Restricted Endpoint")
    assert checked.finding("profile-bulk")["consequence"] == "profile is asked instead"
    assert checked.finding("eod-bulk")["consequence"] == (
        "eod_bulk of fmp_bulk cannot be fetched; not needed here"
    )
    assert batch["said"].endswith("/developer/docs/pricing"), "FMP's words are whole"


def test_another_source_of_the_account_can_be_named(start: Start, check: Check) -> None:
    checked = check(start().url, "fmp_bulk")

    assert checked.code == 3
    assert checked.answer["source"] == "fmp_bulk"
    assert checked.answer["error"] == (
        "eod-bulk: eod_bulk cannot be fetched: take a larger plan, or do without it"
    )


def test_the_remedy_is_that_of_the_refusal(start: Start, check: Check) -> None:
    checked = check(start().url.removesuffix("/stable"))

    assert checked.code == 3
    assert checked.finding("quote")["consequence"] == "quote cannot be fetched: check FMP_BASE_URL"
    assert "plan" not in checked.answer["error"]


def test_bulk_files_are_asked_for_as_little_as_they_can_give(
    misbehave: Callable[[Callable[[Request], Answer]], FaultServer], check: Check
) -> None:
    server = misbehave(lambda r: (200, "" if r.endpoint.endswith("bulk") else "[]"))
    checked = check(server.url)

    assert checked.code == 0, checked.answer
    assert server.asked("eod-bulk") == [{"date": "2013-02-24"}], "a Sunday"
    assert server.asked("profile-bulk") == [{"part": "10000"}]
    assert checked.finding("quote")["said"] == "no record of AAPL"


def test_a_refused_key_ends_the_check_at_the_first_call(start: Start, check: Check) -> None:
    replay = start()
    checked = check(replay.url, FMP_API_KEY="wrong-secret-key")

    assert checked.code == 3
    assert replay.log["total"] == 1
    assert "Invalid API KEY" in checked.answer["error"]
    assert "set a valid key as FMP_API_KEY" in checked.answer["error"]
    assert list(checked.statuses.values()) == ["refused"] + ["untried"] * (len(ENDPOINTS) - 1)
    assert "wrong-secret-key" not in checked.printed


@pytest.mark.parametrize(
    ("endpoint", "preset", "status", "code"),
    [
        ("historical-price-eod/full", "restricted-endpoint", "refused", 3),
        ("historical-price-eod/full", "premium-symbol", "refused", 3),
        ("profile", "exclusive-endpoint-json", "refused", 3),
        ("historical-price-eod/full", "html-body", "failed", 5),
        ("profile-bulk", "html-body", "failed", 0),
        ("quote", "restricted-endpoint", "refused", 0),
        ("search-symbol", "server-error", "failed", 0),
        ("quote", "no-data", "allowed", 0),
    ],
)
def test_only_what_a_dataset_cannot_do_without_is_a_problem(
    start: Start, check: Check, endpoint: str, preset: str, status: str, code: int
) -> None:
    plan = {"bulk": True}
    checked = check(start(plan=plan, rules=[{"endpoints": [endpoint], "preset": preset}]).url)

    finding = checked.finding(endpoint)
    assert (checked.code, finding["status"]) == (code, status)
    assert finding["is_problem"] == bool(code)
    assert "untried" not in checked.statuses.values()


def test_a_quote_that_only_the_batch_brings(start: Start, check: Check) -> None:
    replay = start(rules=[{"endpoints": ["quote"], "preset": "restricted-endpoint"}])

    assert check(replay.url).finding("quote")["consequence"] == "batch-quote brings quote"


def test_a_server_that_is_not_there(check: Check) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        checked = check(f"http://127.0.0.1:{free.getsockname()[1]}/stable")

    assert checked.code == 5
    assert "check FMP_BASE_URL" in checked.answer["error"]
    assert checked.statuses["batch-quote"] == "untried"


def test_the_key_is_all_that_it_needs(start: Start, check: Check) -> None:
    unset = check(start().url, FMP_API_KEY="")

    assert unset.code == 2
    assert unset.answer["error"] == "FMP_API_KEY is not set; set it in the environment"
    assert unset.answer["findings"] == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["yahoo"], "there is no check of 'yahoo'; name one of fmp, fmp_bulk"),
        (["--symbols=AAPL"], "unrecognized arguments: --symbols=AAPL; see"),
        (["--fmp-base-url=ftp://x"], "begin it with http"),
    ],
)
def test_mistakes_are_bad_configuration(check: Check, arguments: list[str], message: str) -> None:
    checked = check("http://127.0.0.1:9/stable", *arguments)

    assert checked.code == 2
    assert message in checked.answer["error"]


def test_bronze_is_tried_when_it_is_named(start: Start, check: Check, lake: Lake) -> None:
    lake.client.put_object(Bucket=lake.name, Key="fmp/quote/x", Body=b"x")
    checked = check(start().url, S3_BUCKET=lake.name)

    assert checked.code == 0
    assert checked.answer["bronze"] == f"s3://{lake.name}/fmp/"
    assert checked.finding("list bronze")["status"] == "allowed"
    assert checked.finding("read bronze")["said"] == "one object was read"
    assert checked.finding("write bronze")["status"] == "allowed"
    assert lake.keys() == ["fmp/quote/x"]


def test_a_bucket_that_is_not_there(start: Start, check: Check) -> None:
    checked = check(start().url, "--s3-bucket", "finks-nowhere")

    assert checked.code == 2
    assert "create the bucket" in checked.answer["error"]
    assert checked.statuses["write bronze"] == "untried"
