"""Counts and lists, of one and of many."""

from __future__ import annotations

import pytest

from utils.wording import counted, listed


@pytest.mark.parametrize(
    ("number", "noun", "text"),
    [(0, "call", "0 calls"), (1, "retry", "1 retry"), (2500, "retry", "2,500 retries")],
)
def test_a_noun_agrees_with_its_number(number: int, noun: str, text: str) -> None:
    assert counted(number, noun) == text


def test_long_lists_are_cut_and_say_so() -> None:
    assert listed(["A", "B"]) == "A, B"
    assert listed([f"S{n}" for n in range(1003)], 2) == "S0, S1 and 1,001 more"
