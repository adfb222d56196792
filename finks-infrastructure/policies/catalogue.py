"""The table of all rules in README.md: `python catalogue.py` writes it anew."""

from __future__ import annotations

from pathlib import Path

from pulumi_policy import EnforcementLevel, Policy, StackValidationPolicy

from rules import SUBJECTS, rules_of

README = Path(__file__).parent / "README.md"
BEGIN = "<!-- rules: python catalogue.py -->"
END = "<!-- end of rules -->"


def table() -> str:
    """All rules in Markdown, one table a module of rules/."""
    parts = []
    for subject in SUBJECTS:
        title = subject.__name__.rpartition(".")[2].replace("_", " ").capitalize()
        rows = "\n".join(_row(rule) for rule in rules_of(subject))
        parts.append(
            f"### {title}\n\n| rule | looks at | why | remedy |\n|---|---|---|---|\n{rows}"
        )
    return "\n\n".join(parts)


def with_table(readme: str) -> str:
    """The text of README.md with the table of today; raises ValueError without the marks."""
    before, found, rest = readme.partition(BEGIN)
    _, closed, after = rest.partition(END)
    if not found or not closed:
        raise ValueError(f"README.md has no place for the rules; put {BEGIN} and {END} into it")
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}"


def _row(rule: Policy) -> str:
    scope = "stack" if isinstance(rule, StackValidationPolicy) else "resource"
    if rule.enforcement_level is not EnforcementLevel.MANDATORY:
        scope += ", advisory"
    cells = (f"`{rule.name}`", scope, rule.description, str(rule.remediation_steps))
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    README.write_text(with_table(README.read_text()))
