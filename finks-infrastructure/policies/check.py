"""Checks an exported graph against all rules, without the Pulumi CLI: check.py GRAPH.json

Exit codes: 0 nothing mandatory is violated · 1 something is · 2 the graph cannot be read.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from exported import GraphError, Violation, judge, load
from rules import RULES
from rules.rule import ENVIRONMENTS


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(description="Check an exported graph against all rules.")
    parser.add_argument("graph", type=Path, help="file that 'make infra-export' wrote")
    parser.add_argument(
        "--environment", choices=ENVIRONMENTS, help="of resources without the tag Environment"
    )
    parser.add_argument("--json", action="store_true", help="violations as JSON")
    options = parser.parse_args(arguments)
    try:
        resources = load(options.graph)
    except GraphError as error:
        print(f"check: {error}", file=sys.stderr)
        return 2
    config = {"environment": options.environment} if options.environment else {}
    violations = judge(resources, RULES, config)
    if options.json:
        print(json.dumps([asdict(violation) for violation in violations], indent=1))
    else:
        print(_report(violations, len(resources)))
    return int(any(violation.mandatory for violation in violations))


def _report(violations: Sequence[Violation], resources: int) -> str:
    lines = [
        f"{'mandatory' if violation.mandatory else 'advisory'}  {violation.rule}"
        f"  {violation.urn.rpartition('::')[0].rpartition('$')[2].rpartition('::')[2]}"
        f"\n  {violation.message}"
        for violation in sorted(violations, key=lambda v: (not v.mandatory, v.rule, v.urn))
    ]
    mandatory = sum(violation.mandatory for violation in violations)
    lines.append(
        f"{len(RULES)} rules over {resources} resources:"
        f" {mandatory} mandatory and {len(violations) - mandatory} advisory violations"
    )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
