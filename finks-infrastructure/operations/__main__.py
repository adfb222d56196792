"""`python -m operations state-backend --stack dev`: see docs/aws/bring-up.md.

Exit codes: 0 done, 2 it cannot be done; the message says why.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from config.env_files import EnvFileError, explained, load
from operations.state_backend import ensure

STACKS = ("dev", "staging", "prod")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the step that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m operations", description="Steps by hand.")
    commands = parser.add_subparsers(required=True, metavar="STEP")
    backend = commands.add_parser(
        "state-backend", help="bucket and key of Pulumi's state; made once, changed never"
    )
    backend.add_argument("--stack", choices=STACKS, required=True)
    options = parser.parse_args(arguments)
    profile = None
    try:
        settings = load(options.stack)
        profile = settings.aws_profile
        session = boto3.Session(profile_name=profile, region_name=settings.aws_region)
        found = ensure(session, options.stack)
    except (BotoCoreError, ClientError, EnvFileError) as error:
        sys.stderr.write(f"operations: {explained(error, profile)}\n")
        return 2
    for line in found.made or ("everything was there already",):
        sys.stdout.write(f"{line}\n")
    sys.stdout.write(
        f"\npulumi login '{found.url}'\n"
        f"pulumi stack init {options.stack} --secrets-provider='{found.secrets_provider}'\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
