"""Scenario files: TOML with the rules by which the replay misbehaves. See replay/scenarios/.

All conditions of a rule have to hold for it to act on a call. Calls are counted once they have
passed the key and the limit, from 1, and only those that a rule's endpoints and symbols fit.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from replay.effects import Effect, Strict
from replay.presets import PRESETS


class Plan(Strict):
    """What the subscription has."""

    batch: bool = True
    bulk: bool = False


class Limit(Strict):
    """Strict counting of calls, of each key, in windows of `window_seconds`.

    `fixed` windows begin at whole multiples of their length on the server's clock; a `sliding`
    one ends at each call. `count_refused` makes refused calls count as well. `bandwidth_bytes`
    is what all bodies together may have before every call is refused.
    """

    calls: int = Field(ge=1)
    window_seconds: float = Field(default=60, gt=0)
    counting: Literal["fixed", "sliding"] = "fixed"
    count_refused: bool = False
    bandwidth_bytes: int | None = Field(default=None, ge=0)


class Rule(Strict):
    """When to act (`probability` last, of the calls that fit otherwise), and one effect."""

    name: str = ""
    endpoints: list[str] = Field(default_factory=list)
    symbols: list[str] = Field(default_factory=list)
    calls: list[int] = Field(default_factory=list)
    every: int | None = Field(default=None, ge=1)
    from_call: int | None = Field(default=None, ge=1)
    to_call: int | None = Field(default=None, ge=1)
    count_by: Literal["rule", "symbol", "request"] = "rule"
    probability: float | None = Field(default=None, ge=0, le=1)
    after_seconds: float | None = Field(default=None, ge=0)
    until_seconds: float | None = Field(default=None, gt=0)
    preset: str | None = None
    effect: Effect | None = None

    @model_validator(mode="after")
    def _one_effect(self) -> Self:
        if (self.preset is None) == (self.effect is None):
            raise ValueError("give either preset or effect")
        if self.preset is not None and self.preset not in PRESETS:
            raise ValueError(
                f"there is no preset {self.preset!r}; choose among {', '.join(PRESETS)}"
            )
        return self

    @property
    def what(self) -> Effect:
        """The effect, whether it is written out or named."""
        return PRESETS[self.preset] if self.preset else self.effect  # type: ignore[return-value]

    @property
    def label(self) -> str:
        """What the list of calls says about it."""
        return self.name or self.preset or self.what.kind


class Scenario(Strict):
    """A scenario file; an empty one changes nothing but that calls are recorded.

    `prerendered` keeps the body of every answer once it was made, for benchmarks.
    """

    description: str = ""
    seed: int = 0
    clones: int = Field(default=0, ge=0, le=100_000)
    prerendered: bool = False
    plan: Plan = Plan()
    limit: Limit | None = None
    rules: list[Rule] = Field(default_factory=list)


def load_scenario(path: Path) -> Scenario:
    """Read a scenario file. Raises ValueError with a message that ends in the remedy."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"cannot read the scenario {path} ({error}); correct the path") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"the scenario {path} is no TOML: {error}; correct it") from None
    return parse_scenario(content, name=str(path))


def parse_scenario(content: dict[str, Any], *, name: str = "") -> Scenario:
    """A scenario from the tables of its file. Raises ValueError that names every mistake."""
    try:
        return Scenario.model_validate(content)
    except ValidationError as error:
        lines = [
            f"{'.'.join(str(part) for part in item['loc']) or 'the file'}: {item['msg']}"
            for item in error.errors(include_url=False)
        ]
        raise ValueError(f"the scenario {name} is wrong: {'; '.join(lines)}; correct it") from None
