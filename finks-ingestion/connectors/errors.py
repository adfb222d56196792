"""How a run can end, and the exceptions that end it.

Whether a failure is permanent is decided once, by the class: permanent ones stop and are never
retried, transient ones are. Every message ends with what to do next.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of the container: a contract with the flows that start it."""

    COMPLETE = 0
    """Everything asked for is committed, or was before."""
    BAD_CONFIGURATION = 2
    """Settings are wrong or missing; running again changes nothing."""
    PERMANENT_SOURCE_ERROR = 3
    """The source refuses us: key, plan or account."""
    INCOMPLETE = 4
    """Some symbols failed or were refused; what was good is committed."""
    TRANSIENT_ERROR = 5
    """Transient errors outlasted the retries; running again can help."""
    INTERRUPTED = 6
    """Interrupted before the commit; nothing became visible."""


UNFORESEEN = 1
"""Of an exception that is none of those below, hence a mistake of ours; Python's own code."""


class ConnectorError(Exception):
    """Root of the errors that end a run; `exit_code` says how."""

    exit_code: ExitCode


class ConfigurationError(ConnectorError):
    """A setting is missing, malformed or contradicts another."""

    exit_code = ExitCode.BAD_CONFIGURATION


class BudgetError(ConfigurationError):
    """The plan would exceed a budget: refused before the first call."""


class LimitStateError(ConnectorError):
    """The files in which runs share their limits cannot be used."""

    def __init__(self, message: str, *, transient: bool) -> None:
        super().__init__(message)
        self.exit_code = ExitCode.TRANSIENT_ERROR if transient else ExitCode.BAD_CONFIGURATION


class SourceError(ConnectorError):
    """The data source did not answer as asked.

    `said` is its refusal in its own words, `remedy` the part of the message that says what to do.
    """

    said: str = ""
    remedy: str = "run again later"


class TransientSourceError(SourceError):
    """May be gone at the next attempt; `retry_after`: seconds that the source asks to wait."""

    exit_code = ExitCode.TRANSIENT_ERROR

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class RateLimitedError(TransientSourceError):
    """The calls of this minute are used up; gone in the next one."""


class UnreachableError(TransientSourceError):
    """No connection (`refused`: at once), or no answer within the time limit."""

    def __init__(self, message: str, *, refused: bool = False) -> None:
        super().__init__(message)
        self.refused = refused


class MalformedAnswerError(TransientSourceError):
    """A body that is not what the endpoint promises, ends early or cannot be unpacked."""


class DeadlineError(TransientSourceError):
    """The time of the run is over: no further call is made, and what came before is kept."""


class GivenUpError(TransientSourceError):
    """The source counts as dead: no further call is made, and what came before is kept."""


class PermanentSourceError(SourceError):
    """Stays as it is until somebody acts: never retried."""

    exit_code = ExitCode.PERMANENT_SOURCE_ERROR


class AccountError(PermanentSourceError):
    """Concerns every call of the account: stops the whole run."""


class EndpointError(PermanentSourceError):
    """Concerns every call of one endpoint: ends its dataset, others go on."""


class BudgetSpentError(EndpointError):
    """A budget ran out on the way: no further call is made, and what came before is kept."""


class RequestError(PermanentSourceError):
    """Concerns one symbol or one request: the other symbols go on."""


NO_CALL = (BudgetSpentError, DeadlineError, GivenUpError)
"""In the place of a call that was not made, as none that follows is."""


class SchemaError(EndpointError):
    """The source no longer sends a required field: its dataset is not committed, others are."""


class StorageError(ConnectorError):
    """Bronze cannot be read or written."""

    def __init__(self, message: str, *, transient: bool) -> None:
        super().__init__(message)
        self.exit_code = ExitCode.TRANSIENT_ERROR if transient else ExitCode.BAD_CONFIGURATION


class Interrupted(BaseException):
    """SIGTERM or SIGINT arrived; no `except Exception` may swallow it."""

    exit_code = ExitCode.INTERRUPTED
