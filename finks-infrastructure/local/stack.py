"""Brings the whole stack up, in order, and takes it down without a trace."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from typing import Final

from rich.console import Console

from config.local import REPOSITORY, LocalSettings
from local import health, processes
from local.bootstrap import bootstrap
from local.cloud.glue.class_archive import make_class_archive
from local.cloud.glue.errors import LaunchError
from local.prefect_api import PrefectApi
from local.services import PIPELINES, WORK_POOL, pipeline_environment, services
from local.supervisor import Supervisor

_HEALTHY_SECONDS: Final = 90.0
_DEPLOYED = "deployed.sha256"


class StackError(Exception):
    """The stack could not be brought up; the message says why and what to do."""


def up(settings: LocalSettings, console: Console) -> None:
    """Start what does not run, wait until all of it is well, and render the blueprint.

    Raises StackError, UnhealthyError or SupervisorError.
    """
    _prepare_spark(console)
    Supervisor(settings).start()
    _await(settings, console, "cloud")
    with _step(console, "blueprint") as done:
        changes = list(bootstrap(settings))
        done(_counted(changes))
    if settings.uses_replay:
        _await(settings, console, "replay")
    _await(settings, console, "prefect")
    with _step(console, "deployments") as done, PrefectApi(settings) as prefect:
        made = prefect.ensure_process_pool(WORK_POOL)
        # The worker needs the pool alone, so it comes up while the flows are deployed.
        _start_worker(settings, prefect)
        done("deployed" if _deploy(settings, force=made) else "unchanged")
    _await(settings, console, "worker")


def down(settings: LocalSettings) -> int:
    """Stop everything; returns how many processes had to be ended one by one."""
    Supervisor(settings).stop()
    leftovers = processes.of_stack(settings.state_dir)
    processes.end(leftovers)
    return len(leftovers)


def reset(settings: LocalSettings) -> None:
    """Stop everything and delete all state: lake, catalog, flow runs, logs."""
    down(settings)
    if settings.state_dir.exists():
        shutil.rmtree(settings.state_dir)


def _prepare_spark(console: Console) -> None:
    """Archive Spark's classes once: every Glue run is faster by seconds from then on."""
    with _step(console, "spark") as done:
        try:
            archive = make_class_archive(REPOSITORY)
        except (LaunchError, OSError, subprocess.SubprocessError) as error:
            done(f"classes not archived, so Glue runs start slower: {str(error).splitlines()[0]}")
        else:
            done(f"classes archived, {archive.stat().st_size / 1e6:.0f} MB")


def _await(settings: LocalSettings, console: Console, name: str) -> None:
    service = next(service for service in services(settings) if service.name == name)
    with _step(console, name) as done:
        health.wait(settings, name, seconds=_HEALTHY_SECONDS)
        where = f"http://127.0.0.1:{service.port}" if service.port else "polling"
        done(f"{service.description}, {where}")


def _start_worker(settings: LocalSettings, prefect: PrefectApi) -> None:
    supervisor = Supervisor(settings)
    if not supervisor.states()["worker"].running:
        prefect.crash_in_flight("The stack was stopped while this ran; run the date again")
        supervisor.start_service("worker")


def _deploy(settings: LocalSettings, *, force: bool) -> bool:
    """Register the deployments of prefect.yaml; False when nothing they depend on changed."""
    environment = pipeline_environment(settings)
    digest = hashlib.sha256(repr(sorted(environment.items())).encode())
    for path in (PIPELINES / "prefect.yaml", *sorted((PIPELINES / "flows").rglob("*.py"))):
        digest.update(path.read_bytes())
    stamp = settings.state_dir / _DEPLOYED
    if not force and stamp.exists() and stamp.read_text() == digest.hexdigest():
        return False
    result = subprocess.run(
        [str(PIPELINES / ".venv" / "bin" / "prefect"), "--no-prompt", "deploy", "--all"],
        cwd=PIPELINES,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        log = settings.logs_dir / "deploy.log"
        log.write_text(result.stdout + result.stderr, encoding="utf-8")
        raise StackError(f"'prefect deploy --all' failed; what it printed: {log}")
    stamp.write_text(digest.hexdigest())
    return True


def _counted(changes: list[str]) -> str:
    if not changes:
        return "unchanged"
    return changes[0] if len(changes) == 1 else f"{len(changes)} resources made or changed"


@contextlib.contextmanager
def _step(console: Console, name: str) -> Iterator[Callable[[str], None]]:
    """Show a step while it runs and one line with its time when it is done."""
    begun = time.monotonic()
    outcome: list[str] = []
    with console.status(f"{name} …"):
        yield outcome.append
    passed = time.monotonic() - begun
    console.print(f"  [green]✓[/] {name:<12} {passed:5.1f} s  {' '.join(outcome)}", highlight=False)
