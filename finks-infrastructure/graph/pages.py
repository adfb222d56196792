"""The pages of docs/aws/ that follow from the program: written by `make infra-trees`.

A test compares them with what they should be, so that a change of the platform shows in its
documentation and in the review.
"""

from __future__ import annotations

from pathlib import Path

from config import reference
from graph import tree
from graph.cost import report
from graph.cost.estimate import Estimate, estimate
from graph.cost.prices import prices, usage
from graph.stacks import recorded

PAGES = Path(__file__).resolve().parents[2] / "docs" / "aws"
DEPLOYED = ("dev", "staging", "prod")
BEGIN = "<!-- what follows is written by make infra-trees -->\n"
END = "<!-- until here -->\n"


def pages() -> dict[Path, str]:
    """Every generated page by its path, as it should be."""
    texts = {PAGES / f"tree-{stack}.txt": tree.render(recorded(stack)) for stack in DEPLOYED}
    texts[PAGES / "configuration.md"] = reference.render()
    cost = PAGES / "cost.md"
    texts[cost] = between(cost.read_text(), _costs())
    return texts


def stale() -> list[Path]:
    """Pages that are not what they should be."""
    return [path for path, text in pages().items() if not path.exists() or path.read_text() != text]


def write() -> list[Path]:
    """Write the stale pages; returns their paths."""
    found = stale()
    texts = pages()
    for path in found:
        path.write_text(texts[path])
    return found


def estimates() -> dict[str, Estimate]:
    """The estimates that docs/aws/cost.md shows, by title."""
    return {
        "dev": estimate(recorded("dev")),
        "dev with economy: true": estimate(recorded("dev", {"economy": True})),
        "staging": estimate(recorded("staging")),
        "prod": estimate(recorded("prod")),
    }


def _costs() -> str:
    parts = [f"Prices of {prices().as_of}, USD a month in ca-central-1.\n"]
    for title, found in estimates().items():
        parts.append(f"### {title}\n\n```\n{report.render(found)}```\n")
    parts.append("### Assumptions of use\n\n| month | what | amount |\n| --- | --- | --- |")
    parts.append(f"| all | Spot discount | {usage().spot_discount:g} |")
    for basis, table in (("idle", usage().idle), ("pipeline", usage().pipeline)):
        parts += [f"| {basis} | {key} | {value:,g} |" for key, value in table.items()]
    return "\n".join(parts) + "\n"


def between(page: str, text: str) -> str:
    """The page with `text` between its two marks; raises ValueError if it has none."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"docs/aws/cost.md has lost its lines {BEGIN.strip()} and {END.strip()}")
    return f"{before}{begin}\n{text}\n{end}{after}"
