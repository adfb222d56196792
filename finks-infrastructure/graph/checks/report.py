"""The check as a command: findings, and how much was compared."""

from __future__ import annotations

import sys

from graph.checks import check
from graph.checks.finding import Finding
from graph.checks.schema import Coverage, coverage
from graph.model import Graph

FOUND = 1


def print_check(graph: Graph) -> int:
    """Print what is wrong in a graph and how much was compared; returns the exit code, 0 or 1."""
    findings = check(graph)
    sys.stdout.write(report(graph, findings, coverage(graph)))
    return FOUND if findings else 0


def report(graph: Graph, findings: list[Finding], covered: Coverage) -> str:
    """The report as text."""
    lines = [f"  {found}" for found in findings]
    if findings:
        lines.insert(0, f"{graph.stack}: {len(findings)} findings")
    else:
        lines.append(f"{graph.stack}: {len(graph.resources)} resources, nothing found")
    lines.append(
        f"{covered.compared} of {covered.values} values ({covered.share:.0%}) compared with AWS's"
        f" resource schemas, {covered.constrained} with more than a type;"
        f" {covered.in_documents} values in JSON documents"
    )
    return "\n".join(lines) + "\n"
