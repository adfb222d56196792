"""What can go wrong in an operation; every message says what to do next."""

from __future__ import annotations


class OperationError(Exception):
    """Root of the tree; `exit_code` is that of the command."""

    exit_code = 1


class OutputsError(OperationError):
    """The stack's outputs cannot be read, or lack something."""

    exit_code = 2


class TaskRefusedError(OperationError):
    """AWS did not start the task."""

    exit_code = 3


class TaskTimeoutError(OperationError):
    """The task did not end in time and was stopped."""

    exit_code = 3


class TaskFailedError(OperationError):
    """The task ended, but not well."""
