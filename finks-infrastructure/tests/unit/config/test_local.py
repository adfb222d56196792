from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from config import local as settings
from config.local import LocalSettings, SettingsError


@pytest.fixture
def env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty .env.local of the test's own, and none of the user's variables."""
    for field in LocalSettings.model_fields.values():
        monkeypatch.delenv(str(field.alias), raising=False)
    path = tmp_path / ".env.local"
    monkeypatch.setitem(LocalSettings.model_config, "env_file", path)
    return path


def test_without_settings_fmp_is_the_replay_and_today_its_last_day(env_file: Path) -> None:
    found = settings.load()
    assert not env_file.exists()
    assert found.fmp_base_url == "http://127.0.0.1:4600/stable"
    assert found.clock == date(2013, 3, 1)


def test_env_local_switches_to_the_real_api_and_the_real_day(env_file: Path) -> None:
    env_file.write_text("FMP_BASE_URL=https://fmp.example/stable\nFMP_API_KEY=abc\n")
    found = settings.load()
    assert not found.uses_replay
    assert found.fmp_base_url == "https://fmp.example/stable"
    assert found.clock is None


def test_the_environment_wins_over_env_local(
    env_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env_file.write_text("FINKS_CLOUD_PORT=5001\n")
    monkeypatch.setenv("FINKS_CLOUD_PORT", "5002")
    assert settings.load().cloud_url == "http://127.0.0.1:5002"


def test_symbols_are_comma_separated_and_upper_case(
    env_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not env_file.exists()
    monkeypatch.setenv("FINKS_SYMBOLS", "aapl, ibm,")
    assert settings.load().symbols == ("AAPL", "IBM")


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("FINKS_CLOUD_PORT=70000", "FINKS_CLOUD_PORT"),
        ("FINKS_PREFECT_PORT=4566", "have to differ"),
        ("FINKS_TODAY=yesterday", "FINKS_TODAY"),
        ("FMP_BASE_URL=https://fmp.example/stable", "FMP_API_KEY"),
        ("FINKS_SYMBOLS=,", "FINKS_SYMBOLS"),
        ("FINKS_CLOUD_PROT=4566", "finks_cloud_prot"),
    ],
)
def test_a_wrong_line_is_named(env_file: Path, line: str, named: str) -> None:
    env_file.write_text(f"{line}\n")
    with pytest.raises(SettingsError, match=named):
        settings.load()
