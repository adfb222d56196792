"""What `check` shows on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from replay.scenario import parse_scenario
from replay.serving import running_replay
from tests.conftest import KEY, Lake
from tests.console.pseudo_terminal import Session, run_on_terminal


@pytest.fixture(scope="module")
def small_plan() -> Iterator[str]:
    with running_replay(scenario=parse_scenario({"plan": {"batch": False}})) as replay:
        yield replay.url


def shown(url: str, folder: Path, *arguments: str, key: str = KEY, width: int = 80) -> Session:
    settings = {
        "FMP_API_KEY": key,
        "FMP_BASE_URL": url,
        "FMP_RETRY_SECONDS": "0",
        "FMP_STATE_DIR": str(folder),
    }
    return run_on_terminal(["check", *arguments], settings, width=width, stdout_too=True)


@pytest.mark.parametrize("width", [80, 120])
def test_a_table_with_what_follows_and_fmps_own_words(
    small_plan: str, tmp_path: Path, width: int
) -> None:
    session = shown(small_plan, tmp_path, width=width)

    assert session.code == 0
    assert session.screen[0] == f"fmp at {small_plan}"
    assert session.screen[1].split() == ["tried", "answer", "what", "follows"]
    assert "batch-quote                refused  quote is asked instead" in session.screen
    assert "https://site.financialmodelingprep.com/developer/docs/pricing" in session.text
    text = " ".join(session.text.split())
    assert "batch-quote, profile-bulk, eod-bulk: Restricted Endpoint" in text
    assert session.screen[-1] == "fmp is ready, after 7 calls"
    assert "trying " in session.raw, "for a moment only"
    assert "trying" not in session.text
    assert KEY not in session.raw


def test_bronze_is_named_above_the_table(small_plan: str, tmp_path: Path, lake: Lake) -> None:
    session = shown(small_plan, tmp_path, f"--s3-bucket={lake.name}")

    assert session.code == 0
    assert session.screen[1] == f"bronze at s3://{lake.name}/fmp/"
    assert "list bronze                allowed  nothing is there yet" in session.screen


def test_a_refused_key_is_said_once_with_its_remedy(small_plan: str, tmp_path: Path) -> None:
    session = shown(small_plan, tmp_path, key="wrong-secret-key")

    assert session.code == 3
    text = " ".join(session.text.split())
    assert "fmp is not ready (exit code 3), after 1 call" in text
    assert text.count("Invalid API KEY") == 1
    assert "set a valid key as FMP_API_KEY" in text
    assert "wrong-secret-key" not in session.raw
