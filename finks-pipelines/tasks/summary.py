"""The summary of a pipeline run: a table in the user interface."""

from __future__ import annotations

from dataclasses import dataclass

from prefect.artifacts import create_markdown_artifact

from tasks.common import pipeline_task

ARTIFACT_KEY = "daily-pipeline"


@dataclass(frozen=True)
class Line:
    """Rows of one dataset, table or model in one zone of the lake."""

    zone: str
    name: str
    rows: int
    note: str = ""


@pipeline_task("summarise")
def summarise(title: str, lines: tuple[Line, ...], reasons: tuple[str, ...]) -> str:
    """Keep the rows per zone as an artifact of the run; returns its Markdown."""
    text = [f"## {title}", "", "| zone | what | rows | |", "|---|---|---:|---|"]
    text += [f"| {line.zone} | {line.name} | {line.rows:,} | {line.note} |" for line in lines]
    if reasons:
        text += ["", "**Incomplete**", "", *(f"- {reason}" for reason in reasons)]
    markdown = "\n".join(text)
    create_markdown_artifact(markdown, key=ARTIFACT_KEY, description=title)
    return markdown
