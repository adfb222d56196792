"""The whole market a day: replay to bronze, calls, and days that fail or are not there."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from connectors.__main__ import main
from replay.serving import Running
from tests.conftest import SYMBOLS, Extract, Lake, Outcome
from tests.prices import adjusted
from tests.servers import Answer, FaultServer, Request

BULK = "eod_bulk"
HEADER = "symbol,date,open,low,high,close,adjClose,volume\n"
WEEK = ("2013-02-11", "2013-02-12", "2013-02-13", "2013-02-14", "2013-02-15")
WINDOW = {"EXTRACTION_START": WEEK[0], "EXTRACTION_END": WEEK[-1]}
Run = Callable[..., Outcome]
Misbehave = Callable[[Callable[[Request], Answer]], FaultServer]


def line(symbol: str, day: str) -> str:
    return f"{symbol},{day},10,9.5,11.5,11,11,100\n"


def serving(**files: Answer) -> Callable[[Request], Answer]:
    """A market of AAPL, IBM and a stranger; `files` are other answers, as in `_2013_02_14`."""

    def answer(request: Request) -> Answer:
        if request.endpoint == "profile":
            return 200, json.dumps([{"symbol": request.query["symbol"]}])
        day = request.query["date"]
        whole = HEADER + "".join(line(s, day) for s in ("AAPL", "IBM", "XXXX"))
        return files.get("_" + day.replace("-", "_"), (200, whole))

    return answer


def test_each_day_is_what_the_price_file_says(bulk: Run, bulk_lake: Lake) -> None:
    outcome = bulk(EXTRACTION_START="2013-01-17", EXTRACTION_END="2013-02-28", RUN_ID="run-1")

    assert outcome.code == 0, outcome.error
    frame = adjusted()
    window = frame[frame["date"].between("2013-01-17", "2013-02-28")]
    days = sorted({day.date().isoformat() for day in window["date"]})
    assert bulk_lake.dates(BULK) == days
    assert outcome.summary["api_calls"] == len(days), "no call for weekends and holidays"
    assert outcome.summary["rows"] == len(window)
    for day, expected in window.groupby(window["date"].dt.date.astype(str)):
        rows = {row["symbol"]: row for row in bulk_lake.rows(BULK, str(day))}
        bars = expected.set_index("ticker")
        assert sorted(rows) == sorted(bars.index)
        for symbol, row in rows.items():
            bar = bars.loc[symbol]
            for name in ("open", "high", "low", "close"):
                assert float(row[name]) == pytest.approx(bar[name], abs=1e-9)
            assert (row["adjClose"], row["volume"]) == (row["close"], bar["volume"])
    manifest = bulk_lake.manifest(BULK, days[0])
    assert (manifest["status"], manifest["symbols_received"]) == ("complete", list(SYMBOLS))
    assert bulk_lake.keys("fmp_bulk/eod_bulk/run=") == [manifest["files"][0]["key"]]


def test_only_missing_days_are_asked_for(bulk: Run, bulk_lake: Lake, bulk_replay: Running) -> None:
    bulk(EXTRACTION_DATE=WEEK[1])
    bulk(EXTRACTION_DATE=WEEK[3])

    rest = bulk(**WINDOW)
    assert (rest.code, rest.summary["api_calls"]) == (0, 3)
    assert bulk_lake.dates(BULK) == list(WEEK)
    again = bulk(**WINDOW)
    assert (again.code, again.summary["api_calls"]) == (0, 0)
    assert bulk_replay.log["by_endpoint"].keys() == {"eod-bulk"}


def test_only_the_wanted_symbols_are_kept(bulk: Run, bulk_lake: Lake) -> None:
    outcome = bulk(SYMBOLS="IBM")

    assert outcome.code == 0, outcome.error
    assert [row["symbol"] for row in bulk_lake.rows(BULK, "2013-02-15")] == ["IBM"]
    assert outcome.dataset(BULK)["records_rejected"] == 0


def test_a_symbol_that_is_not_listed_yet_is_no_failure(bulk: Run, bulk_lake: Lake) -> None:
    outcome = bulk(EXTRACTION_DATE="2012-05-17")

    assert outcome.code == 0, outcome.error
    assert bulk_lake.manifest(BULK, "2012-05-17")["symbols_empty"] == ["FB"]


def test_an_unknown_symbol_is_named(bulk: Run, bulk_lake: Lake) -> None:
    outcome = bulk(SYMBOLS="AAPL,ZZZZ")

    assert outcome.code == 4
    assert "unknown symbols: ZZZZ; correct them" in outcome.error
    assert bulk_lake.manifest(BULK, "2013-02-15")["symbols_received"] == ["AAPL"]


def test_a_plan_without_bulk_files(extract: Extract, bulk_lake: Lake) -> None:
    outcome = extract(connector="fmp_bulk", **WINDOW)

    assert outcome.code == 3
    assert "Restricted Endpoint" in outcome.error
    assert "take a larger plan" in outcome.error
    assert outcome.error.count("Restricted Endpoint") == 1
    assert (outcome.summary["api_calls"], bulk_lake.keys()) == (1, [])


def test_a_budget_counts_one_call_a_day_and_whole_files(bulk: Run, bulk_replay: Running) -> None:
    before = bulk_replay.log["total"]

    calls = bulk(**WINDOW, FMP_CALLS_PER_DAY="4")
    assert calls.code == 2
    assert "exceed the 4 of FMP_CALLS_PER_DAY" in calls.error
    received = bulk(FMP_BANDWIDTH_BYTES="5000000")
    assert received.code == 2
    assert "receives up to 5" in received.error
    assert bulk_replay.log["total"] == before


def test_a_plan_lists_the_days(bulk: Run, bulk_lake: Lake) -> None:
    bulk(EXTRACTION_DATE=WEEK[2])

    outcome = bulk("--plan", EXTRACTION_START="2013-02-13", EXTRACTION_END="2013-02-19")
    assert outcome.summary["datasets"][BULK]["calls"] == [
        {"endpoint": "eod-bulk", "date": day} for day in ("2013-02-14", "2013-02-15", "2013-02-19")
    ]
    assert bulk_lake.dates(BULK) == [WEEK[2]]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ((500, "oops"), "run again later"),
        ((200, "<html>maintenance</html>"), "run again later"),
        (
            (402, "Premium Query Parameter: this value set for 'date' is not available"),
            "take a larger plan",
        ),
    ],
)
def test_a_day_that_fails_costs_this_day(
    bulk: Run, bulk_lake: Lake, misbehave: Misbehave, answer: Answer, message: str
) -> None:
    bad = misbehave(serving(_2013_02_13=answer))
    first = bulk(FMP_BASE_URL=bad.url, SYMBOLS="AAPL,IBM", **WINDOW)

    assert first.code == 4
    assert "2013-02-13: " in first.error
    assert message in first.error
    entry = first.dataset(BULK)
    assert (entry["dates_failed"], entry["symbols_failed"]) == (["2013-02-13"], [])
    assert entry["dates_without_records"] == [], "nobody knows"
    assert bulk_lake.dates(BULK) == [day for day in WEEK if day != WEEK[2]]
    for day in bulk_lake.dates(BULK):
        manifest = bulk_lake.manifest(BULK, day)
        assert (manifest["status"], manifest["dates_without_records"]) == ("complete", [])

    good = misbehave(serving())
    rest = bulk(FMP_BASE_URL=good.url, SYMBOLS="AAPL,IBM", **WINDOW)
    assert rest.code == 0, rest.error
    assert good.asked("eod-bulk") == [{"date": WEEK[2]}]


def test_an_endpoint_that_is_withdrawn_on_the_way_keeps_what_came(
    bulk: Run, bulk_lake: Lake, misbehave: Misbehave
) -> None:
    gone = (402, "Exclusive Endpoint : not available under your current subscription")
    server = misbehave(serving(_2013_02_13=gone, _2013_02_14=gone, _2013_02_15=gone))

    outcome = bulk(FMP_BASE_URL=server.url, SYMBOLS="AAPL", CONCURRENCY="1", **WINDOW)

    assert outcome.code == 4
    assert outcome.dataset(BULK)["dates_failed"] == list(WEEK[2:])
    assert bulk_lake.dates(BULK) == list(WEEK[:2])


def test_a_dead_source_is_transient(bulk: Run, bulk_lake: Lake, misbehave: Misbehave) -> None:
    server = misbehave(lambda _request: (503, ""))

    outcome = bulk(FMP_BASE_URL=server.url, **WINDOW)

    assert outcome.code == 5
    assert "run again later" in outcome.error
    assert bulk_lake.keys() == []


@pytest.mark.parametrize("nothing", [HEADER, "[]"])
def test_a_day_without_records(
    bulk: Run, bulk_lake: Lake, misbehave: Misbehave, nothing: str
) -> None:
    """Between days with records the exchange was closed; at the end it may come yet."""
    empty = (200, nothing)
    server = misbehave(serving(_2013_02_13=empty, _2013_02_15=empty))

    outcome = bulk(FMP_BASE_URL=server.url, SYMBOLS="AAPL,IBM", **WINDOW)

    assert outcome.code == 4
    assert "no symbol has a record on 2013-02-15;" in outcome.error
    assert bulk_lake.dates(BULK) == ["2013-02-11", "2013-02-12", "2013-02-14"]
    assert bulk_lake.manifest(BULK, WEEK[3])["dates_without_records"] == [WEEK[2]]
    later = misbehave(serving())
    assert bulk(FMP_BASE_URL=later.url, SYMBOLS="AAPL,IBM", **WINDOW).code == 0
    assert later.asked("eod-bulk") == [{"date": WEEK[4]}]


def test_a_symbol_without_a_bar_makes_its_day_incomplete(
    bulk: Run, bulk_lake: Lake, misbehave: Misbehave
) -> None:
    server = misbehave(serving(_2013_02_14=(200, HEADER + line("AAPL", WEEK[3]))))

    outcome = bulk(FMP_BASE_URL=server.url, SYMBOLS="AAPL,IBM", **WINDOW)

    assert outcome.code == 4
    assert "no record of IBM on some trading days" in outcome.error
    assert outcome.dataset(BULK)["dates_incomplete"] == [WEEK[3]]
    manifest = bulk_lake.manifest(BULK, WEEK[3])
    assert (manifest["status"], manifest["symbols_empty"]) == ("incomplete", ["IBM"])


def test_the_account_is_shared_with_the_first_connector(
    bulk: Run, extract: Extract, bulk_replay: Running
) -> None:
    bulk(FMP_CALLS_PER_DAY="10")

    outcome = extract(FMP_BASE_URL=bulk_replay.url, FMP_CALLS_PER_DAY="10")
    assert outcome.code == 2
    assert "after 1 on 2013-03-01 already" in outcome.error


def test_the_contract_of_each_source(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert "fmp_bulk    Brings FMP's bulk files of daily bars" in capsys.readouterr().out
    assert main(["contract"]) == 0
    assert json.loads(capsys.readouterr().out)["bronze"]["source"] == "fmp", "the default"
    assert main(["contract", "fmp_bulk"]) == 0
    contract = json.loads(capsys.readouterr().out)
    assert contract["bronze"]["source"] == "fmp_bulk"
    assert contract["datasets"][BULK]["key"] == ["symbol", "date"]
    assert contract["environment"]["required"] == ["FMP_API_KEY", "S3_BUCKET"]
