"""The least that the calls of our connector can take: requests with a pooled session, nothing else.

Its threads are as many, the bodies are thrown away: nothing is parsed, checked or written. The
calls are those that the replay saw of our connector.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qsl

import requests
from requests.adapters import HTTPAdapter

from bench.task import API_KEY, Task, perform

_TIMEOUT_SECONDS = 30


def run(task: Task) -> None:
    """Send every call, from as many threads as the task says."""
    calls = [
        (path, dict(parse_qsl(query)))
        for path, _, query in (call.partition("?") for call in task.calls)
    ]
    with requests.Session() as session:
        session.headers["apikey"] = API_KEY
        session.mount("http://", HTTPAdapter(pool_maxsize=task.concurrency))

        def send(call: tuple[str, dict[str, str]]) -> int:
            path, query = call
            answer = session.get(f"{task.base_url}/{path}", params=query, timeout=_TIMEOUT_SECONDS)
            return len(answer.content)  # refusals too: our connector was refused the same

        with ThreadPoolExecutor(task.concurrency) as threads:
            for _ in threads.map(send, calls):
                pass


if __name__ == "__main__":
    perform(run)
