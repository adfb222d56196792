"""README.md lists the rules as they are."""

from __future__ import annotations

import pytest

from catalogue import README, with_table


def test_readme_is_of_today() -> None:
    text = README.read_text()
    assert with_table(text) == text, "write it anew: .venv/bin/python catalogue.py"


def test_readme_without_its_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="no place for the rules"):
        with_table("# Policies")
