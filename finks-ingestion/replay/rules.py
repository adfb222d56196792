"""Which rules of a scenario act on a call."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from replay.effects import EDITS, Effect
from replay.scenario import Rule


@dataclass(frozen=True)
class Call:
    """A request as rules see it; `query` has no key in it, `key_in` says where that came."""

    endpoint: str
    symbols: tuple[str, ...]
    query: str
    key_in: str = ""

    @property
    def request(self) -> str:
        """Equal for calls that ask for the same."""
        return f"{self.endpoint}?{self.query}"


@dataclass(frozen=True)
class Fired:
    """A rule that acts on a call; `drawn` seeds what it leaves to chance for this call."""

    rule: Rule
    drawn: str

    @property
    def effect(self) -> Effect:
        """What it does."""
        return self.rule.what

    def chance(self, purpose: str) -> float:
        """A number from 0 to 1, always the same for the same purpose."""
        return random.Random(f"{self.drawn}/{purpose}").random()  # noqa: S311 - faults only


class RuleBook:
    """The rules with their counters; not for several threads at once.

    Chance depends on the seed, the rule, the request and how often it came, and not on the order
    in which threads happen to send: the same requests meet the same faults in every run.
    """

    def __init__(
        self, rules: Sequence[Rule], seed: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rules = rules
        self._seed = seed
        self._clock = clock
        self.reset()

    def reset(self) -> None:
        """Begin from the first call and the first second."""
        self._began = self._clock()
        self._counts: Counter[tuple[int, str]] = Counter()
        self._asked: Counter[str] = Counter()

    def acting_on(self, call: Call) -> list[Fired]:
        """The rules that act on a call, in their order; counts it."""
        if not self._rules:
            return []
        self._asked[call.request] += 1
        elapsed = self._clock() - self._began
        fired = []
        for position, rule in enumerate(self._rules):
            if not _fits(rule, call):
                continue
            group = (position, _group(rule, call))
            self._counts[group] += 1
            if not _counted(rule, self._counts[group]) or not _timely(rule, elapsed):
                continue
            drawn = f"{self._seed}/{position}/{call.request}/{self._asked[call.request]}"
            one = Fired(rule, drawn)
            if rule.probability is None or one.chance("whether") < rule.probability:
                fired.append(one)
        return fired


def _fits(rule: Rule, call: Call) -> bool:
    if rule.endpoints and call.endpoint not in rule.endpoints:
        return False
    if not rule.symbols:
        return True
    if not call.symbols:  # a bulk file: its records can be edited, symbol by symbol
        return isinstance(rule.what, EDITS)
    return not set(rule.symbols).isdisjoint(call.symbols)


def _group(rule: Rule, call: Call) -> str:
    if rule.count_by == "rule":
        return ""
    return ",".join(call.symbols) if rule.count_by == "symbol" else call.request


def _counted(rule: Rule, number: int) -> bool:
    return (
        (not rule.calls or number in rule.calls)
        and (rule.every is None or number % rule.every == 0)
        and (rule.from_call is None or number >= rule.from_call)
        and (rule.to_call is None or number <= rule.to_call)
    )


def _timely(rule: Rule, elapsed: float) -> bool:
    return (rule.after_seconds is None or elapsed >= rule.after_seconds) and (
        rule.until_seconds is None or elapsed < rule.until_seconds
    )
