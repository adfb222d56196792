"""Everything that can go wrong in a flow: permanent errors stop, transient ones are retried."""

from __future__ import annotations

from datetime import date


class PipelineError(Exception):
    """Root of the tree. `transient` says whether the same call may succeed in a moment."""

    transient = False


class PermanentError(PipelineError):
    """Trying again changes nothing: somebody has to act, and the message says how."""


class TransientError(PipelineError):
    """The same call may succeed in a moment."""

    transient = True


class RequestRefusedError(PermanentError):
    """The parameters of a flow run make no sense."""


class ContainerFailedError(PermanentError):
    """A container ended with an exit code that another attempt would not change."""

    def __init__(self, message: str, exit_code: int | None) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class ContainerInterruptedError(TransientError):
    """A container was interrupted, or transient errors outlasted its own retries."""

    def __init__(self, message: str, exit_code: int | None) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class CapacityError(TransientError):
    """AWS has no room for the task or job at the moment."""


class JobFailedError(PermanentError):
    """A Glue job run failed."""


class TimeLimitError(PermanentError):
    """A task or job was stopped because it took longer than its limit."""


class AuditError(PermanentError):
    """Some dates did not pass their audit; they stay as they were for every reader."""

    def __init__(self, message: str, dates: tuple[date, ...]) -> None:
        super().__init__(message)
        self.dates = dates
