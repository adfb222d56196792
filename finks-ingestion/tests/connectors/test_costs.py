"""What a plan announces is what the calls then are, whichever endpoints the account has."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.answers import Answer
from connectors.costs import Expected, expect
from connectors.datasets import Dataset
from connectors.endpoints import Call
from connectors.fetching import Fetcher, Outcome
from connectors.fmp.client import FmpClient
from connectors.fmp.datasets import COMPANY_PROFILE, HISTORICAL_PRICE_EOD, QUOTES
from connectors.fmp_bulk.datasets import EOD_BULK
from connectors.plan import plan_dataset
from connectors.progress import Progress
from replay.scenario import parse_scenario
from replay.serving import Running, running_replay
from replay.settings import ReplaySettings
from tests.conftest import KEY, SYMBOLS
from tests.connectors.fmp.test_connector import settings as fmp_settings
from utils.dates import Window
from utils.ordered_pool import OrderedPool

TODAY = date(2013, 3, 1)
FIXED = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def small(dataset: Dataset, size: int) -> Dataset:
    """A dataset whose batches, spans and thresholds are of the size of a test."""
    first, *others = dataset.endpoints
    changed = replace(
        first,
        batch=first.batch if first.batch in (1, None) else size,
        days=first.days and (1 if first.batch is None else 7 * size),
        least_symbols=size if first.least_symbols > 1 else 1,
    )
    return replace(dataset, endpoints=(changed, *others))


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Dataset, tuple[str, ...], Window]:
    dataset = draw(st.sampled_from([HISTORICAL_PRICE_EOD, EOD_BULK, QUOTES, COMPANY_PROFILE]))
    symbols = draw(st.lists(st.sampled_from([*SYMBOLS, "ZZZZ"]), min_size=1, unique=True))
    days = st.dates(date(2013, 1, 25), TODAY)
    window = Window(*sorted([draw(days), draw(days)]))
    if dataset.observed:
        window = Window(window.start, TODAY)
    return small(dataset, draw(st.integers(1, 4))), tuple(symbols), window


@dataclass(frozen=True)
class FmpSource:
    """The client alone, without a connector around it."""

    client: FmpClient

    def get[T](self, call: Call, read: Callable[[bytes], T]) -> T:
        return self.client.get(call.endpoint.path, call.parameters, str(call), read)


def expected_of(dataset: Dataset, symbols: Sequence[str], window: Window) -> Expected:
    plan = plan_dataset(dataset, window, symbols, {}, today=TODAY, force=False)
    return expect(dataset, plan, plan.asks)


def outcomes_of(expected: Expected, client: FmpClient) -> list[Outcome]:
    pool = OrderedPool(2)
    fetcher = Fetcher(FmpSource(client), pool, Progress(), TODAY)
    plan = expected.plan
    try:
        return list(fetcher.outcomes(expected.dataset, plan.asks, plan.dates_to_ask))
    finally:
        pool.close()


Client = Callable[[Running], FmpClient]


@pytest.fixture
def client() -> Iterator[Client]:
    with ExitStack() as stack:

        def start(replay: Running) -> FmpClient:
            limits = {"fmp_calls_per_minute": 100_000, "fmp_state_dir": "off"}
            made = FmpClient(fmp_settings(replay.url).model_copy(update=limits))
            stack.callback(made.close)
            return made

        yield start


def replay_of(**scenario: Any) -> Any:
    return running_replay(
        ReplaySettings(api_keys=frozenset({KEY}), calls_per_minute=100_000),
        scenario=parse_scenario(scenario),
    )


@pytest.fixture(scope="module")
def generous() -> Iterator[Running]:
    """An account that may do everything."""
    with replay_of(plan={"batch": True, "bulk": True}) as replay:
        yield replay


@pytest.fixture(scope="module")
def poor() -> Iterator[Running]:
    """An account without batch and bulk."""
    with replay_of(plan={"batch": False, "bulk": False}) as replay:
        yield replay


@pytest.fixture(scope="module")
def picky() -> Iterator[Running]:
    """An account that may have batches, but with none of the symbols that are in them."""
    rule = {"endpoints": ["batch-quote"], "preset": "premium-symbol"}
    with replay_of(plan={"batch": True, "bulk": True}, rules=[rule]) as replay:
        yield replay


def made(replay: Running, before: Mapping[str, Any]) -> int:
    return int(replay.log["total"]) - int(before["total"])


def names(calls: Sequence[Call]) -> list[str]:
    return sorted(str(call) for call in calls)


@FIXED
@given(world=worlds())
def test_calls_are_those_that_were_announced(
    generous: Running, client: Client, world: tuple[Dataset, tuple[str, ...], Window]
) -> None:
    """But for symbols that the profiles of the market do not have: these are asked for singly."""
    dataset, symbols, window = world
    expected = expected_of(dataset, symbols, window)
    before = generous.log

    found = outcomes_of(expected, client(generous))

    fallbacks = sum(
        dataset is not HISTORICAL_PRICE_EOD and not e.exhaustive and "ZZZZ" in symbols
        for e in dataset.endpoints
        if len(symbols) >= e.least_symbols
    )
    assert made(generous, before) == len(expected.calls) + fallbacks
    assert made(generous, before) <= expected.most.calls
    assert all(isinstance(outcome, Answer) for outcome in found)


@FIXED
@given(world=worlds())
def test_what_is_refused_costs_no_more_than_the_bound(
    poor: Running, picky: Running, client: Client, world: tuple[Dataset, tuple[str, ...], Window]
) -> None:
    dataset, symbols, window = world
    expected = expected_of(dataset, symbols, window)
    for replay in (poor, picky):
        before = replay.log
        found = outcomes_of(expected, client(replay))

        assert made(replay, before) <= expected.most.calls
        if dataset.name != EOD_BULK.name and expected.plan.window:
            answered = [s for o in found if isinstance(o, Answer) for s in o.symbols]
            assert sorted(answered) == sorted(symbols)


def test_each_batch_may_be_refused_for_one_of_its_symbols(picky: Running, client: Client) -> None:
    """Three batches, and five symbols one by one."""
    expected = expected_of(small(QUOTES, 2), SYMBOLS, Window(TODAY, TODAY))
    before = picky.log

    outcomes_of(expected, client(picky))

    assert made(picky, before) == 8 == expected.most.calls
    assert len(expected.calls) == 3


def test_the_profiles_of_the_market_end_with_an_empty_page() -> None:
    expected = expected_of(small(COMPANY_PROFILE, 2), SYMBOLS, Window(TODAY, TODAY))

    assert names(expected.calls) == ["profile-bulk part=0", "profile-bulk part=1"]
    assert expected.most.calls == 7
    assert expected.most.received == 2 * 5 * 5000, "whoever it is that brings them"


def test_with_few_symbols_the_whole_market_costs_more() -> None:
    expected = expected_of(COMPANY_PROFILE, SYMBOLS, Window(TODAY, TODAY))

    assert names(expected.calls) == [f"profile symbol={s}" for s in SYMBOLS]
    assert expected.most.calls == 5


def test_days_of_the_market_that_are_complete_need_no_call() -> None:
    window = Window(date(2013, 2, 15), date(2013, 2, 19))

    assert names(expected_of(EOD_BULK, SYMBOLS, window).calls) == [
        "eod-bulk date=2013-02-15",
        "eod-bulk date=2013-02-19",
    ]


def test_nothing_to_do_costs_nothing() -> None:
    weekend = Window(date(2013, 2, 16), date(2013, 2, 17))
    expected = expected_of(HISTORICAL_PRICE_EOD, SYMBOLS, weekend)

    assert (expected.calls, expected.most.calls, expected.most.received) == ((), 0, 0)


def test_a_long_history_is_asked_for_in_parts() -> None:
    window = Window(date(2003, 3, 3), TODAY)
    expected = expected_of(HISTORICAL_PRICE_EOD, ["AAPL", "IBM"], window)

    assert len(expected.calls) == expected.most.calls == 2 * 3
    # 252 trading days a year, of at most 320 bytes.
    assert expected.most.received == pytest.approx(2 * 2520 * 320, rel=0.01)
