from __future__ import annotations

from itertools import pairwise

import pytest

from blueprint.lifecycle import (
    ATHENA_RESULTS_PREFIX,
    SUPERSEDED_TAG,
    LifecycleRule,
    Transition,
    lifecycle,
)
from blueprint.names import ZONES, Names

_FEWEST_DAYS = 30
"""Age from which S3 moves objects into Standard-IA, and stay there before they move on."""


def rules(zone: str) -> dict[str, LifecycleRule]:
    found = lifecycle(zone, noncurrent_days=30, superseded_run_days=90, log_days=7)
    assert len({rule.name for rule in found}) == len(found)
    return {rule.name: rule for rule in found}


@pytest.mark.parametrize("zone", ZONES)
def test_leftovers_are_collected_in_every_bucket(zone: str) -> None:
    leftovers = rules(zone)["leftovers"]
    assert leftovers.prefix is None
    assert leftovers.tag is None, "S3 refuses rules about uploads that filter by tag"
    assert leftovers.noncurrent_days == 30
    assert leftovers.aborted_upload_days == 7
    assert leftovers.expire_delete_markers


@pytest.mark.parametrize("zone", ZONES)
def test_no_rule_says_what_s3_refuses(zone: str) -> None:
    for rule in rules(zone).values():
        assert not (rule.expire_days and rule.expire_delete_markers)
        assert not (rule.prefix and rule.tag), "the two together need the form And"
        ages = [0, *(move.days for move in rule.transitions)]
        assert all(later - age >= _FEWEST_DAYS for age, later in pairwise(ages))


def test_bronze_gets_colder_and_never_expires() -> None:
    bronze = rules("bronze")
    assert bronze["colder"].transitions == (
        Transition(30, "STANDARD_IA"),
        Transition(90, "GLACIER_IR"),
    )
    assert all(rule.expire_days is None for rule in bronze.values())


def test_of_silver_only_superseded_runs_expire() -> None:
    silver = rules("silver")
    assert silver["colder"].transitions == (Transition(60, "STANDARD_IA"),)
    expiring = [rule for rule in silver.values() if rule.expire_days is not None]
    assert [(rule.tag, rule.expire_days) for rule in expiring] == [(SUPERSEDED_TAG, 90)]


def test_gold_never_expires() -> None:
    assert set(rules("gold")) == {"leftovers"}


def test_logs_expire_with_the_retention_of_the_stack() -> None:
    assert rules("logs")["retention"].expire_days == 7


def test_of_artifacts_only_query_results_expire() -> None:
    expiring = [rule for rule in rules("artifacts").values() if rule.expire_days is not None]
    assert [(rule.prefix, rule.expire_days) for rule in expiring] == [("athena-results/", 7)]
    assert Names("dev", "x").athena_results.endswith(f"/{ATHENA_RESULTS_PREFIX}")
