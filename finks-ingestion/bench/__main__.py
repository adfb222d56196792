"""`python -m bench speed` compares, `python -m bench memory` measures peak memory.

Exit codes: 0 every goal is reached, 1 one is missed, 2 the benchmark could not run. BENCH_JSON
names a file that gets everything measured.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from bench import memory, speed
from bench.contenders.finks import IMAGE_PYTHON
from bench.errors import BenchError
from bench.results import Goal, figures, goals
from bench.table import render, write_json


def main(arguments: Sequence[str]) -> int:
    """Run one of the two benchmarks."""
    options = _parser().parse_args(arguments)
    try:
        reached = _speed(options) if options.what == "speed" else _memory(options)
    except BenchError as error:
        sys.stderr.write(f"bench: {error}\n")
        return 2
    return 0 if all(goal.passed for goal in reached) else 1


def _speed(options: argparse.Namespace) -> list[Goal]:
    plan = speed.Plan(
        options.symbols,
        options.rounds,
        tuple(options.concurrency),
        tuple(name for name in speed.CONTENDERS if name not in options.without),
        options.python,
    )
    results = speed.compare(plan)
    table = figures(results)
    reached = goals(table)
    sys.stdout.write(render(table, reached) + "\n")
    if path := os.environ.get("BENCH_JSON"):
        write_json(Path(path), plan.description, table, reached, results)
    return reached


def _memory(options: argparse.Namespace) -> list[Goal]:
    plan = memory.Plan(options.symbols, options.concurrency, options.python)
    result = memory.extract_history(plan)
    reached = memory.memory_goals(result)
    table = figures([result])
    sys.stdout.write(render(table, reached) + "\n")
    if path := os.environ.get("BENCH_JSON"):
        write_json(Path(path), plan.description, table, reached, [result])
    return reached


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(dest="what", required=True)
    compared = verbs.add_parser("speed", help="the connector beside dlt, pandas, a bare client")
    default = speed.Plan()
    compared.add_argument("--symbols", type=int, default=default.symbols)
    compared.add_argument("--rounds", type=int, default=default.rounds)
    compared.add_argument("--concurrency", type=int, nargs="+", default=list(default.concurrency))
    compared.add_argument(
        "--without", nargs="+", default=[], choices=speed.CONTENDERS[1:], metavar="NAME",
        help=f"leave out some of {', '.join(speed.CONTENDERS[1:])}",
    )  # fmt: skip
    measured = verbs.add_parser("memory", help="8,000 symbols and five years of history")
    measured.add_argument("--symbols", type=int, default=memory.Plan.symbols)
    measured.add_argument("--concurrency", type=int, default=memory.Plan.concurrency)
    for verb in (compared, measured):
        verb.add_argument(
            "--python", type=Path, default=IMAGE_PYTHON, help="runs the connector; %(default)s"
        )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
