"""The least that the calls of our connector can take: its threads and session, bodies thrown away.

Nothing is parsed, checked or written. The calls are those that the replay saw of our connector.
"""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import parse_qsl

from bench.task import API_KEY, Task, load_task
from utils.http import HttpClient

_TIMEOUT_SECONDS = 30


def run(task: Task) -> None:
    """Send every call, from as many threads as the task says. Raises HttpError."""
    calls = [
        (path, dict(parse_qsl(query)))
        for path, _, query in (call.partition("?") for call in task.calls)
    ]
    client = HttpClient(
        task.base_url,
        {"apikey": API_KEY},
        connections=task.concurrency,
        timeout=_TIMEOUT_SECONDS,
    )

    def send(call: tuple[str, dict[str, str]]) -> None:
        client.get(*call)  # refusals too: our connector was refused the same

    with ThreadPoolExecutor(task.concurrency) as threads:
        for _ in threads.map(send, calls):
            pass
    client.close()


def main() -> None:
    """Run a task."""
    task = load_task(Path(sys.argv[1]))
    began = time.perf_counter()
    run(task)
    sys.stdout.write(json.dumps({"seconds": time.perf_counter() - began}) + "\n")


if __name__ == "__main__":
    main()
