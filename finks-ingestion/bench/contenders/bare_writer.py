"""The least that the objects of our connector can take on S3: keys and sizes as ours, no content.

How long this is depends on the S3 server alone. It is shown beside the bare client, which writes
nothing, and no goal counts it.
"""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.task import Task, load_task
from utils.s3 import Bucket

_WRITERS = 8


def run(task: Task, bucket: Bucket) -> None:
    """Put every object. Raises S3Error."""

    def put(item: tuple[str, int]) -> None:
        key, size = item
        bucket.put_new(key, bytes(size))

    with ThreadPoolExecutor(_WRITERS) as threads:
        for _ in threads.map(put, task.objects):
            pass


def main() -> None:
    """Run a task."""
    task = load_task(Path(sys.argv[1]))
    bucket = Bucket(task.bucket)
    began = time.perf_counter()
    run(task, bucket)
    sys.stdout.write(json.dumps({"seconds": time.perf_counter() - began}) + "\n")


if __name__ == "__main__":
    main()
