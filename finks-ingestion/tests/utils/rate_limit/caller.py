"""A process that calls a server as fast as a shared limit lets it: URL FILE CALLS WINDOW END.

With `hold` in place of END it takes the lock of the file, says so, and never gives it back.
"""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

from utils.rate_limit import FileLog, LimitPolicy, RateLimit

THREADS = 4


def main(url: str, path: str, calls: str, window: str, end: str) -> None:
    log = FileLog(Path(path))
    policy = LimitPolicy(int(calls), float(window), guard=0.02, max_transit=2.0)
    limit = RateLimit(policy, log)
    if end == "hold":
        limit.acquire()
        with log.locked():
            print("holding", flush=True)  # noqa: T201
            time.sleep(60)

    def work() -> None:
        while time.monotonic() < float(end):
            with limit.acquire():
                try:
                    urlopen(url, timeout=10).close()  # noqa: S310
                except HTTPError as refused:
                    refused.close()

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main(*sys.argv[1:])
