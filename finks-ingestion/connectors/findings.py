"""What a check finds out: one finding for each thing that a run would need or use."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import Field

from connectors.datasets import Dataset
from connectors.errors import ExitCode
from connectors.flags import TARGET, Command
from connectors.settings import CallSettings
from connectors.values import BucketName

Status = Literal["allowed", "refused", "failed", "untried"]
Trying = Callable[[str], object]
"""Told what is tried next."""


@dataclass(frozen=True)
class Finding:
    """One thing that was tried.

    `said` is the answer in the words of whoever gave it, `consequence` what the connector does
    about it, or a person has to do. `problem` is the exit code of a run that needs it, and None
    when runs get along.
    """

    subject: str
    status: Status
    said: str = ""
    consequence: str = ""
    problem: ExitCode | None = None


@dataclass
class CheckReport:
    """The outcome of a check; `error` ends with the remedy."""

    source: str
    address: str = ""
    bronze: str = ""
    """Where bronze is; empty when it was not tried."""
    findings: list[Finding] = field(default_factory=list)
    calls: int = 0
    exit_code: ExitCode = ExitCode.COMPLETE
    error: str | None = None

    def conclude(self) -> None:
        """Derive the exit code from the findings: that of the first problem."""
        problems = [(f, f.problem) for f in self.findings if f.problem is not None]
        if problems:
            self.exit_code = problems[0][1]
            self.error = "; ".join(f"{f.subject}: {f.consequence}" for f, _ in problems)

    def summary(self) -> dict[str, Any]:
        """The outcome, ready for JSON."""
        return {
            "event": "check",
            "source": self.source,
            "address": self.address,
            "bronze": self.bronze or None,
            "status": "ready" if self.exit_code is ExitCode.COMPLETE else "not_ready",
            "exit_code": int(self.exit_code),
            "error": self.error,
            "calls": self.calls,
            "findings": [
                {
                    "subject": f.subject,
                    "status": f.status,
                    "said": f.said,
                    "consequence": f.consequence,
                    "is_problem": f.problem is not None,
                }
                for f in self.findings
            ],
        }


class CheckSettings(CallSettings):
    """What a check needs: far less than a run."""

    s3_bucket: BucketName | None = Field(
        None,
        description="the bronze bucket, to be tried too; default none",
        json_schema_extra=TARGET,
    )


class SourceCheck(ABC):
    """Tries what the account of a source may do."""

    settings: CheckSettings

    @abstractmethod
    def __init__(
        self,
        arguments: Sequence[str],
        command: Command,
        needed: Sequence[Dataset],
        others: Mapping[str, Sequence[Dataset]],
    ) -> None:
        """Read the settings. Raises ConnectorError.

        Without what `needed` datasets need the check fails; `others` are those of the sources
        that share the account.
        """

    @abstractmethod
    def run(self, report: CheckReport, trying: Trying) -> None:
        """Fill `report`, also when an error ends the check. Raises ConnectorError."""
