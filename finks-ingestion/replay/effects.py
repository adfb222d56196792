"""What a rule of a scenario does to a call: models of the file's `effect` tables.

Four groups, applied in this order: waiting, an answer in place of the replay's own, edits of the
records, and damage on the way to the client.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

FieldType = Literal["string", "number", "boolean", "object", "list", "null"]


class Strict(BaseModel):
    """A table of a scenario file: a key that it does not know is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Latency(Strict):
    """Wait before answering: `milliseconds`, and up to `jitter` more, evenly spread."""

    kind: Literal["latency"]
    milliseconds: float = Field(ge=0)
    jitter: float = Field(default=0, ge=0)


class Reply(Strict):
    """Answer this instead: `message` as FMP's JSON error object, or a `body` as it stands."""

    kind: Literal["answer"]
    status: int = Field(default=200, ge=200, le=599)
    message: str | None = None
    body: str = ""
    content_type: str = "text/plain; charset=utf-8"
    headers: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        if self.message is not None and self.body:
            raise ValueError("give either message or body")
        return self


class _Edit(Strict):
    """Edits the records at the positions `records` (0 is the first sent), or all of them."""

    records: list[int] | None = None


class Restate(_Edit):
    """A split: prices of bars before `before` times `factor`, volumes divided by it."""

    kind: Literal["restate"]
    factor: float = Field(gt=0, allow_inf_nan=False)
    before: date | None = None


class SetFields(_Edit):
    """Give fields a value: new fields, a wrong symbol, NaN (`nan`), absurd numbers."""

    kind: Literal["set"]
    fields: dict[str, Any] = Field(min_length=1)


class Retype(_Edit):
    """Send the same value as another JSON type."""

    kind: Literal["retype"]
    fields: dict[str, FieldType] = Field(min_length=1)


class Drop(_Edit):
    """Leave fields out."""

    kind: Literal["drop"]
    fields: list[str] = Field(min_length=1)


class OutsideWindow(_Edit):
    """Send copies of records besides, dated `days` before the asked window begins."""

    kind: Literal["outside_window"]
    days: int = Field(default=1, ge=1)


class Duplicate(_Edit):
    """Send records twice; `changes` are values in which the second differs."""

    kind: Literal["duplicate"]
    changes: dict[str, Any] = Field(default_factory=dict)


class Reset(Strict):
    """Reset the connection: before any answer, or `after_bytes` of the body."""

    kind: Literal["reset"]
    after_bytes: int | None = Field(default=None, ge=0)


class Truncate(Strict):
    """Announce the whole body, send a `share` of it and close."""

    kind: Literal["truncate"]
    share: float = Field(default=0.5, ge=0, lt=1)


class Gzip(Strict):
    """Say gzip, and send it damaged inside, cut at its end, or send no gzip at all."""

    kind: Literal["gzip"]
    variant: Literal["damaged", "cut", "plain"] = "damaged"


class Endless(Strict):
    """Send the records again and again, until the client hangs up or `max_bytes` are sent."""

    kind: Literal["endless"]
    max_bytes: int = Field(default=4 * 1024**3, gt=0)


class Drip(Strict):
    """Send `chunk_bytes` at a time, with a pause after each."""

    kind: Literal["drip"]
    chunk_bytes: int = Field(default=16, gt=0)
    interval_milliseconds: float = Field(default=100, gt=0)


Edit = Restate | SetFields | Retype | Drop | OutsideWindow | Duplicate
Damage = Reset | Truncate | Gzip | Endless | Drip
Effect = Annotated[Latency | Reply | Edit | Damage, Field(discriminator="kind")]
EDITS = (Restate, SetFields, Retype, Drop, OutsideWindow, Duplicate)
DAMAGES = (Reset, Truncate, Gzip, Endless, Drip)
