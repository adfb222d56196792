"""What a source has changed is counted once, and told in the same words in every run."""

from __future__ import annotations

from decimal import Decimal
from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from utils.drift import Drift, json_type

KNOWN = ("symbol", "open", "close")
FIXED = settings(derandomize=True, database=None, deadline=None, max_examples=60)
RECORDS = st.lists(
    st.dictionaries(
        st.sampled_from([*KNOWN, "new", "other"]), st.sampled_from([None, 1, "x"]), max_size=4
    ),
    max_size=6,
)


def seen(*records: dict[str, object]) -> Drift:
    drift = Drift()
    for record in records:
        drift.saw(record, KNOWN)
    return drift


def test_values_in_the_words_of_json() -> None:
    values: tuple[object, ...] = (True, "x", 1, 1.5, Decimal(1), {}, [], None)

    assert [json_type(value) for value in values] == [
        *("a truth value", "a text", "a number", "a number", "a number"),
        *("an object", "a list", "null"),
    ]
    assert json_type(b"x") == "bytes"


def test_every_kind_of_difference() -> None:
    drift = seen({"symbol": "A", "open": 1, "zeta": {}, "alpha": 1})
    drift.unknown |= {"zeta": "an object", "alpha": "a number"}
    drift.retyped["open", "a text"] += 7

    assert drift.described(KNOWN) == [
        "new field alpha (a number)",
        "new field zeta (an object)",
        "open came as a text",
        "no record has close",
    ]


def test_a_field_that_some_records_have_is_not_gone() -> None:
    drift = seen({"symbol": "A", "open": 1}, {"symbol": "B", "close": None})

    assert drift.described(KNOWN) == []


def test_nothing_seen_says_nothing() -> None:
    assert seen().described(KNOWN) == []
    assert seen().lost(KNOWN) == []


def test_a_field_that_is_null_in_all_records_is_lost_but_not_gone() -> None:
    drift = seen({"symbol": "A", "open": None, "close": 1}, {"symbol": "B", "open": None})

    assert drift.lost(KNOWN) == ["open"]
    assert drift.described(KNOWN) == []


def test_false_and_zero_are_there() -> None:
    assert seen({"symbol": "", "open": 0, "close": False}).lost(KNOWN) == []


def test_the_same_words_in_whatever_order_answers_come() -> None:
    parts = [seen({"symbol": "A"}), seen({"open": 1}), seen({"symbol": None})]
    for part, name in zip(parts, "cab", strict=True):
        part.unknown[name] = "a text"
        part.retyped[name, "null"] += 1
    told = set()
    for order in permutations(parts):
        whole = Drift()
        for part in order:
            whole.add(part)
        told.add(tuple(whole.described(KNOWN)))

    assert len(told) == 1


@FIXED
@given(first=RECORDS, second=RECORDS)
def test_parts_add_up_to_the_whole(
    first: list[dict[str, object]], second: list[dict[str, object]]
) -> None:
    whole = seen(*first, *second)
    added = seen(*first)
    added.add(seen(*second))

    assert added == whole
    assert added.records == len(first) + len(second)
    assert added.described(KNOWN) == whole.described(KNOWN)
    assert added.lost(KNOWN) == whole.lost(KNOWN)
