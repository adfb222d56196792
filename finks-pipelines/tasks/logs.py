"""Follows the CloudWatch log of a running container into the log of the flow run."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_logs.type_defs import GetLogEventsRequestTypeDef

Document = dict[str, Any]
type Logger = logging.Logger | logging.LoggerAdapter[logging.Logger]


class LogTail:
    """Reads a log stream on, and keeps what the end of the run needs of it.

    Lines that are JSON objects with a `level` and a `message` are logged at that level; the
    last one whose `event` is ``summary``, or that has no message, is the container's summary.
    """

    def __init__(
        self, client: CloudWatchLogsClient, group: str, stream: str, logger: Logger
    ) -> None:
        self._client = client
        self._group = group
        self._stream = stream
        self._logger = logger
        self._token: str | None = None
        self.summary: Document = {}
        self.errors: list[str] = []
        """What the container logged at ERROR or above."""
        self.last_line = ""

    def follow(self) -> int:
        """Log what has come since the last call; returns the number of lines."""
        count = 0
        for line in self._new_lines():
            count += 1
            self._take(line)
        return count

    def _new_lines(self) -> Iterator[str]:
        while True:
            request: GetLogEventsRequestTypeDef = {
                "logGroupName": self._group,
                "logStreamName": self._stream,
                "startFromHead": True,
            }
            if self._token:
                request["nextToken"] = self._token
            try:
                page = self._client.get_log_events(**request)
            except ClientError as error:
                # The stream appears with the first line.
                if error.response["Error"]["Code"] == "ResourceNotFoundException":
                    return
                raise
            for event in page["events"]:
                yield from event["message"].splitlines()
            following = page["nextForwardToken"]
            # The end of the stream answers with the token that it was asked with.
            if following == self._token or not page["events"]:
                self._token = following
                return
            self._token = following

    def _take(self, line: str) -> None:
        if not line.strip():
            return
        self.last_line = line
        try:
            document = json.loads(line)
        except ValueError:
            document = None
        if not isinstance(document, dict):
            self._logger.info("%s", line)
        elif document.get("event") == "summary" or "message" not in document:
            self.summary = document
        else:
            level = logging.getLevelNamesMapping().get(str(document.get("level")).upper(), 20)
            self._logger.log(level, "%s", document["message"])
            if level >= logging.ERROR:
                self.errors.append(str(document["message"]))
