"""Why a task cannot start."""

from __future__ import annotations


class TaskStartError(Exception):
    """A task that ECS would stop with TaskFailedToStart.

    ``container`` names the container whose reason this is; without one the message is the
    stopped reason of the task itself.
    """

    def __init__(self, message: str, container: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.container = container
