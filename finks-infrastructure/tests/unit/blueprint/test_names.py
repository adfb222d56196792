from __future__ import annotations

import pytest

from blueprint.names import ENVIRONMENTS, ZONES, Names

S3_LONGEST_NAME = 63


def test_buckets_of_a_laptop_carry_no_suffix() -> None:
    assert Names("local").buckets["bronze"] == "finks-local-bronze"


def test_buckets_on_aws_carry_the_suffix_and_stay_within_s3s_limit() -> None:
    for environment in ENVIRONMENTS:
        for zone in ZONES:
            bucket = Names(environment, suffix="0123456789ab").bucket(zone)
            assert bucket == f"finks-{environment}-{zone}-0123456789ab"
            assert len(bucket) <= S3_LONGEST_NAME


def test_an_unknown_environment_is_refused_with_the_allowed_ones() -> None:
    with pytest.raises(ValueError, match="local, dev, staging, prod"):
        Names("production")


def test_an_unknown_zone_is_refused_with_the_allowed_ones() -> None:
    with pytest.raises(ValueError, match="bronze, silver, gold"):
        Names("dev").bucket("platinum")
