"""The deployed stack that is checked: its names, its outputs and a session for its account."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from blueprint.names import ZONES, Names
from config.env_files import RemoteSettings

REPOSITORY = Path(__file__).resolve().parents[2]
_CLI_SECONDS = 120


class TargetError(Exception):
    """The stack cannot be looked at; the message says what is missing."""


@dataclass(frozen=True)
class Target:
    """A deployed stack. Waiting times are in seconds."""

    names: Names
    outputs: Mapping[str, Any]
    session: boto3.Session
    wait_seconds: float = 600.0
    poll_seconds: float = 5.0


def outputs_of(stack: str, file: Path | None) -> dict[str, Any]:
    """The outputs of a stack: from a file with `pulumi stack output --json`, else from the CLI.

    Raises TargetError when there are none.
    """
    if file is None:
        text = _asked_of_the_cli(stack)
    else:
        try:
            text = file.read_text()
        except OSError as error:
            raise TargetError(
                f"--outputs {file}: {error.strerror}; write it with"
                f" 'pulumi stack output --json --stack {stack} > {file}'"
            ) from None
    try:
        outputs = json.loads(text)
    except ValueError:
        outputs = None
    if not isinstance(outputs, dict):
        raise TargetError(
            "the outputs are no JSON object; write them with 'pulumi stack output --json"
            f" --stack {stack}'"
        )
    if outputs.get("environment") != stack:
        raise TargetError(
            f"the outputs are of {outputs.get('environment')!r}, not of {stack};"
            " deploy the stack first, or give its own file"
        )
    return outputs


def target(stack: str, outputs: Mapping[str, Any], settings: RemoteSettings) -> Target:
    """The stack with its session; raises TargetError when its buckets have other names."""
    session = boto3.Session(profile_name=settings.aws_profile, region_name=outputs["region"])
    return Target(names_of(stack, outputs), outputs, session)


def names_of(stack: str, outputs: Mapping[str, Any]) -> Names:
    """The names of a deployed stack; the suffix of its buckets is read from the outputs."""
    bucket = str(outputs.get("bucketBronze", ""))
    start = f"{Names(stack).bucket('bronze')}-"
    if not bucket.startswith(start):
        raise TargetError(f"output bucketBronze is {bucket!r}; it has to start with {start}")
    names = Names(stack, bucket.removeprefix(start))
    for zone in ZONES:
        key = f"bucket{zone.title()}"
        if outputs.get(key) != names.bucket(zone):
            raise TargetError(f"output {key} is {outputs.get(key)!r}, not {names.bucket(zone)}")
    return names


def _asked_of_the_cli(stack: str) -> str:
    try:
        done = subprocess.run(
            [str(REPOSITORY / "scripts" / "pulumi.sh"), "outputs", stack],
            capture_output=True,
            text=True,
            check=False,
            timeout=_CLI_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise TargetError(
            f"'pulumi stack output' does not answer in {_CLI_SECONDS} s; use --outputs FILE"
        ) from None
    if done.returncode != 0:
        raise TargetError(f"{done.stderr.strip()}. Or give the outputs as --outputs FILE")
    return done.stdout
