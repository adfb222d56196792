"""Records of all kinds: what enters bronze, what is refused, and what is kept of it."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.fmp.schemas import Bar, Profile, Quote
from utils.drift import Drift
from utils.rules import Ordered
from utils.validation import EXTRA, RecordRejectedError, Row, from_texts, parse_record

FIXED = settings(derandomize=True, database=None, deadline=None, max_examples=150)
BAR: dict[str, object] = {
    "symbol": "AAPL",
    "date": "2013-02-15",
    "open": Decimal("1.5"),
    "high": 2,
    "low": 1,
    "close": Decimal("1.5"),
    "volume": 100,
}
QUOTE: dict[str, object] = {"symbol": "AAPL", "price": Decimal("1.5"), "timestamp": 1_362_171_600}
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals()
    | st.sampled_from(["", "NA", " N/A ", "1.5", "1_0", "\uff11", "nan", "-inf", "2013-02-15", "x"])
    | st.text(st.characters(codec="utf-8"), max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=4,
)


def bar(**changes: object) -> Row:
    return parse_record(Bar, BAR | changes)


def refusal(**changes: object) -> str:
    with pytest.raises(RecordRejectedError) as caught:
        bar(**changes)
    return str(caught.value)


def extra(row: Row) -> Any:
    return json.loads(row[EXTRA]) if row[EXTRA] else None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"symbol": None}, "symbol is missing"),
        ({"symbol": []}, "symbol is missing; symbol came as a list"),
        ({"date": "NA"}, "date is missing"),
        ({"date": "2013-02-30"}, "does not exist in the calendar"),
        ({"date": 20130215}, "date is missing; date came as a number"),
        ({"close": None}, "close is missing"),
        ({"close": 0}, "close is 0, not above 0"),
        ({"open": Decimal("-0.0")}, "open is -0.0, not above 0"),
        ({"volume": -1}, "volume is -1, below 0"),
        ({"volume": Decimal("1e400")}, "absurdly large"),
        ({"open": Decimal("NaN")}, "open is NaN: not finite"),
        ({"open": Decimal("-Infinity")}, "open is -Infinity: not finite"),
        ({"open": "nan"}, "open is NaN: not finite"),
        ({"change": 10**20}, "absurdly large"),
        ({"change": Decimal("99999999999999999999.9999999999999999999")}, "absurdly large"),
        ({"close": Decimal("1e10") + 1, "high": None}, "absurdly large, above 10000000000"),
        ({"low": 3}, "high 2 is below low 3"),
        ({"open": Decimal("2.0052")}, "open 2.0052 is outside the day's range"),
        ({"close": Decimal("0.99")}, "close 0.99 is outside the day's range"),
    ],
)
def test_what_breaks_a_rule_is_refused_with_the_reason(
    changes: dict[str, object], reason: str
) -> None:
    assert reason in refusal(**changes)


@pytest.mark.parametrize("raw", [None, [], "x", 1, True])
def test_a_record_is_an_object(raw: object) -> None:
    with pytest.raises(RecordRejectedError, match="not an object"):
        parse_record(Bar, raw)


def test_all_reasons_are_told() -> None:
    told = refusal(open=Decimal("NaN"), date="yesterday")
    assert "open is NaN" in told
    assert "yesterday" in told


def test_a_long_value_is_cut_in_the_reason() -> None:
    assert len(refusal(change=10**400)) < 200


@pytest.mark.parametrize(
    ("field", "came", "value", "kept"),
    [
        ("open", "1.5", Decimal("1.5"), None),
        ("open", " 1.5 ", Decimal("1.5"), None),
        ("change", "1e2", Decimal(100), None),
        ("change", "1_0", None, "1_0"),
        ("change", "\uff11", None, "\uff11"),
        ("change", "1,5", None, "1,5"),
        ("change", True, None, True),
        ("change", {"a": 1}, None, {"a": 1}),
        ("volume", "7", 7, None),
        ("volume", "7.5", 8, "7.5"),
        ("volume", "x", None, "x"),
        ("volume", False, None, False),
    ],
)
def test_a_value_of_another_type_is_converted_or_kept_and_told(
    field: str, came: object, value: object, kept: object
) -> None:
    drift = Drift()

    row = parse_record(Bar, BAR | {field: came}, drift)

    assert row[field] == value
    assert extra(row) == (None if kept is None else {field: kept})
    assert [name for name, _ in drift.retyped] == [field]


def test_texts_and_truth_values_of_another_type() -> None:
    drift = Drift()
    raw = {"symbol": "AAPL", "cik": 320193, "isEtf": "True", "isAdr": 1, "ceo": True, "isin": []}

    row = parse_record(Profile, raw, drift)

    assert (row["cik"], row["isEtf"], row["isAdr"]) == ("320193", True, None)
    assert (row["ceo"], row["isin"]) == ("true", None)
    assert extra(row) == {"isAdr": 1, "isin": []}
    assert len(drift.retyped) == 5


@pytest.mark.parametrize("text", ["", "NA", "N/A", " "])
def test_texts_for_nothing_are_null_but_where_texts_belong(text: str) -> None:
    drift = Drift()
    raw = {"symbol": "AAPL", "beta": text, "ipoDate": text, "isEtf": text, "volume": text}

    row = parse_record(Profile, raw | {"ceo": text}, drift)

    assert [row[name] for name in ("beta", "ipoDate", "isEtf", "volume")] == [None] * 4
    assert row["ceo"] == text
    assert not drift.retyped


@pytest.mark.parametrize(
    ("came", "rounded"),
    [("7.5", 8), ("6.5", 6), ("0.4", 0), ("1e-9", 0), ("99999999999999.9", 10**14)],
)
def test_a_part_of_a_share_is_rounded_and_kept(came: str, rounded: int) -> None:
    row = bar(volume=Decimal(came))

    assert row["volume"] == rounded
    assert Decimal(str(extra(row)["volume"])) == Decimal(came)


def test_a_whole_number_with_a_point_loses_nothing() -> None:
    row = bar(volume=Decimal("100.0"), change=Decimal("1.0000000000000000000"))

    assert (row["volume"], row["change"], row[EXTRA]) == (100, 1, None)


@pytest.mark.parametrize(
    "text",
    [
        "12345678901.1234567890123456789",
        "99999999999999999999.9999999999999999989",
        "1e-30",
        "-1e-999999",
    ],
)
def test_more_digits_than_the_column_has_are_kept(text: str) -> None:
    """Also more than the 28 to which Python's arithmetic rounds."""
    row = bar(change=Decimal(text))

    assert row["change"].as_tuple().exponent == -18
    assert (row["change"] - Decimal(text)).copy_abs() < Decimal("1e-18")
    assert Decimal(str(extra(row)["change"])) == Decimal(text)


