"""What a run has to say at its end: per dataset, and as the one summary line on stdout."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from connectors.errors import UNFORESEEN, ExitCode
from utils.latency import LatencyStatistic

Status = Literal["complete", "incomplete", "skipped"]


@dataclass
class DatasetReport:
    """The outcome of one dataset; the `failed` ones come with their reason."""

    name: str
    status: Status = "complete"
    reason: str = ""
    rows: int = 0
    files: list[str] = field(default_factory=list)
    dates_committed: list[date] = field(default_factory=list)
    dates_incomplete: list[date] = field(default_factory=list)
    dates_complete_before: list[date] = field(default_factory=list)
    dates_without_records: list[date] = field(default_factory=list)
    symbols_received: list[str] = field(default_factory=list)
    symbols_empty: list[str] = field(default_factory=list)
    symbols_failed: dict[str, str] = field(default_factory=dict)
    dates_failed: dict[date, str] = field(default_factory=dict)
    """Dates without an answer, where a call brings days of the whole market."""
    records_rejected: int = 0
    quarantine: str | None = None
    drift: list[str] = field(default_factory=list)
    records_on_closed_days: int = 0
    symbols_restated: list[str] = field(default_factory=list)
    dates_restated: list[date] = field(default_factory=list)
    dates_taken: list[date] = field(default_factory=list)
    """Dates that another run committed while this one worked."""
    transient_failure: bool = False
    partly_there: bool = False
    """Bronze has a part of these dates, and single calls for the rest have failed."""

    def warn(self, reason: str) -> None:
        """Mark the dataset incomplete, for one more reason."""
        self.status = "incomplete"
        self.reason = f"{self.reason}; {reason}" if self.reason else reason


@dataclass
class RunReport:
    """The outcome of a run."""

    connector: str
    run_id: str
    correlation_id: str
    window: tuple[date, date] | None = None
    symbols: list[str] = field(default_factory=list)
    today: date | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    datasets: list[DatasetReport] = field(default_factory=list)
    api_calls: int = 0
    retries: int = 0
    phases: dict[str, float] = field(default_factory=dict)
    """Seconds of each phase that was reached."""
    latency: LatencyStatistic = field(default_factory=LatencyStatistic)
    exit_code: int = ExitCode.COMPLETE
    error: str | None = None

    @property
    def status(self) -> str:
        """The exit code in a word."""
        return "failed" if self.exit_code == UNFORESEEN else ExitCode(self.exit_code).name.lower()

    @property
    def duration_seconds(self) -> float | None:
        """How long the run took; None as long as it has not ended."""
        if self.started_at and self.finished_at:
            return round((self.finished_at - self.started_at).total_seconds(), 3)
        return None

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Count the seconds of the block to a phase of the run."""
        began = time.monotonic()
        try:
            yield
        finally:
            spent = self.phases.get(name, 0.0) + time.monotonic() - began
            self.phases[name] = round(spent, 3)

    def conclude(self) -> None:
        """Derive the exit code from the datasets.

        When nothing at all could be fetched the cause decides; a part of the data, also one that
        bronze had before, makes the run incomplete.
        """
        bad = [d for d in self.datasets if d.status == "incomplete"]
        if not bad:
            self.exit_code = ExitCode.COMPLETE
            return
        self.error = "; ".join(f"{d.name}: {d.reason}" for d in bad)
        failed = any(d.symbols_failed or d.dates_failed for d in bad)
        if any(d.rows or d.partly_there for d in self.datasets) or not failed:
            self.exit_code = ExitCode.INCOMPLETE
        elif any(d.transient_failure for d in bad):
            self.exit_code = ExitCode.TRANSIENT_ERROR
        else:
            self.exit_code = ExitCode.PERMANENT_SOURCE_ERROR

    def summary(self) -> dict[str, Any]:
        """The summary line, ready for JSON (dates by `default=str`)."""
        return {
            "event": "summary",
            "connector": self.connector,
            "run_id": self.run_id,
            "correlation_id": self.correlation_id,
            "status": self.status,
            "exit_code": int(self.exit_code),
            "error": self.error,
            "window": ({"start": self.window[0], "end": self.window[1]} if self.window else None),
            "today": self.today,
            "symbols": self.symbols,
            "rows": sum(d.rows for d in self.datasets),
            "api_calls": self.api_calls,
            "retries": self.retries,
            "duration_seconds": self.duration_seconds,
            "phases": self.phases,
            "datasets": {d.name: _compact(d) for d in self.datasets},
        }


def _compact(report: DatasetReport) -> dict[str, Any]:
    """Spans instead of dates, and symbols without their reasons, which `reason` has already.

    A log line has a limit, and the summary of years of many symbols would exceed it.
    """
    fields = asdict(report)
    del fields["name"], fields["transient_failure"], fields["partly_there"]
    for name in ("dates_committed", "dates_complete_before"):
        fields[name] = _span(fields[name])
    for name in ("symbols_failed", "dates_failed"):
        fields[name] = list(fields[name])
    restated = {"symbols": fields.pop("symbols_restated"), "dates": _span(report.dates_restated)}
    del fields["dates_restated"]
    fields["restated"] = restated
    return fields


def _span(days: list[date]) -> dict[str, Any]:
    return {"count": len(days), "first": min(days, default=None), "last": max(days, default=None)}
