"""SIGKILL and SIGTERM within an upload in parts: the date stays what it was, and the next run
completes it.

Profiles with long descriptions of noise, which nothing compresses, make a file of three parts.
"""

from __future__ import annotations

import random
import signal
import string
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pytest

from replay.serving import Running
from tests.durability.conftest import Bronze, Serve
from tests.durability.kills import Killer, Moment
from tests.durability.processes import Ended
from tests.durability.reader import is_file
from tests.durability.worlds import World

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PROFILES = "company_profile"
SYMBOLS = ("AAPL", "FB", "GOOG", "IBM", "MSFT")
LETTERS = 5_000_000
"""Of each description; of 64 letters, hence three quarters of it in the file."""
PARTS = 3
STARTED, *SENT, COMPLETED = range(1, PARTS + 3)
"""The writes of an upload, by number."""
MOMENTS = [
    Moment("file", number, done) for number in (STARTED, *SENT, COMPLETED) for done in (False, True)
]


@pytest.fixture(scope="module")
def descriptions() -> Mapping[str, str]:
    chance = random.Random(1)
    letters = string.ascii_letters + string.digits + "-_"
    return {symbol: "".join(chance.choices(letters, k=LETTERS)) for symbol in SYMBOLS}


@pytest.fixture
def noisy(serve: Serve, descriptions: Mapping[str, str]) -> Running:
    rules = [
        {
            "endpoints": ["profile"],
            "symbols": [symbol],
            "effect": {"kind": "set", "fields": {"description": text}},
        }
        for symbol, text in descriptions.items()
    ]
    return serve(rules=rules)


class Upload:
    """Runs that write the profiles of today as one large file."""

    def __init__(self, bronze: Bronze, client: S3Client) -> None:
        self.bronze, self._client = bronze, client

    def run(self, replay: Running, run_id: str, killer: Killer | None = None) -> Ended:
        """Run, and let a killer end it."""
        bronze = self.bronze
        with bronze.s3.watched(run_id, killer or Killer(Moment("file", 0))):
            run = bronze.start(
                replay,
                RUN_ID=run_id,
                SYMBOLS=",".join(SYMBOLS),
                DATASETS=PROFILES,
                EXTRACTION_DATE="2013-03-01",
                FORCE="true",
            )
            if killer:
                killer.attack(run)
            ended = run.wait()
            bronze.s3.settle()
        return ended

    def committed(self) -> dict[str, str]:
        """The descriptions that a reader finds; everything else has to be right."""
        (commit,) = self.bronze.reader.commits(PROFILES)
        assert self.bronze.reader.problems(World()) == []
        assert commit.complete
        return {row["symbol"]: row["description"] for row in commit.rows}

    def files(self) -> set[str]:
        """Keys of files that are there, named by a manifest or not."""
        return set(filter(is_file, self.bronze.reader.keys()))

    def unfinished(self) -> int:
        """Uploads that are neither completed nor given up."""
        found = self._client.list_multipart_uploads(Bucket=self.bronze.name)
        return len(found.get("Uploads", ()))


@pytest.fixture
def upload(bronze: Bronze, s3_client: S3Client) -> Upload:
    return Upload(bronze, s3_client)


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda m: f"{m.at}-{'done' if m.done else 'lost'}")
def test_a_kill_within_an_upload_in_parts_leaves_the_date_as_it_was(
    upload: Upload,
    serve: Serve,
    noisy: Running,
    descriptions: Mapping[str, str],
    moment: Moment,
) -> None:
    assert upload.run(serve(), "before").code == 0
    before, files = upload.committed(), upload.files()

    assert upload.run(noisy, "killed", Killer(moment)).code == -signal.SIGKILL

    assert upload.committed() == before
    whole = (moment.at, moment.done) == (COMPLETED, True)
    begun = (moment.at, moment.done) >= (STARTED, True)
    assert len(upload.files() - files) == whole, "S3 shows no part of a file"
    assert upload.unfinished() == (begun and not whole), "the bucket's lifecycle rule removes it"

    again = upload.run(noisy, "killed" if moment.done else "next")
    assert again.code == 0, again.told
    assert upload.committed() == descriptions


@pytest.mark.parametrize("at", SENT)
def test_a_run_that_is_asked_to_end_takes_back_what_it_sent(
    upload: Upload, noisy: Running, descriptions: Mapping[str, str], at: int
) -> None:
    ended = upload.run(noisy, "ended", Killer(Moment("file", at, done=True), signal.SIGTERM))

    assert ended.code == 6, ended.told
    whole = upload.files() if at == SENT[-1] else set()
    assert upload.bronze.reader.keys().keys() <= whole, "only the last part is followed at once"
    assert upload.unfinished() == 0
    assert upload.run(noisy, "next").code == 0
    assert upload.committed() == descriptions