def test_all_digits_of_the_largest_number_arrive() -> None:
    text = f"{'9' * 20}.{'9' * 18}"

    assert str(bar(change=Decimal(text))["change"]) == text


def test_equal_numbers_of_many_digits_are_in_order() -> None:
    number = Decimal("1234567890.12345678901234567894")

    assert Ordered("low", "high").broken(number, number) is None
    assert Ordered("low", "high").broken(number + 1, number) is not None


def test_what_a_rule_tolerates() -> None:
    """Each price is rounded for itself."""
    assert bar(open=Decimal("2.0051"))["open"] == Decimal("2.0051")
    assert bar(close=Decimal("0.9949"))["close"] == Decimal("0.9949")


def test_unknown_fields_are_kept_as_json_of_the_standard() -> None:
    drift = Drift()
    nested = {"a": [Decimal("NaN"), Decimal("Infinity"), Decimal("1e400"), {"b": Decimal("0.1")}]}
    raw = BAR | {"adjClose": Decimal("1.50"), "nested": nested, "none": None, "key": "k"}

    row = parse_record(Bar, raw, drift)

    assert extra(row) == {
        "adjClose": 1.5,
        "key": "k",
        "nested": {"a": ["NaN", "Infinity", "1E+400", {"b": 0.1}]},
        "none": None,
    }
    assert "Infinity]" not in row[EXTRA]
    assert drift.unknown["nested"] == "an object"
    assert list(drift.unknown) == ["adjClose", "nested", "none", "key"]


def test_texts_of_a_file_get_the_declared_types() -> None:
    raw = {"symbol": "1", "price": "1.50", "volume": "7", "isEtf": "false", "beta": "", "new": "2"}
    values = from_texts(Profile, raw)
    drift = Drift()
    row = parse_record(Profile, values, drift)

    assert row["symbol"] == "1"
    assert (row["price"], row["volume"], row["isEtf"]) == (Decimal("1.50"), 7, False)
    assert row["beta"] is None
    assert extra(row) == {"new": "2"}
    assert not drift.retyped


def test_a_text_of_a_file_that_is_no_value_stays_and_is_told() -> None:
    drift = Drift()
    row = parse_record(Profile, from_texts(Profile, {"symbol": "A", "price": "1_0"}), drift)

    assert row["price"] is None
    assert extra(row) == {"price": "1_0"}
    assert drift.retyped == {("price", "a text"): 1}


def test_the_key_of_a_quote_is_a_whole_moment() -> None:
    assert parse_record(Quote, QUOTE | {"timestamp": "1362171600"})["timestamp"] == 1_362_171_600
    with pytest.raises(RecordRejectedError, match="timestamp is missing"):
        parse_record(Quote, QUOTE | {"timestamp": "now"})


@FIXED
@given(
    changes=st.dictionaries(
        st.sampled_from([*Bar.model_fields, "adjClose", EXTRA, "key"]), ANYTHING, max_size=3
    )
)
def test_any_record_becomes_a_row_or_has_a_reason(changes: dict[str, object]) -> None:
    drift = Drift()
    try:
        row = parse_record(Bar, BAR | changes, drift)
    except RecordRejectedError:
        return
    assert list(row) == [*Bar.model_fields, EXTRA]
    kinds = {"symbol": str, "date": date, "volume": int}
    for name in Bar.model_fields:
        assert row[name] is None or type(row[name]) is kinds.get(name, Decimal)
    kept = extra(row) or {}
    for name, value in changes.items():
        if name not in Bar.model_fields:
            assert name in kept
        elif row[name] is None and value is not None:
            assert name in kept or (isinstance(value, str) and value.strip() in ("", "NA", "N/A"))
    assert drift.records == 1
