"""A process that has imported the connector already, and forks one for each run: a run then
takes as long as its work, and not a second of imports besides.

Orders come as JSON lines on stdin: `start` (answered by the pid) and `reap` (answered by the exit
code, negative for a signal). What a fork does is what `python -m connectors` does.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import pkgutil
import signal
import sys
from datetime import date
from typing import Any

import boto3

import connectors
import utils
from connectors.__main__ import main
from utils.calendar import sessions
from utils.dates import Window


def warm() -> None:
    """Load what a run would load: all modules, those that libraries load when they are first
    used (the exchange's calendar, and pandas, for which pyarrow looks), and S3's description."""
    for package in (connectors, utils):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    any(sessions(Window(date(2013, 3, 1), date(2013, 3, 1))))
    importlib.import_module("pandas")
    boto3.client("s3")
    gc.freeze()  # or each fork copies all of it when it ends


def serve() -> dict[str, Any] | None:
    """Obey until stdin ends; in a fork, return its order."""
    for line in sys.stdin:
        order: dict[str, Any] = json.loads(line)
        if order["do"] == "start":
            pid = os.fork()
            if pid == 0:
                return order
            answer = pid
        else:
            _, status = os.waitpid(order["pid"], 0)
            answer = os.waitstatus_to_exitcode(status)
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()
    return None


def become(order: dict[str, Any]) -> None:
    """Take the streams and the environment of a run."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number, path in enumerate(["/dev/null", order["stdout"], order["stderr"]]):
        flags = os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        opened = os.open(path, flags, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    os.environ.clear()
    os.environ.update(order["environment"])


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is for the tests, which end this
    warm()
    work = serve()
    if work is None:
        sys.exit(0)
    become(work)
    sys.exit(main(work["arguments"]))
