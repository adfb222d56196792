"""Calls that are refused before anything is started, each with a way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.cli import main

BAD_CALL = 2


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINKS_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("FINKS_TODAY", "2013-03-01")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "DATE=2013-02-15"),
        (["--from", "2013-02-01"], "FROM=2013-02-11 TO=2013-02-15"),
        (["--date", "2013-03-04"], "today is 2013-03-01"),
        (["--from", "2013-02-10", "--to", "2013-02-01"], "exchange the two"),
        (["--date", "2013-02-01", "--to", "2013-02-02"], "give one day, or both ends"),
    ],
)
def test_a_window_that_cannot_be_run_is_refused(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main(["pipeline", *arguments]) == BAD_CALL
    assert said in capsys.readouterr().err


def test_a_malformed_date_is_refused_with_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["pipeline", "--date", "2013-02-30"])
    assert left.value.code == BAD_CALL
    assert "YYYY-MM-DD" in capsys.readouterr().err


def test_an_unknown_service_is_refused_with_the_known_ones(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["logs", "nope"]) == BAD_CALL
    assert "cloud, replay, prefect, worker" in capsys.readouterr().err


def test_reset_without_anybody_to_ask_deletes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "state" / "kept"
    kept.parent.mkdir()
    kept.write_text("data")

    def nobody(_: str = "") -> str:
        raise EOFError

    monkeypatch.setattr("builtins.input", nobody)
    assert main(["reset"]) == 1
    assert kept.read_text() == "data"
    assert "YES=1" in capsys.readouterr().out


def test_the_status_of_a_stopped_stack_says_how_to_start_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["status"]) == 1
    assert "make start" in capsys.readouterr().out
