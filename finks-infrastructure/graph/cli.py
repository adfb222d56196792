"""The graph of a stack on the command line, without the Pulumi CLI.

    python -m graph tree|export|check|cost|pages --stack dev [--set economy=true] [--graph FILE]

Exit codes: 0 well, 1 the check found something, 2 the question or the configuration is wrong.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pulumi

from config.settings import SettingsError
from graph import pages, tree
from graph.cost import report
from graph.cost.estimate import estimate
from graph.model import Graph
from graph.stacks import STACKS, record_stack

WRONG_USE = 2


class UsageError(Exception):
    """The command line asks for something that there is not; the message says what there is."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        return run(options)
    except (UsageError, SettingsError, pulumi.RunError) as error:
        sys.stderr.write(f"graph: {error}\n")
        return WRONG_USE


def changes(settings: Sequence[str]) -> dict[str, Any]:
    """The configuration changes of `--set key=value` and `--set section.key=value`.

    Values are JSON where they parse as JSON, else text. Raises UsageError for one without `=`.
    """
    changed: dict[str, Any] = {}
    for setting in settings:
        key, equals, text = setting.partition("=")
        if not (key and equals):
            raise UsageError(f"--set {setting}: write key=value, such as --set economy=true")
        try:
            value = json.loads(text)
        except ValueError:
            value = text
        section, dot, inner = key.partition(".")
        if dot:
            changed[section] = {**changed.get(section, {}), inner: value}
        else:
            changed[section] = value
    return changed


def _tree(options: argparse.Namespace) -> int:
    _write(tree.render(_graph(options)), options.out)
    return 0


def _export(options: argparse.Namespace) -> int:
    graph = _graph(options)
    _write(graph.dumps(), options.out)
    if options.out is not None:
        sys.stdout.write(f"{len(graph.resources)} resources of {graph.stack} in {options.out}\n")
    return 0


def _check(options: argparse.Namespace) -> int:
    # Imported here: the checks read AWS's schemas from cfn-lint, which only tests install.
    try:
        from graph.checks import check
        from graph.checks.report import print_check
    except ModuleNotFoundError as error:
        raise UsageError(
            f"{error.name} is not installed; 'make -C finks-infrastructure setup' installs it"
        ) from None
    graph = _graph(options)
    if not options.json:
        return print_check(graph)
    findings = [vars(finding) for finding in check(graph)]
    _write(json.dumps(findings, indent=1, default=str) + "\n", options.out)
    return 1 if findings else 0


def _cost(options: argparse.Namespace) -> int:
    try:
        found = estimate(_graph(options))
    except LookupError as error:
        raise UsageError(str(error.args[0])) from None
    text = json.dumps(found.to_json(), indent=1) + "\n" if options.json else report.render(found)
    _write(text, options.out)
    return 0


def _pages(_: argparse.Namespace) -> int:
    written = pages.write()
    for path in written:
        sys.stdout.write(f"wrote docs/aws/{path.name}\n")
    if not written:
        sys.stdout.write("docs/aws is what the program says\n")
    return 0


def _graph(options: argparse.Namespace) -> Graph:
    """The graph that the options name: an export, or the program recorded now."""
    if options.graph is not None:
        return _exported(options.graph)
    if options.stack not in STACKS:
        raise UsageError(f"there is no stack {options.stack!r}; the stacks are {', '.join(STACKS)}")
    return record_stack(options.stack, changes(options.set))


def _exported(path: Path) -> Graph:
    try:
        return Graph.load(path)
    except OSError as error:
        raise UsageError(f"--graph {path}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"--graph {path} is no export of a graph: {error}") from None


def _write(text: str, path: Path | None) -> None:
    if path is None:
        sys.stdout.write(text)
        return
    try:
        path.write_text(text)
    except OSError as error:
        raise UsageError(f"--out {path}: {error.strerror}; name a file in a folder") from None


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--stack", default="dev", help=f"one of {', '.join(STACKS)}")
    common.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="change a key of the configuration, such as economy=true or network.natGateways=1",
    )
    common.add_argument("--graph", type=Path, metavar="FILE", help="read an export instead")
    common.add_argument("--out", type=Path, metavar="FILE", help="write into a file")
    parser = argparse.ArgumentParser(prog="python -m graph", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, run, text in (
        ("tree", _tree, "components and resources as a tree"),
        ("export", _export, "every resource as JSON (docs/aws/graph.md)"),
        ("check", _check, "what AWS would refuse, and references that point at nothing"),
        ("cost", _cost, "USD a month (docs/aws/cost.md)"),
        ("pages", _pages, "write the pages of docs/aws that follow from the program"),
    ):
        command = commands.add_parser(name, parents=[common], help=text)
        command.set_defaults(run=run)
        if run in {_check, _cost}:
            command.add_argument("--json", action="store_true", help="for scripts")
    return parser
