"""Runs the daily pipeline through Prefect and shows its progress while it runs."""

from __future__ import annotations

import re
import subprocess
import time
from datetime import date
from typing import Any

from rich.console import Console

from blueprint.demo import TRADING_DAYS
from config.local import LocalSettings
from local.prefect_api import FlowRun, LogLine, PrefectApi, PrefectApiError
from local.services import PIPELINES, pipeline_environment, python_of

DEPLOYMENT = "daily-pipeline/daily"
SKIPPED = "Skipped"
"""Name of the state in which a run ends that had nothing to do."""
_POLL_SECONDS = 1.0
_WARNING = 30
_LINES_OF_A_MESSAGE = 3
_ENGINE_CHATTER = re.compile(
    r"Finished in state Completed|Worker '|Flow run '.*' submitted|Running \d+ deployment"
    r"|Executing deployment step|Deployment step|All deployment steps|Traceback"
    r"|Encountered exception|Engine execution|\d+ of \d+ (START|PASS|SKIP)"
)
"""Lines of Prefect's engine and of dbt that say nothing about the progress."""


def demo_window(settings: LocalSettings) -> tuple[date, date]:
    """First and last of the newest trading days that the demo loads."""
    listed = subprocess.run(
        [python_of(PIPELINES), "-m", "trading_days", "--last", str(TRADING_DAYS)],
        cwd=PIPELINES,
        env=pipeline_environment(settings),
        capture_output=True,
        text=True,
        check=True,
    )
    days = [date.fromisoformat(line) for line in listed.stdout.split()]
    return days[0], days[-1]


def run(settings: LocalSettings, console: Console, parameters: dict[str, Any]) -> FlowRun:
    """Run the deployment, print what it logs, and return it in its final state.

    An interruption from the keyboard cancels the run before it is passed on.
    """
    begun = time.monotonic()
    with PrefectApi(settings) as prefect:
        flow_run = prefect.run_deployment(DEPLOYMENT, parameters)
        console.print(
            f"  run [bold]{flow_run.name}[/]  {settings.prefect_url}/runs/flow-run/{flow_run.id}",
            soft_wrap=True,
        )
        reader = _LogReader(prefect, flow_run.id)
        try:
            while not flow_run.finished:
                time.sleep(_POLL_SECONDS)
                flow_run = prefect.flow_run(flow_run.id)
                _show(console, reader.new_lines(), begun)
        except KeyboardInterrupt:
            prefect.cancel(flow_run.id)
            console.print(f"  run {flow_run.name} is cancelled; run the date again when you like")
            raise
        except PrefectApiError as error:
            raise PrefectApiError(
                f"run {flow_run.name} was lost with its stack: {error}; then run the date again"
            ) from None
        # The last lines reach the server a moment after the final state.
        time.sleep(_POLL_SECONDS)
        _show(console, reader.new_lines(), begun)
    return flow_run


class _LogReader:
    """The log of a flow run and its subflows, each line once."""

    def __init__(self, prefect: PrefectApi, run_id: str) -> None:
        self._prefect = prefect
        self._run_id = run_id
        self._seen: set[str] = set()
        self._after: str | None = None
        self._last = ""

    def new_lines(self) -> list[LogLine]:
        family = self._prefect.family(self._run_id)
        fresh = [
            line
            for line in self._prefect.logs(family, after=self._after)
            if line.id not in self._seen
        ]
        self._seen.update(line.id for line in fresh)
        if fresh:
            self._after = fresh[-1].timestamp
        return [line for line in fresh if not self._repeats(line)]

    def _repeats(self, line: LogLine) -> bool:
        """Whether the line says what the one before said: a run that waits for another does."""
        repeated, self._last = line.message == self._last, line.message
        return repeated


def _show(console: Console, lines: list[LogLine], begun: float) -> None:
    for line in lines:
        if _ENGINE_CHATTER.search(line.message):
            continue
        style = "yellow" if line.level >= _WARNING else "dim"
        for text in line.message.splitlines()[:_LINES_OF_A_MESSAGE]:
            console.print(
                f"  {time.monotonic() - begun:6.1f} s  {text}",
                style=style,
                markup=False,
                soft_wrap=True,
            )
