"""The help: complete, in groups, and readable."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from pydantic import Field
from pydantic_settings import BaseSettings

from connectors.__main__ import main
from connectors.errors import ConfigurationError, ExitCode
from connectors.flags import JSON_FLAG, LIMITS, Command, read_flags
from connectors.fmp.settings import FmpSettings

GROUPS = ["What to extract", "Where to", "The source", "Limits", "How to run"]


@pytest.fixture
def help_text(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit) as left:
        main(["fmp", "--help"])
    assert left.value.code == 0
    return capsys.readouterr().out


def sections(text: str) -> dict[str, str]:
    _, *parts = re.split(r"^(\S.*):\n", text, flags=re.MULTILINE)
    return {
        title: " ".join(body.split()) for title, body in zip(parts[::2], parts[1::2], strict=True)
    }


def test_every_setting_has_a_flag_with_its_variable_in_a_group(help_text: str) -> None:
    found = sections(help_text)
    assert [title for title in found if title in GROUPS] == GROUPS
    flags = " ".join(found[group] for group in GROUPS)
    for name in FmpSettings.model_fields.keys() - {"fmp_api_key"}:
        assert f"--{name.replace('_', '-')} " in flags
        assert f"[{name.upper()}]" in flags


def test_groups_and_defaults(help_text: str) -> None:
    found = sections(help_text)
    assert "--symbols SYMBOLS symbols, separated by commas [SYMBOLS]" in found["What to extract"]
    assert "--extraction-date DATE" in found["What to extract"]
    assert "the bronze bucket; required [S3_BUCKET]" in found["Where to"]
    calls = "--fmp-calls-per-minute N the plan's calls per minute; default 300"
    assert f"{calls} [FMP_CALLS_PER_MINUTE]" in found["Limits"]
    assert "--finks-env local|dev|staging|prod" in found["How to run"]
    assert "--json" in found["How to run"]


def test_the_key_has_no_flag_and_the_help_says_why(help_text: str) -> None:
    assert "--fmp-api-key" not in help_text
    assert "FMP_API_KEY: FMP's API key; required" in sections(help_text)["The source"]


def test_examples_and_exit_codes(help_text: str) -> None:
    found = sections(help_text)
    assert "python -m connectors fmp --extraction-date 2013-02-15" in found["Examples"]
    numbers = re.findall(r"^  (\d)  \S", help_text, flags=re.MULTILINE)
    assert numbers == [str(int(code)) for code in ExitCode]


def test_datasets_are_explained(help_text: str) -> None:
    assert "quote Quotes as seen today" in sections(help_text)["Datasets"]


@pytest.mark.parametrize("command", ["", "fmp", "fmp_bulk", "check", "contract"])
def test_no_line_is_wider_than_the_terminal(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with suppress(SystemExit):
        main([*command.split(), "--help"])
    assert max(len(line) for line in capsys.readouterr().out.splitlines()) <= 80


class _Other(BaseSettings):
    plain: int | None = Field(None, description="50 % of [it]")
    limit_seconds: float = Field(2.5, description="how long", json_schema_extra=LIMITS)


def test_a_setting_without_a_group_is_about_how_to_run(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        read_flags(_Other.model_fields, ["--help"], Command("x", "Tries."))

    found = sections(capsys.readouterr().out)
    assert "--plain N 50 % of [it] [PLAIN]" in found["How to run"]
    assert "--limit-seconds SECONDS how long; default 2.5 [LIMIT_SECONDS]" in found["Limits"]


def test_flags_are_read_as_texts_and_only_when_given() -> None:
    given = read_flags(
        _Other.model_fields, ["--plain=3", "--json"], Command("x", switches=((JSON_FLAG, "JSON"),))
    )
    assert given == {"plain": "3"}


def test_an_abbreviated_flag_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="see x --help"):
        read_flags(
            _Other.model_fields, ["--limit=3"], Command("x", switches=((JSON_FLAG, "JSON"),))
        )


@pytest.mark.parametrize("arguments", [["--help"], ["-h"]])
def test_the_commands_are_listed(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 0
    out = capsys.readouterr().out
    assert re.search(r"^  fmp  +\S", out, flags=re.MULTILINE)
    assert re.search(r"^  contract  +\S", out, flags=re.MULTILINE)


@pytest.mark.parametrize("arguments", [[], ["yahoo"], ["contract", "yahoo"]])
def test_an_unknown_command_is_bad_configuration(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "--help" in err
    assert "fmp" in err
