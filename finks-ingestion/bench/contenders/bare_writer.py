"""The least that the objects of our connector can take on S3: keys and sizes as ours, no content.

How long this is depends on the S3 server alone. It is shown beside the bare client, which writes
nothing, and no goal counts it.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from bench.task import Task, perform
from utils.s3 import Bucket

_WRITERS = 16


def run(task: Task) -> None:
    """Put every object. Raises S3Error."""
    bucket = Bucket(task.bucket)

    def put(item: tuple[str, int]) -> None:
        key, size = item
        bucket.put_new(key, bytes(size))

    with ThreadPoolExecutor(_WRITERS) as threads:
        for _ in threads.map(put, task.objects):
            pass


if __name__ == "__main__":
    perform(run)
