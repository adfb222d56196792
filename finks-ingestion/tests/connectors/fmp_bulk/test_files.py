"""Files as they should not be: what enters bronze, and what each record is refused for."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal

import pytest

from tests.conftest import Lake, Outcome
from tests.connectors.fmp_bulk.test_connector import BULK, HEADER, Misbehave, Run, line

DAY = "2013-02-15"
GOOD = line("AAPL", DAY)
IBM = line("IBM", DAY)


@pytest.fixture
def read(bulk: Run, misbehave: Misbehave) -> Callable[[str], Outcome]:
    """Run against a server that sends one file."""

    def run(body: str) -> Outcome:
        server = misbehave(
            lambda r: (200, '[{"symbol": "IBM"}]' if r.endpoint == "profile" else body)
        )
        return bulk(FMP_BASE_URL=server.url, SYMBOLS="AAPL,IBM", RUN_ID="run-1")

    return run


@pytest.mark.parametrize(
    "body",
    [
        HEADER + GOOD + IBM.rstrip("\n"),
        "\ufeff" + HEADER + GOOD + IBM,
        (HEADER + GOOD + IBM).replace("\n", "\r\n"),
        HEADER + "\n" + GOOD + "\n\n" + IBM,
        HEADER + f'"AAPL","{DAY}","10","9.5","11.5","11","11","100"\n' + IBM,
        f"volume,adjClose,close,high,low,open,date,symbol\n100,11,11,11.5,9.5,10,{DAY},AAPL\n"
        f"100,11,11,11.5,9.5,10,{DAY},IBM\n",
        HEADER + '"X,Y\nZ",2013-02-15,"1\n",,,,,\n' + GOOD + IBM,
        HEADER + "AAPL.X,nonsense,NaN,-1,inf,x,,1e400\n" + GOOD + IBM,
    ],
    ids=["no-last-newline", "bom", "crlf", "blank-lines", "quoted", "order", "strange", "others"],
)
def test_a_file_that_can_be_read_is(
    read: Callable[[str], Outcome], bulk_lake: Lake, body: str
) -> None:
    outcome = read(body)

    assert outcome.code == 0, outcome.error
    rows = bulk_lake.rows(BULK, DAY)
    assert [(row["symbol"], row["open"], row["volume"], row["_extra"]) for row in rows] == [
        ("AAPL", Decimal(10), 100, None),
        ("IBM", Decimal(10), 100, None),
    ]
    assert outcome.dataset(BULK)["drift"] == []


@pytest.mark.parametrize(
    "body",
    [
        "",
        "\n",
        "<html>\n<body>maintenance, sorry</body></html>",
        "Internal error",
        GOOD + IBM,
        HEADER + GOOD + "IBM,2013-02-15,10,9.",
        HEADER + GOOD + 'IBM,2013-02-15,"10',
        HEADER + GOOD + IBM.replace("\n", ",7\n"),
        HEADER + GOOD + '"IBM"x,2013-02-15,10,9.5,11.5,11,11,100\n',
        '{"status": "ok"}',
        '[{"symbol": "IBM"}]',
    ],
    ids=[
        "empty",
        "newline",
        "html",
        "text",
        "no-header",
        "cut-row",
        "cut-quotes",
        "long-row",
        "bad-quotes",
        "object",
        "json",
    ],
)
def test_a_file_that_cannot_be_read_is_transient(
    read: Callable[[str], Outcome], bulk_lake: Lake, body: str
) -> None:
    outcome = read(body)

    assert outcome.code == 5, outcome.error
    assert "run again later" in outcome.error
    assert bulk_lake.keys() == []


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ("IBM,2013-02-15,10,9.5,11.5,NaN,11,100", "close is NaN: not finite"),
        ("IBM,2013-02-15,10,9.5,11.5,Infinity,11,100", "not finite"),
        ("IBM,2013-02-15,10,9.5,11.5,,11,100", "close is missing"),
        ("IBM,2013-02-15,10,9.5,11.5,0,11,100", "close is 0, not above 0"),
        ("IBM,2013-02-15,10,9.5,9,9.5,11,100", "high 9 is below low 9.5"),
        ("IBM,2013-02-15,10,9.5,11.5,1e400,11,100", "absurdly large"),
        ("IBM,2013-02-15,10,9.5,11.5,11,11,-5", "volume is -5, below 0"),
        ("IBM,2013-02-14,10,9.5,11.5,11,11,100", "2013-02-14 is outside the asked 2013-02-15"),
        ("IBM,15.02.2013,10,9.5,11.5,11,11,100", "'15.02.2013' is no date"),
        ("IBM,,10,9.5,11.5,11,11,100", "date is missing"),
    ],
)
def test_a_bad_record_costs_itself(
    read: Callable[[str], Outcome], bulk_lake: Lake, record: str, reason: str
) -> None:
    outcome = read(f"{HEADER}{GOOD}{record}\n")

    assert outcome.code == 4
    refused = bulk_lake.read("fmp_bulk/_quarantine/eod_bulk/run=run-1.jsonl").splitlines()
    assert [reason in json.loads(one)["reason"] for one in refused] == [True]
    assert bulk_lake.manifest(BULK, DAY)["status"] == "incomplete"
    assert [row["symbol"] for row in bulk_lake.rows(BULK, DAY)] == ["AAPL"]


def test_a_row_that_comes_twice(read: Callable[[str], Outcome], bulk_lake: Lake) -> None:
    same = read(HEADER + GOOD + IBM + GOOD)
    assert same.code == 0, same.error
    assert same.dataset(BULK)["records_rejected"] == 1
    assert len(bulk_lake.rows(BULK, DAY)) == 2


def test_two_rows_of_a_symbol_that_contradict_each_other(
    read: Callable[[str], Outcome], bulk_lake: Lake
) -> None:
    outcome = read(HEADER + GOOD + IBM + IBM.replace(",11,11,", ",11.25,11,"))

    assert outcome.code == 4
    assert bulk_lake.manifest(BULK, DAY)["symbols_rejected"] == ["IBM"]


def test_a_column_that_is_lost_is_no_data(read: Callable[[str], Outcome], bulk_lake: Lake) -> None:
    outcome = read("symbol,date,open\nAAPL,2013-02-15,10\nIBM,2013-02-15,10\n")

    assert outcome.code == 3
    assert "no record of eod_bulk has close: the source has changed" in outcome.error
    assert bulk_lake.dates(BULK) == []


def test_new_columns_and_other_types_are_kept_and_told(
    read: Callable[[str], Outcome], bulk_lake: Lake
) -> None:
    new = HEADER.replace("volume", "volume,vwap")
    body = new + GOOD.replace("100\n", "many,10.7\n") + IBM.replace("\n", ",10.8\n")

    outcome = read(body)

    assert outcome.code == 0, outcome.error
    row = bulk_lake.rows(BULK, DAY)[0]
    assert (row["volume"], json.loads(row["_extra"])) == (None, {"volume": "many", "vwap": "10.7"})
    drift = outcome.dataset(BULK)["drift"]
    assert drift == ["new field vwap (a text)", "volume came as a text"]
