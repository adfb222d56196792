"""Scenario files: what they may say, what is said about mistakes, and when rules act."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from replay.effects import Restate
from replay.limits import FixedWindows, SlidingWindow
from replay.presets import PRESETS
from replay.rules import Call, RuleBook
from replay.scenario import Limit, Scenario, load_scenario, parse_scenario

PROJECT = Path(__file__).parents[2]
SCENARIOS = sorted((PROJECT / "replay" / "scenarios").glob("*.toml"))


def call(symbol: str = "IBM", endpoint: str = "quote", query: str = "") -> Call:
    return Call(endpoint, (symbol,) if symbol else (), query or f"symbol={symbol}")


class Book:
    """The rule book of one rule, on a clock that the test moves."""

    def __init__(self, seed: int = 0, **conditions: Any) -> None:
        self.now = 100.0
        rule = {"preset": "no-data"} | conditions
        scenario = parse_scenario({"seed": seed, "rules": [rule]})
        self.book = RuleBook(scenario.rules, scenario.seed, clock=lambda: self.now)

    def acts(self, *calls: Call) -> list[bool]:
        return [bool(self.book.acting_on(one)) for one in calls]


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_the_shipped_scenarios_load(path: Path) -> None:
    scenario = load_scenario(path)
    assert scenario.rules or scenario.clones


def test_the_example_of_the_readme_loads() -> None:
    readme = (PROJECT / "README.md").read_text()
    example = readme.partition("```toml\n")[2].partition("```")[0]
    assert len(parse_scenario(tomllib.loads(example)).rules) == 2


def test_an_empty_scenario_is_one() -> None:
    assert parse_scenario({}) == Scenario()


def test_dates_and_nan_come_from_toml(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text(
        "[[rules]]\neffect = {kind = 'restate', factor = 0.5, before = 2013-02-20}\n"
        "[[rules]]\neffect = {kind = 'set', fields = {close = nan}}\n"
    )

    first, second = load_scenario(path).rules

    assert isinstance(first.what, Restate)
    assert str(first.what.before) == "2013-02-20"
    assert str(second.what.model_dump()["fields"]["close"]) == "nan"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"colour": "red"}, "colour: Extra inputs are not permitted"),
        ({"rules": [{"preset": "no-data", "symbol": "IBM"}]}, "rules.0.symbol: Extra inputs"),
        ({"rules": [{"preset": "nodata"}]}, "no preset 'nodata'; choose among invalid-key, "),
        ({"rules": [{}]}, "give either preset or effect"),
        (
            {"rules": [{"preset": "no-data", "effect": {"kind": "reset"}}]},
            "give either preset or effect",
        ),
        ({"rules": [{"effect": {"kind": "explode"}}]}, "'latency', 'answer'"),
        (
            {"rules": [{"effect": {"kind": "truncate", "share": 2}}]},
            "rules.0.effect.truncate.share: Input should be less than 1",
        ),
        ({"limit": {"calls": 0}}, "limit.calls: Input should be greater"),
        ({"limit": {"calls": 5, "counting": "loose"}}, "'fixed' or 'sliding'"),
        (
            {"rules": [{"effect": {"kind": "answer", "message": "a", "body": "b"}}]},
            "give either message or body",
        ),
    ],
)
def test_mistakes_are_named_with_their_place(content: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=r"the scenario x is wrong: .*; correct it") as raised:
        parse_scenario(content, name="x")
    assert message in str(raised.value)


def test_a_file_that_is_missing_or_no_toml(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="correct the path"):
        load_scenario(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("rules = [")
    with pytest.raises(ValueError, match="is no TOML"):
        load_scenario(tmp_path / "bad.toml")


@pytest.mark.parametrize("as_flag", [True, False])
def test_the_command_refuses_a_bad_scenario(tmp_path: Path, as_flag: bool) -> None:
    path = tmp_path / "bad.toml"
    path.write_text("colour = 'red'")
    flags = ["--scenario", str(path)] if as_flag else []
    environment = {} if as_flag else {"REPLAY_SCENARIO": str(path)}

    ended = subprocess.run(
        [sys.executable, "-m", "replay", "--port", "0", *flags],
        cwd=PROJECT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == 2
    assert f"replay: the scenario {path} is wrong: colour" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_endpoints_and_symbols() -> None:
    book = Book(endpoints=["profile"], symbols=["IBM"])

    calls = [call("IBM", "profile"), call("AAPL", "profile"), call("IBM"), call("", "profile")]
    assert book.acts(*calls) == [True, False, False, False]


def test_edits_for_symbols_reach_into_bulk_files() -> None:
    effect = {"kind": "drop", "fields": ["close"]}
    assert Book(symbols=["IBM"], preset=None, effect=effect).acts(call("", "eod-bulk")) == [True]


def test_numbers_of_calls() -> None:
    seven = [call() for _ in range(7)]
    assert Book(calls=[1, 3]).acts(*seven) == [True, False, True, *[False] * 4]
    assert Book(every=3).acts(*seven) == [False, False, True, False, False, True, False]
    assert Book(from_call=3, to_call=4).acts(*seven) == [False] * 2 + [True] * 2 + [False] * 3


def test_numbers_of_calls_by_symbol_and_by_request() -> None:
    calls = [call("IBM"), call("AAPL"), call("IBM"), call("IBM", query="symbol=IBM&from=x")]

    assert Book(calls=[1]).acts(*calls) == [True, False, False, False]
    assert Book(calls=[1], count_by="symbol").acts(*calls) == [True, True, False, False]
    assert Book(calls=[1], count_by="request").acts(*calls) == [True, True, False, True]


def test_a_window_of_time_begins_at_the_reset() -> None:
    book = Book(after_seconds=10, until_seconds=20)

    assert book.acts(call()) == [False]
    book.now += 10
    assert book.acts(call()) == [True]
    book.now += 10
    assert book.acts(call()) == [False]
    book.book.reset()
    book.now += 15
    assert book.acts(call()) == [True]


def test_chance_depends_on_the_seed_and_not_on_the_order_of_calls() -> None:
    calls = [call(f"S{n}") for n in range(400)]

    first = Book(seed=7, probability=0.25).acts(*calls)

    assert 70 < sum(first) < 130
    assert Book(seed=7, probability=0.25).acts(*reversed(calls)) == first[::-1]
    assert Book(seed=8, probability=0.25).acts(*calls) != first
    again = Book(seed=7, probability=0.25)
    assert again.acts(*calls) != again.acts(*calls), "a repeated request has a chance of its own"


def test_fixed_windows_begin_at_multiples_of_their_length() -> None:
    now = 9.0
    limit = FixedWindows(Limit(calls=2, window_seconds=10), clock=lambda: now)

    assert [limit.allow("a") for _ in range(3)] == [True, True, False]
    assert limit.allow("b"), "each key for itself"
    now = 10.0
    assert [limit.allow("a") for _ in range(3)] == [True, True, False]


def test_a_sliding_window_ends_at_each_call() -> None:
    now = 9.0
    limit = SlidingWindow(Limit(calls=2, window_seconds=10), clock=lambda: now)

    assert limit.allow("a")
    now = 12.0
    assert [limit.allow("a"), limit.allow("a")] == [True, False]
    now = 18.9
    assert not limit.allow("a")
    now = 19.0
    assert [limit.allow("a"), limit.allow("a")] == [True, False]


def test_refused_calls_count_where_the_scenario_says_so() -> None:
    now = 0.0
    rule = Limit(calls=1, window_seconds=10, counting="sliding", count_refused=True)
    limit = SlidingWindow(rule, clock=lambda: now)

    def at(moment: float) -> bool:
        nonlocal now
        now = moment
        return limit.allow("a")

    assert [at(0), at(5), at(14), at(23), at(40)] == [True, False, False, False, True]


def test_every_preset_has_a_model() -> None:
    for name in PRESETS:
        assert parse_scenario({"rules": [{"preset": name}]}).rules[0].label == name
