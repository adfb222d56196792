"""A split restates history: killed on the way, bronze never keeps two scales unnoticed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from replay.serving import Running, running_replay
from tests.durability.conftest import Bronze, NewBronze, Serve, new_bucket
from tests.durability.gates import FailOnce, Gate
from tests.durability.kills import Killer, Moment
from tests.durability.processes import Ended, Run, Starter
from tests.durability.reader import HISTORY, Commit, problems_of
from tests.durability.rivals import REFUSED_CODES
from tests.durability.s3_server import Fault, S3Server
from tests.durability.worlds import Split, World

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

OLD = World()
SPLIT_DAY = date(2013, 2, 25)
NEW = World({"AAPL": Split(Decimal("0.5"), before=SPLIT_DAY)})
EFFECT = {"kind": "restate", "factor": 0.5, "before": SPLIT_DAY.isoformat()}
SYMBOLS = ("AAPL", "IBM", "MSFT")
BEFORE = ("2013-02-01", "2013-02-22")
WEEK = ("2013-02-25", "2013-02-28")
NEXT_WEEK = ("2013-03-01", "2013-03-01")
DAY, NEXT_DAY = ("2013-02-25",) * 2, ("2013-02-26",) * 2
RESTATED = OLD.days(SYMBOLS, date(2013, 2, 1), date(2013, 2, 22))
NEW_DATES = OLD.days(SYMBOLS, date(2013, 2, 25), date(2013, 2, 28))


@pytest.fixture(scope="module")
def objects(s3: S3Server, starter: Starter, s3_client: S3Client) -> dict[str, bytes]:
    """Bronze before the split."""
    bronze = new_bucket(s3, starter, s3_client)
    with running_replay() as replay:
        ended = start(bronze, replay, "run-before", BEFORE).wait()
    assert ended.code == 0, ended.told
    assert not two_scales(bronze, (OLD,))
    keys = bronze.reader.keys()
    return {key: s3_client.get_object(Bucket=bronze.name, Key=key)["Body"].read() for key in keys}


@pytest.fixture
def new_history(
    new_bronze: NewBronze, objects: dict[str, bytes], s3_client: S3Client
) -> Callable[[], Bronze]:
    """Make buckets with bronze as it was before the split."""

    def new() -> Bronze:
        bronze = new_bronze()
        for key, body in objects.items():
            s3_client.put_object(Bucket=bronze.name, Key=key, Body=body)
        return bronze

    return new


@pytest.fixture
def replay(serve: Serve) -> Running:
    return serve(rules=[{"symbols": ["AAPL"], "effect": EFFECT}])


def start(
    bronze: Bronze, replay: Running, run_id: str, window: tuple[str, ...], **settings: str
) -> Run:
    own = {"RUN_ID": run_id, "SYMBOLS": ",".join(SYMBOLS), "DATASETS": HISTORY}
    own |= {"EXTRACTION_START": window[0], "EXTRACTION_END": window[1]}
    return bronze.start(replay, **(own | settings))


def two_scales(bronze: Bronze, worlds: Sequence[World]) -> dict[date, list[str]]:
    """The dates that are not wholly of one of the worlds, and why not."""
    return {
        commit.day: problems_of(commit, worlds[-1])
        for commit in bronze.reader.commits(HISTORY)
        if all(problems_of(commit, world) for world in worlds)
    }


def whole(commits: Sequence[Commit]) -> list[date]:
    """The dates that are complete, with every symbol."""
    return [c.day for c in commits if c.complete and c.symbols == list(SYMBOLS)]


def restated(ended: Ended) -> list[str]:
    """The symbols whose history a run says it has fetched again."""
    found: list[str] = ended.dataset(HISTORY)["restated"]["symbols"]
    return found


def test_history_before_the_split_is_restated(
    new_history: Callable[[], Bronze], replay: Running
) -> None:
    bronze = new_history()

    ended = start(bronze, replay, "run-week", WEEK).wait()

    assert ended.code == 0, ended.told
    assert two_scales(bronze, (NEW,)) == {}
    assert whole(bronze.reader.commits(HISTORY)) == [*RESTATED, *NEW_DATES]
    assert restated(ended) == ["AAPL"], ended.told
    dates = ended.dataset(HISTORY)["restated"]["dates"]
    assert dates == {"count": len(RESTATED), "first": BEFORE[0], "last": BEFORE[1]}


@pytest.mark.timeout(200)
@pytest.mark.parametrize(
    ("window", "then", "expected"),
    [
        pytest.param(WEEK, WEEK, [*RESTATED, *NEW_DATES], id="it is run again"),
        pytest.param(DAY, NEXT_DAY, RESTATED, id="the next day is run instead"),
    ],
)
def test_killed_while_it_restates(
    window: tuple[str, ...],
    then: tuple[str, ...],
    expected: list[date],
    new_history: Callable[[], Bronze],
    replay: Running,
) -> None:
    """Dates before the window count as well: what the next run compares must not hide them."""
    kills = 0
    for number in (1, 2, 6, 10, 11, 13, 15, 16):
        bronze = new_history()
        moment = Moment("manifest", number, done=number % 2 == 0)
        killer = Killer(moment)
        with bronze.s3.watched("run-killed", killer):
            run = start(bronze, replay, "run-killed", window)
            killer.attack(run)
            killed = run.wait()
        bronze.s3.settle()
        kills += killed.code == -9
        assert killed.code in (0, -9), killed.told
        assert two_scales(bronze, (OLD, NEW)) == {}, moment

        ended = start(bronze, replay, "run-then", then).wait()

        assert ended.code == 0, ended.told
        assert two_scales(bronze, (NEW,)) == {}, f"{moment}: {ended.told}"
        assert set(whole(bronze.reader.commits(HISTORY))) >= set(expected)
    assert kills > 5, "the restatement is a handful of commits, and most moments are within it"


def test_two_runs_restate_at_once(new_history: Callable[[], Bronze], replay: Running) -> None:
    bronze, held = new_history(), Gate("manifest", passing=1)

    with bronze.s3.watched("run-late", held):
        late = start(bronze, replay, "run-late", DAY)
        held.wait()
        first = start(bronze, replay, "run-first", WEEK).wait()
        held.open()
        late_ended = late.wait()

    assert first.code == 0, first.told
    assert restated(first) == ["AAPL"], first.told
    # The late one cannot know whether what the other wrote is restated as well.
    assert late_ended.code in (0, *REFUSED_CODES), late_ended.told
    assert two_scales(bronze, (NEW,)) == {}
    assert whole(bronze.reader.commits(HISTORY)) == [*RESTATED, *NEW_DATES]
    again = start(bronze, replay, "run-again", DAY).wait()
    assert again.code == 0, again.told
    assert two_scales(bronze, (NEW,)) == {}


@pytest.mark.parametrize(
    ("fault", "done"),
    [
        pytest.param(Fault(), True, id="the answer is lost"),
        pytest.param(Fault(503, "SlowDown"), False, id="S3 is slow"),
        pytest.param(Fault(409, "ConditionalRequestConflict"), False, id="S3 has a conflict"),
    ],
)
@pytest.mark.parametrize("number", [1, len(RESTATED)])
def test_a_run_that_restates_is_no_rival_of_itself(
    number: int,
    fault: Fault,
    done: bool,
    new_history: Callable[[], Bronze],
    replay: Running,
) -> None:
    bronze, failing = new_history(), FailOnce("manifest", number, fault, done=done)

    with bronze.s3.watched("run-week", failing):
        ended = start(bronze, replay, "run-week", WEEK).wait()

    assert failing.failed
    assert ended.code == 0, ended.told
    assert two_scales(bronze, (NEW,)) == {}
    assert ended.dataset(HISTORY)["restated"]["dates"]["count"] == len(RESTATED)


@pytest.mark.parametrize(
    "then",
    [
        pytest.param(WEEK, id="it is run again"),
        pytest.param(NEXT_WEEK, id="the next week"),
    ],
)
def test_a_date_that_another_run_took_is_restated_later(
    then: tuple[str, ...], new_history: Callable[[], Bronze], replay: Running, serve: Serve
) -> None:
    """The other run had its bars before the split: what is left of them shows to the next run."""
    bronze, held, stale = new_history(), Gate("manifest"), serve()

    with bronze.s3.watched("run-late", held):
        late = start(bronze, replay, "run-late", WEEK)
        held.wait()
        other = start(bronze, stale, "run-other", ("2013-02-05",) * 2, FORCE="true").wait()
        held.open()
        late_ended = late.wait()

    assert other.code == 0, other.told
    assert late_ended.code in REFUSED_CODES, late_ended.told
    assert two_scales(bronze, (OLD, NEW)) == {}
    ended = start(bronze, replay, "run-then", then).wait()
    assert ended.code == 0, ended.told
    assert two_scales(bronze, (NEW,)) == {}, ended.told


def test_a_symbol_is_added_to_dates_that_another_run_restates(
    new_history: Callable[[], Bronze], replay: Running
) -> None:
    """What the late run wants to stand beside is not there any more: it adds to what is."""
    bronze, held = new_history(), Gate("manifest")
    days = ("2013-02-05", "2013-02-06")

    with bronze.s3.watched("run-late", held):
        late = start(bronze, replay, "run-late", days, SYMBOLS="GOOG")
        held.wait()
        first = start(bronze, replay, "run-first", WEEK).wait()
        held.open()
        late_ended = late.wait()

    assert first.code == late_ended.code == 0, late_ended.told
    assert restated(first) == ["AAPL"], first.told
    assert "another run committed" in late_ended.told
    assert two_scales(bronze, (NEW,)) == {}
    with_it = [c.day.isoformat() for c in bronze.reader.commits(HISTORY) if "GOOG" in c.symbols]
    assert with_it == list(days)
    assert all(len(c.symbols) >= 3 and c.complete for c in bronze.reader.commits(HISTORY))
