"""A stack that is deployed on AWS.

Read-only, but for three one-off tasks that write nothing. What it needs: the stack's outputs and
credentials that may read, with ecs:RunTask and iam:PassRole for the three tasks.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError

from config.env_files import EnvFileError, explained
from config.env_files import load as load_env_file
from validation import inside, resources
from validation.check import Check, CheckError, run
from validation.target import REPOSITORY, Target, TargetError, outputs_of, target

OUTPUTS_PAGE = REPOSITORY / "docs" / "aws" / "outputs.md"
WRONG_USE = 2


def main(stack: str, outputs_file: Path | None) -> int:
    """Check the stack; 0 when all holds, 1 when not, 2 when it cannot be looked at."""
    profile = None
    try:
        settings = load_env_file(stack)
        profile = settings.aws_profile
        found = target(stack, outputs_of(stack, outputs_file), settings)
    except (TargetError, EnvFileError, BotoCoreError, KeyError) as error:
        sys.stderr.write(f"validate: {explained(error, profile)}\n")
        return WRONG_USE
    return run(checks(found), explain=lambda error: explained(error, profile))


def checks(found: Target) -> Iterator[tuple[str, Check]]:
    """All checks by name: what is there, then what it does, then what is written about it."""
    return chain(
        [("the credentials are of the stack's account", lambda: _account(found))],
        resources.checks(found),
        inside.checks(found),
        [("outputs are documented", lambda: documented(found.outputs))],
    )


def documented(outputs: Mapping[str, Any], page: Path = OUTPUTS_PAGE) -> str:
    """That docs/aws/outputs.md has a row for every output."""
    rows = set(re.findall(r"^\| `(\w+)` \|", page.read_text(), re.MULTILINE))
    missing = sorted(outputs.keys() - rows)
    if missing:
        raise CheckError(f"{page.name} says nothing of {', '.join(missing)}; add a row for each")
    return f"{len(outputs)} outputs"


def _account(found: Target) -> str:
    account = str(found.session.client("sts").get_caller_identity()["Account"])
    accounts = {
        value.split(":")[4]
        for value in found.outputs.values()
        if isinstance(value, str) and value.startswith("arn:aws:") and value.split(":")[4]
    }
    if accounts - {account}:
        raise CheckError(
            f"the credentials are of {account}, the stack of {', '.join(sorted(accounts))};"
            " set AWS_PROFILE or the stack's env file"
        )
    return account
