"""Settings from the environment."""

from __future__ import annotations

from datetime import datetime

import pytest
from pydantic import ValidationError

from config import MARKET_TIMEZONE, Settings


def test_lists_are_comma_separated_and_empty_is_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINKS_SYMBOLS", "AAPL, IBM,,")
    monkeypatch.setenv("FINKS_SUBNETS", "")
    settings = Settings()
    assert (settings.symbols, settings.subnets) == (("AAPL", "IBM"), ())


def test_without_a_clock_setting_today_is_that_of_new_york(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINKS_TODAY", "")
    before = datetime.now(MARKET_TIMEZONE).date()
    assert before <= Settings().market_today() <= datetime.now(MARKET_TIMEZONE).date()


def test_bucket_names_end_with_the_suffix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINKS_ENV", "dev")
    monkeypatch.setenv("FINKS_BUCKET_SUFFIX", "a1b2")
    assert Settings().names.bucket("silver") == "finks-dev-silver-a1b2"


def test_an_unknown_environment_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINKS_ENV", "production")
    with pytest.raises(ValidationError, match="'local', 'dev', 'staging' or 'prod'"):
        Settings()
