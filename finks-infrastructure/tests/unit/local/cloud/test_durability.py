"""Killed in the middle of a write load: whatever was acknowledged is there."""

from __future__ import annotations

import hashlib
import os
import random
import threading
import time
from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from tests.conftest import REGION, RunningCloud

_LOAD_SECONDS = 2.0


class _Load:
    """Writers in threads; `acknowledged` holds what an answer came for."""

    def __init__(self) -> None:
        self.acknowledged: dict[str, Any] = {}
        self.stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self, write: Callable[[int], tuple[str, Any]]) -> None:
        thread = threading.Thread(target=self._run, args=(write,))
        self._threads.append(thread)
        thread.start()

    def _run(self, write: Callable[[int], tuple[str, Any]]) -> None:
        number = 0
        while not self.stopping.is_set():
            try:
                key, value = write(number)
            except (BotoCoreError, ClientError, OSError):
                return
            self.acknowledged[key] = value
            number += 1

    def join(self) -> None:
        self.stopping.set()
        for thread in self._threads:
            thread.join()


def test_a_kill_in_the_middle_of_writes_loses_nothing(own_cloud: RunningCloud) -> None:
    s3, glue, logs = (own_cloud.client(name) for name in ("s3", "glue", "logs"))
    s3.create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": REGION})
    glue.create_database(DatabaseInput={"Name": "db"})
    logs.create_log_group(logGroupName="g")
    logs.create_log_stream(logGroupName="g", logStreamName="s")
    objects, overwritten, tables, events = _Load(), _Load(), _Load(), _Load()

    def put(writer: int, number: int) -> tuple[str, str]:
        key = f"w{writer}/{number % 7}/{number}"
        body = os.urandom(random.choice([0, 1, 100_000]))  # noqa: S311
        s3.put_object(Bucket="lake", Key=key, Body=body)
        return key, hashlib.sha256(body).hexdigest()

    def overwrite(number: int) -> tuple[str, int]:
        s3.put_object(Bucket="lake", Key="same", Body=str(number).encode() * 1000)
        return "same", number

    def create(number: int) -> tuple[str, str]:
        glue.create_table(DatabaseName="db", TableInput={"Name": f"t{number}"})
        return f"t{number}", ""

    def log(number: int) -> tuple[str, int]:
        event = {"timestamp": int(time.time() * 1000), "message": str(number)}
        logs.put_log_events(logGroupName="g", logStreamName="s", logEvents=[event])
        return str(number), 0

    for writer in range(2):
        objects.start(lambda number, writer=writer: put(writer, number))  # type: ignore[misc]
    overwritten.start(overwrite)
    tables.start(create)
    events.start(log)
    time.sleep(_LOAD_SECONDS)
    own_cloud.kill()
    for load in (objects, overwritten, tables, events):
        load.join()
        assert load.acknowledged
    own_cloud.start()

    for key, digest in objects.acknowledged.items():
        body = s3.get_object(Bucket="lake", Key=key)["Body"].read()
        assert hashlib.sha256(body).hexdigest() == digest
        assert (own_cloud.state_dir / "s3/lake" / key).read_bytes() == body
    last = overwritten.acknowledged["same"]
    body = s3.get_object(Bucket="lake", Key="same")["Body"].read()
    assert body in {str(number).encode() * 1000 for number in (last, last + 1)}
    pages = glue.get_paginator("get_tables").paginate(DatabaseName="db")
    found = {table["Name"] for page in pages for table in page["TableList"]}
    assert tables.acknowledged.keys() <= found
    messages: set[str] = set()
    for page in logs.get_paginator("filter_log_events").paginate(logGroupName="g"):
        messages |= {event["message"] for event in page["events"]}
    assert events.acknowledged.keys() <= messages


def test_two_writers_of_one_key_and_only_one_wins(own_cloud: RunningCloud) -> None:
    s3 = own_cloud.client("s3")
    s3.create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": REGION})
    winners: list[bytes] = []

    def claim(name: bytes) -> None:
        try:
            s3.put_object(Bucket="lake", Key="lock", Body=name, IfNoneMatch="*")
        except ClientError as error:
            assert error.response["Error"]["Code"] == "PreconditionFailed"  # noqa: PT017
        else:
            winners.append(name)

    threads = [threading.Thread(target=claim, args=(str(n).encode(),)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(winners) == 1
    assert s3.get_object(Bucket="lake", Key="lock")["Body"].read() == winners[0]
