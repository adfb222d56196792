from __future__ import annotations

import json
from pathlib import Path

from runner.results import read_results, status_counts


def test_nodes_and_sources_are_read(tmp_path: Path) -> None:
    (tmp_path / "run_results.json").write_text(
        json.dumps(
            {
                "results": [
                    {"unique_id": "model.finks.m", "status": "success", "message": "OK"},
                    {
                        "unique_id": "test.finks.t.0123456789",
                        "status": "warn",
                        "message": "Got 2 results,\n  configured to warn",
                        "failures": 2,
                        "compiled_code": "select 1",
                    },
                ]
            }
        )
    )
    (tmp_path / "sources.json").write_text(
        json.dumps(
            {
                "results": [
                    {
                        "unique_id": "source.finks.silver.fmp_quotes",
                        "status": "error",
                        "max_loaded_at": "2013-02-20T00:00:00+00:00",
                        "max_loaded_at_time_ago_in_s": 9 * 86400,
                    }
                ]
            }
        )
    )
    results = read_results(tmp_path)
    assert [result.name for result in results] == ["m", "t", "silver.fmp_quotes"]
    assert results[1].message == "Got 2 results, configured to warn"
    assert results[2].message == "newest day 2013-02-20, 9.0 days old by the market clock"
    assert status_counts(results) == {"error": 1, "success": 1, "warn": 1}


def test_command_without_results_has_none(tmp_path: Path) -> None:
    assert read_results(tmp_path) == []
