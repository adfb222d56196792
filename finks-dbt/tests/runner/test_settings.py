from __future__ import annotations

from datetime import date

import pytest

from runner.settings import ConfigurationError, read_settings
from tests.runner.conftest import ENVIRONMENT


def test_dates_uris_and_selection_are_read() -> None:
    settings = read_settings(
        {
            **ENVIRONMENT,
            "START_DATE": " 2013-01-17",
            "END_DATE": "2013-03-01",
            "DBT_SELECT": "stg_fmp_quotes+ daily_portfolio_summary",
            "GOLD_DATA_URI": "s3://finks-local-gold",
        }
    )
    assert (settings.start_date, settings.end_date) == (date(2013, 1, 17), date(2013, 3, 1))
    assert settings.select == ("stg_fmp_quotes+", "daily_portfolio_summary")
    assert settings.gold_uri == "s3://finks-local-gold/"
    assert settings.region == "ca-central-1"
    assert settings.dbt_environment()["START_DATE"] == "2013-01-17"


def test_empty_settings_count_as_not_set() -> None:
    settings = read_settings({**ENVIRONMENT, "START_DATE": "", "FINKS_TODAY": "", "RUN_ID": ""})
    assert settings.start_date is None
    assert settings.today is None
    assert settings.run_id.startswith("dbt-")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"DBT_TARGET": "production"}, "one of local, dev, staging, prod"),
        ({"DBT_TARGET": "", "ATHENA_WORKGROUP": ""}, "DBT_TARGET, ATHENA_WORKGROUP not set"),
        ({"START_DATE": "2013-02-30"}, "START_DATE is '2013-02-30'; give a calendar day"),
        ({"START_DATE": "20130201"}, "START_DATE is '20130201'"),
        ({"START_DATE": "2013-02-01'; drop table x"}, "give a calendar day"),
        ({"END_DATE": "2013-02-01"}, "without START_DATE"),
        ({"START_DATE": "2013-02-02", "END_DATE": "2013-02-01"}, "before START_DATE 2013-02-02"),
        ({"FINKS_TODAY": "yesterday"}, "FINKS_TODAY is 'yesterday'"),
        ({"ARTIFACTS_URI": "/tmp/artifacts"}, "s3://bucket/prefix/"),
        ({"RUN_ID": "../other"}, "RUN_ID is '../other'"),
    ],
)
def test_bad_settings_are_refused_with_a_remedy(changes: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_settings({**ENVIRONMENT, **changes})
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
