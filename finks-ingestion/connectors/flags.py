"""The command line of a connector: a flag for each setting, in groups, with a help that explains.

Secrets have no flag, as it would show in the list of processes.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NoReturn, get_args

from pydantic import JsonValue, SecretStr
from pydantic.fields import FieldInfo
from rich_argparse import RawDescriptionRichHelpFormatter

from connectors.errors import ConfigurationError, ExitCode

type Group = dict[str, JsonValue]
"""Where a setting stands in the help: a field's `json_schema_extra`."""
EXTRACT: Group = {"group": "what to extract"}
TARGET: Group = {"group": "where to"}
SOURCE: Group = {"group": "the source"}
LIMITS: Group = {"group": "limits"}
RUN: Group = {"group": "how to run"}
"""Of all settings that name no group."""

JSON_FLAG = "--json"
JSON_HELP = "JSON on stdout, also on a terminal"
PLAN_FLAG = "--plan"
_PRECEDENCE = "A flag wins over the environment variable in brackets behind it."
_WHAT = "A day or a range of days (a DATE is YYYY-MM-DD), and symbols or their file."
_NOTES = {
    EXTRACT["group"]: _WHAT,
    TARGET["group"]: "AWS_ENDPOINT_URL, the region and the credentials are those of boto3.",
}
_HELP_COLUMN = 30


@dataclass(frozen=True)
class Command:
    """What the help says of a command, beside its settings.

    `switches` are flags without a setting behind them, with what they do; `examples` are
    descriptions with the arguments, `datasets` names with descriptions.
    """

    prog: str
    description: str = ""
    switches: tuple[tuple[str, str], ...] = ()
    examples: tuple[tuple[str, str], ...] = ()
    exit_codes: Mapping[ExitCode, str] = field(default_factory=dict)
    datasets: Mapping[str, str] = field(default_factory=dict)
    usage: str = "[flags]"

    @classmethod
    def of_run(cls, prog: str, description: str, datasets: Mapping[str, str]) -> Command:
        """The command that runs a connector."""
        switches = (
            (PLAN_FLAG, "print the calls that the run would make, and make none"),
            (JSON_FLAG, JSON_HELP),
        )
        return cls(prog, description, switches, _RUN_EXAMPLES, _RUN_EXIT_CODES, datasets)


_ONE_DAY = "--extraction-date 2013-02-15 --symbols IBM"
_RUN_EXAMPLES = (
    ("one day of one symbol, with S3_BUCKET and FMP_API_KEY in the environment", _ONE_DAY),
    ("what it would ask for", f"{_ONE_DAY} \\\n      {PLAN_FLAG}"),
    ("the same day again, although it is complete", f"{_ONE_DAY} \\\n      --force"),
    (
        "years of many symbols, which are in a file, one a line",
        "--symbols-uri symbols.txt \\\n"
        "      --extraction-start 2008-03-01 --extraction-end 2013-02-28",
    ),
)
_RUN_EXIT_CODES = {
    ExitCode.COMPLETE: "complete, or was complete before",
    ExitCode.BAD_CONFIGURATION: "a setting is wrong: correct the one that the message names",
    ExitCode.PERMANENT_SOURCE_ERROR: "the source refuses the key, the plan or the account",
    ExitCode.INCOMPLETE: "some symbols or records are missing; what was good is committed",
    ExitCode.TRANSIENT_ERROR: "errors outlasted the retries and nothing new came: run again",
    ExitCode.INTERRUPTED: "interrupted before the commit: run again",
}


class _Formatter(RawDescriptionRichHelpFormatter):
    """Group names as they are written, and brackets that are no markup."""

    group_name_formatter = str.capitalize
    help_markup = False
    text_markup = False

    def __init__(self, prog: str, **options: Any) -> None:
        super().__init__(prog, max_help_position=_HELP_COLUMN, **options)


class CommandParser(argparse.ArgumentParser):
    """A parser whose mistakes are ConfigurationErrors, and whose help looks like all others."""

    def __init__(self, prog: str, usage: str = "[flags]", **options: Any) -> None:
        super().__init__(
            prog=prog,
            usage=f"{prog} {usage}",
            formatter_class=_Formatter,
            allow_abbrev=False,
            **options,
        )

    def error(self, message: str) -> NoReturn:
        """Raise instead of leaving the process."""
        raise ConfigurationError(f"{message}; see {self.prog} --help")


