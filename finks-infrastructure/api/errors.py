"""What the API answers when it cannot do what was asked."""

from __future__ import annotations

from typing import ClassVar


class ApiError(Exception):
    """A refusal with an HTTP status and a code for programs; the message is for people."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"

    def __init__(self, message: str, *, detail: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail
        """For the log alone: what Athena said may name buckets and tables."""


class InvalidRequestError(ApiError):
    """A parameter is missing or wrong; asking again in the same way will not help."""

    status = 400
    code = "invalid_request"


class UnknownPathError(ApiError):
    """There is nothing at this path."""

    status = 404
    code = "unknown_path"


class QueryFailedError(ApiError):
    """Athena refused or failed the query."""

    status = 502
    code = "query_failed"


class BusyError(ApiError):
    """Athena takes no more queries at the moment: ask again a little later."""

    status = 503
    code = "busy"


class QueryTimeoutError(ApiError):
    """The query took longer than API Gateway waits: ask for fewer days."""

    status = 504
    code = "query_timeout"
