"""Deploys the flows to the Prefect of a stack: `python -m operations.deploy_flows --stack dev`.

The server is reached from inside the VPC alone, so the deployment is a one-off ECS task: the
worker's task definition with another command. Its entry point makes the work pool what the stack
says, and its image holds the flows and prefect.yaml; both are those that were just deployed.

Exit codes: 0 deployed · 1 the deployment failed, its log is shown · 2 the stack's outputs are
missing or wrong, or the shell's profile or stack is · 3 AWS did not start the task, or it took too
long.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError

from blueprint.names import Names
from blueprint.prefect import WORKER_CONTAINER
from config.env_files import EnvFileError, check_shell, explained
from operations.errors import OperationError
from operations.one_off_task import OneOffTask, TaskEnd, run
from operations.stack_outputs import StackOutputs, read_file, read_stack

COMMAND = ("prefect", "--no-prompt", "deploy", "--all")
WORKLOAD = "prefect-worker"
TIMEOUT_MINUTES = 15.0
WRONG_USE = 2


def deployment_task(outputs: StackOutputs) -> OneOffTask:
    """The task that deploys the flows of the stack's own image."""
    names = Names(outputs.environment)
    return OneOffTask(
        workload=WORKLOAD,
        container=WORKER_CONTAINER,
        command=COMMAND,
        log_group=names.log_group(names.prefect_worker),
        started_by="deploy-flows",
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns its exit code."""
    options = _parser().parse_args(arguments)
    started = time.monotonic()

    def progress(line: str) -> None:
        print(f"{time.monotonic() - started:5.0f} s  {line}", file=sys.stderr, flush=True)  # noqa: T201

    try:
        if options.stack:
            check_shell(options.stack)
        outputs = read_file(options.outputs) if options.outputs else read_stack(options.stack)
        check_shell(outputs.environment)
        session = boto3.Session(region_name=outputs.region)
        end = run(
            session.client("ecs"),
            session.client("logs"),
            outputs,
            deployment_task(outputs),
            timeout_seconds=options.timeout_minutes * 60,
            poll_seconds=options.poll_seconds,
            progress=progress,
        )
        _show(end, as_json=options.json)
        end.check()
    except OperationError as error:
        print(f"deploy_flows: {error}", file=sys.stderr)  # noqa: T201
        return error.exit_code
    except (BotoCoreError, EnvFileError) as error:
        print(f"deploy_flows: {explained(error)}", file=sys.stderr)  # noqa: T201
        return WRONG_USE
    return 0


def _show(end: TaskEnd, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(vars(end)))  # noqa: T201
        return
    for line in end.log:
        print(line)  # noqa: T201


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m operations.deploy_flows",
        description="Deploy the flows to the Prefect server of a stack, from inside its VPC.",
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--stack", help="Pulumi stack, such as dev; asks the Pulumi CLI")
    source.add_argument(
        "--outputs", type=Path, metavar="FILE", help="JSON of 'pulumi stack output --json'"
    )
    parser.add_argument("--timeout-minutes", type=float, default=TIMEOUT_MINUTES)
    parser.add_argument("--poll-seconds", type=float, default=5.0, help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true", help="the task's end as one JSON object")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