def read_flags(
    fields: Mapping[str, FieldInfo], arguments: Sequence[str], command: Command
) -> dict[str, Any]:
    """The settings that the command line gives, as texts by field name.

    Raises ConfigurationError for what it does not know; `--help` leaves the process.
    """
    given = vars(_parser(fields, command).parse_args(arguments))
    return {name: value for name, value in given.items() if name in fields and value}


def flags_given(names: Sequence[str], arguments: Sequence[str]) -> dict[str, str]:
    """The values of some flags of a command line that may have any mistake."""
    parser = CommandParser("", add_help=False)
    for name in names:
        parser.add_argument(flag_of(name), dest=name, nargs="?")
    given, _ = parser.parse_known_args(arguments)
    return {name: value for name, value in vars(given).items() if value}


def flag_of(name: str) -> str:
    """The flag of a setting."""
    return f"--{name.replace('_', '-')}"


def _parser(fields: Mapping[str, FieldInfo], command: Command) -> CommandParser:
    text = f"{command.description}\n\n{_PRECEDENCE}".strip()
    parser = CommandParser(
        command.prog,
        command.usage,
        description=text,
        epilog=_epilog(command),
        add_help=False,
    )
    standard = (EXTRACT, TARGET, SOURCE, LIMITS, RUN)
    groups = {
        name: parser.add_argument_group(name, _NOTES.get(name))
        for name in (str(group["group"]) for group in standard)
        if name == RUN["group"] or any(_group(info) == name for info in fields.values())
    }
    for name, info in fields.items():
        group = groups[_group(info)]
        if info.annotation is SecretStr:
            group.description = (
                f"{name.upper()}: {info.description}; required, and in the environment only,\n"
                "because flags show in the list of processes."
            )
        else:
            _add_flag(group, name, info)
    run = groups[str(RUN["group"])]
    for flag, what in command.switches:
        run.add_argument(flag, action="store_true", help=what)
    run.add_argument("-h", "--help", action="help", help="show this help message and exit")
    return parser


def _add_flag(group: argparse._ArgumentGroup, name: str, info: FieldInfo) -> None:
    options: dict[str, Any] = {"dest": name, "help": _help(name, info).replace("%", "%%")}
    if info.annotation is bool:
        options |= {"nargs": "?", "const": "true", "metavar": "true|false"}
    else:
        options["metavar"] = _metavar(name, info)
    group.add_argument(flag_of(name), **options)


def _group(info: FieldInfo) -> str:
    extra = info.json_schema_extra
    return str((extra if isinstance(extra, dict) else RUN)["group"])


def _help(name: str, info: FieldInfo) -> str:
    text = info.description or ""
    if info.is_required():
        text += "; required"
    elif info.default and info.default_factory is None:
        text += f"; default {info.default}"
    return f"{text} [{name.upper()}]"


def _metavar(name: str, info: FieldInfo) -> str:
    kinds = _parts(info.annotation)
    last = name.rsplit("_", 1)[-1]
    if choices := [kind for kind in kinds if isinstance(kind, str)]:
        return "|".join(choices)
    if date in kinds:
        return "DATE"
    if (int in kinds or float in kinds) and last not in ("seconds", "bytes"):
        return "N"
    return last.upper()


def _parts(annotation: object) -> list[object]:
    """A type with all that it is made of: `Literal["a"] | None` gives "a" and None's type too."""
    return [annotation, *(part for a in get_args(annotation) for part in _parts(a))]


def _epilog(command: Command) -> str:
    blocks = []
    if command.datasets:
        width = max(map(len, command.datasets))
        lines = [f"  {name:<{width}}  {what}" for name, what in command.datasets.items()]
        blocks.append("\n".join(["Datasets:", *lines]))
    if command.examples:
        lines = [
            f"  # {what}\n  {command.prog} {flags}".rstrip() for what, flags in command.examples
        ]
        blocks.append("\n".join(["Examples:", *lines]))
    if command.exit_codes:
        lines = [f"  {int(code)}  {meaning}" for code, meaning in command.exit_codes.items()]
        blocks.append("\n".join(["Exit codes:", *lines]))
    return "\n\n".join(blocks)
