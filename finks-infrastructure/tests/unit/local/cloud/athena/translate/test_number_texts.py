from __future__ import annotations

import pytest

from local.cloud.athena.translate.number_texts import double_to_varchar, java_double


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1.0"), (0.1, "0.1"), (0.0, "0.0"), (-2.5, "-2.5"), (1234567.0, "1234567.0"),
        (1e7, "1.0E7"), (0.001, "0.001"), (0.0001, "1.0E-4"), (1.5e300, "1.5E300"),
        (float("nan"), "NaN"), (float("-inf"), "-Infinity"),
    ],
)  # fmt: skip
def test_java_double(value: float, text: str) -> None:
    assert java_double(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.0, "1.0E0"), (123.456, "1.23456E2"), (0.0, "0E0"), (-0.0, "-0E0"), (1e-5, "1.0E-5")],
)
def test_double_to_varchar(value: float, text: str) -> None:
    assert double_to_varchar(value) == text
