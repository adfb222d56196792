"""Checks a stack from the outside, one line a check: ``python -m tests.validate_stack``.

Without arguments the local stack that runs on this machine; with `--stack dev` one that is
deployed, read-only but for three one-off tasks that write nothing (validation/deployed.py).
Exit codes: 0 all checks hold, 1 one does not, 2 wrong use.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

STACKS = ("local", "dev", "staging", "prod")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the checks of the stack that the command line names."""
    parser = argparse.ArgumentParser(prog="validate_stack", description="Checks a running stack.")
    parser.add_argument("--stack", choices=STACKS, default="local")
    parser.add_argument(
        "--outputs",
        type=Path,
        metavar="FILE",
        help="the stack's outputs as JSON; without it they are asked of the Pulumi CLI",
    )
    options = parser.parse_args(arguments)
    if options.stack == "local":
        from validation import local

        return local.main()
    from validation import deployed

    return deployed.main(options.stack, options.outputs)


if __name__ == "__main__":
    sys.exit(main())
