"""From bodies to rows: whose records count, and what is told of the others."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from connectors.answers import Answer, AnswerReader
from connectors.datasets import Dataset
from connectors.endpoints import Call, Endpoint, Format
from connectors.fmp.datasets import (
    COMPANY_PROFILE,
    HISTORICAL_PRICE_EOD,
    HISTORY,
    PROFILES,
    QUOTE_MANY,
    QUOTES,
)
from utils.dates import Window
from utils.drift import Drift

TODAY = date(2013, 3, 1)
WINDOW = Window(date(2013, 2, 11), date(2013, 2, 15))
MARKET = replace(PROFILES, format=Format.JSON, path="market")


def read(
    body: object,
    endpoint: Endpoint = HISTORY,
    dataset: Dataset = HISTORICAL_PRICE_EOD,
    symbols: Sequence[str] = ("IBM",),
) -> Answer:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return AnswerReader(dataset, TODAY).read(Call(endpoint, tuple(symbols), WINDOW, {}), text)


def bar(symbol: object = "IBM", day: object = "2013-02-15", **more: object) -> dict[str, object]:
    return {"symbol": symbol, "date": day, "close": 1} | more


@pytest.mark.parametrize(
    ("record", "reason", "symbol", "day"),
    [
        (bar("AAPL"), "asked for IBM, answered AAPL", "IBM", None),
        (bar(day="2013-02-10"), "outside the asked", "IBM", date(2013, 2, 10)),
        (bar(close=0), "not above 0", "IBM", date(2013, 2, 15)),
        (bar(None), "symbol is missing", "IBM", date(2013, 2, 15)),
        (bar([]), "symbol is missing", "IBM", date(2013, 2, 15)),
        (bar(day="x"), "no date", "IBM", None),
        (bar(day=None), "date is missing", "IBM", None),
        (None, "the record is null", "IBM", None),
        ([bar()], "the record is a list", "IBM", None),
    ],
)
def test_a_refused_record_is_placed_as_well_as_can_be(
    record: object, reason: str, symbol: str | None, day: date | None
) -> None:
    answer = read([record])

    (refusal,) = answer.refused
    assert reason in refusal.reason
    assert (refusal.symbol, refusal.day, refusal.harmless) == (symbol, day, False)
    assert len(answer.rows) == 0
    assert json.loads(refusal.line())["record"] == record


@pytest.mark.parametrize("columns_from", [0, sys.maxsize])
def test_a_number_that_nobody_can_hold_costs_its_record(columns_from: int) -> None:
    """Not the answer, which would be asked for again and again."""
    records = [bar(close="odd"), bar(day="2013-02-14", change="odd"), bar(day="2013-02-13")]
    body = json.dumps(records).replace('"odd"', "1e99999999999999999999").encode()
    call = Call(HISTORY, ("IBM",), WINDOW, {})

    answer = AnswerReader(HISTORICAL_PRICE_EOD, TODAY, columns_from).read(call, body)

    (refusal,) = answer.refused
    assert refusal.reason == "close is missing; close came as a text"
    assert "1e99999999999999999999" in refusal.line()
    assert answer.rows["change"].to_pylist() == [None, None]
    assert answer.rows["_extra"].to_pylist() == ['{"change": "1e99999999999999999999"}', None]
    assert answer.drift.retyped == {("close", "a text"): 1, ("change", "a text"): 1}


def test_of_a_batch_only_a_record_that_names_its_symbol_is_placed() -> None:
    quotes = [{"symbol": s, "price": 0, "timestamp": 1} for s in ("IBM", "ZZZZ", None)]

    answer = read(quotes, QUOTE_MANY, QUOTES, ("AAPL", "IBM"))

    assert [r.symbol for r in answer.refused] == ["IBM", None, None]
    assert {r.day for r in answer.refused} == {TODAY}


def test_the_first_of_two_records_counts_and_the_second_is_told() -> None:
    answer = read([bar(), bar(), bar(close=2), bar(day="2013-02-14")])

    assert answer.rows["close"].to_pylist() == [1, 1]
    assert [(r.reason, r.harmless) for r in answer.refused] == [
        ("repeats a record exactly", True),
        ("another record has the same key", False),
    ]


@pytest.mark.parametrize("named", [None, 7, [], {}, "ZZZZ"])
def test_of_the_whole_market_nobody_wants_all(named: object) -> None:
    """Not even a reason why they are wrong."""
    records = [{"symbol": named, "price": "x"}, None, {"symbol": "IBM"}]

    answer = read(records, MARKET, COMPANY_PROFILE)

    assert answer.rows["symbol"].to_pylist() == ["IBM"]
    assert (answer.refused, answer.total, answer.drift.records) == ([], 3, 1)


def test_a_table_has_typed_values() -> None:
    body = b"symbol,price,isEtf,cik,volume\nIBM,1.50,false,0051143,7\nZZZZ,oops,,,\n"

    answer = read(body, PROFILES, COMPANY_PROFILE)

    (row,) = answer.rows.to_pylist()
    assert (row["price"], row["isEtf"], row["cik"]) == (Decimal("1.50"), False, "0051143")
    assert answer.total == 2
    assert not answer.drift.retyped


def test_parts_become_one_answer() -> None:
    reader = AnswerReader(HISTORICAL_PRICE_EOD, TODAY)
    parts = [read([bar(new=1)]), read([bar(day="2013-02-14"), bar(close=0)]), read([])]

    whole = reader.merged(parts)

    assert whole.rows["date"].to_pylist() == [date(2013, 2, 15), date(2013, 2, 14)]
    assert (len(whole.refused), whole.total, whole.drift.records) == (1, 3, 3)
    assert whole.drift.unknown == {"new": "a number"}
    assert whole.symbols == ("IBM",)
    assert reader.merged(parts[:1]) is parts[0]


def test_a_record_that_is_on_two_pages_counts_once() -> None:
    """Pages shift while they are read."""
    pages = [
        read(b"symbol,ceo\nIBM,x\nAAPL,y\n", PROFILES, COMPANY_PROFILE, ("AAPL", "IBM")),
        read(b"symbol,ceo\nIBM,x\nAAPL,z\n", PROFILES, COMPANY_PROFILE, ("AAPL", "IBM")),
    ]

    whole = AnswerReader(COMPANY_PROFILE, TODAY).merged(pages)

    assert list(zip(*(whole.rows[n].to_pylist() for n in ("symbol", "ceo")), strict=True)) == [
        ("IBM", "x"),
        ("AAPL", "y"),
    ]
    assert [(r.symbol, r.day, r.harmless) for r in whole.refused] == [
        ("IBM", None, True),
        ("AAPL", TODAY, False),
    ]
    assert json.loads(whole.refused[1].line())["record"]["ceo"] == "z"


def test_an_answer_without_records_has_no_drift() -> None:
    answer = read([])

    assert (answer.total, answer.drift) == (0, Drift())
    assert answer.rows.schema.names[:2] == ["symbol", "date"]
