"""What came of each node of a dbt run, read from its artifacts."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FAILED_STATUSES = frozenset({"error", "fail", "runtime error", "partial success"})
WARNED_STATUSES = frozenset({"warn"})
MAX_SKIPPED_NAMES = 50


@dataclass(frozen=True)
class NodeResult:
    """One node of run_results.json, or one source of sources.json."""

    unique_id: str
    status: str
    message: str
    failures: int | None
    compiled_code: str

    @property
    def resource_type(self) -> str:
        """model, seed, test, source, ..."""
        return self.unique_id.split(".", 1)[0]

    @property
    def name(self) -> str:
        """The node's name in the project; of a test without the hash that dbt appends."""
        parts = self.unique_id.split(".")
        return ".".join(parts[2:]) if self.resource_type == "source" else parts[2]

    def as_dict(self) -> dict[str, Any]:
        """For the summary line."""
        return {
            "unique_id": self.unique_id,
            "name": self.name,
            "resource_type": self.resource_type,
            "status": self.status,
            "message": self.message,
            "failures": self.failures,
        }


def read_results(target_dir: Path) -> list[NodeResult]:
    """The results of a run, empty when the command made none (``dbt parse``)."""
    results: list[NodeResult] = []
    for name in ("run_results.json", "sources.json"):
        path = target_dir / name
        if path.is_file():
            results += [_node(entry) for entry in json.loads(path.read_text())["results"]]
    return results


def status_counts(results: list[NodeResult]) -> dict[str, int]:
    """Number of nodes by status."""
    return dict(sorted(Counter(result.status for result in results).items()))


def _node(entry: dict[str, Any]) -> NodeResult:
    message = str(entry.get("message") or entry.get("error") or "")
    return NodeResult(
        unique_id=entry["unique_id"],
        status=entry["status"],
        message=" ".join(message.split()) or _freshness_message(entry),
        failures=entry.get("failures"),
        compiled_code=entry.get("compiled_code") or "",
    )


def _freshness_message(entry: dict[str, Any]) -> str:
    if "max_loaded_at" not in entry:
        return ""
    age_days = float(entry["max_loaded_at_time_ago_in_s"]) / 86400
    return f"newest day {entry['max_loaded_at'][:10]}, {age_days:.1f} days old by the market clock"
