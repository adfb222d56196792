"""The least that the calls of our connector can take: its threads and session, bodies thrown away.

Nothing is parsed, checked or written. The calls are those that the replay saw of our connector.
"""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests
from requests.adapters import HTTPAdapter

from bench.task import API_KEY, Task, load_task

_TIMEOUT_SECONDS = 30


def run(task: Task) -> None:
    """Send every call, from as many threads as the task says."""
    with requests.Session() as session:
        adapter = HTTPAdapter(pool_connections=1, pool_maxsize=task.concurrency)
        session.mount("http://", adapter)
        session.headers["apikey"] = API_KEY

        def send(call: str) -> None:
            response = session.get(f"{task.base_url}/{call}", timeout=_TIMEOUT_SECONDS)
            response.raise_for_status()

        with ThreadPoolExecutor(task.concurrency) as threads:
            for _ in threads.map(send, task.calls):
                pass


def main() -> None:
    """Run a task."""
    task = load_task(Path(sys.argv[1]))
    began = time.perf_counter()
    run(task)
    sys.stdout.write(json.dumps({"seconds": time.perf_counter() - began}) + "\n")


if __name__ == "__main__":
    main()
