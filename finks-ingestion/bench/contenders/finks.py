"""Our connector, started as its container starts it: `python -m connectors fmp`."""

from __future__ import annotations

import sys
from pathlib import Path

from bench.task import API_KEY, Task

NO_LIMIT = "1000000"


def command() -> list[str]:
    """The container's entry point and command."""
    return [sys.executable, "-m", "connectors", "fmp"]


def environment(task: Task, folder: Path) -> dict[str, str]:
    """The container's settings; no limit of a plan slows the run down."""
    symbols = folder / "symbols.txt"
    symbols.write_text("\n".join(task.symbols), encoding="utf-8")
    return {
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "AWS_ENDPOINT_URL": task.s3_endpoint,
        "S3_BUCKET": task.bucket,
        "SYMBOLS_URI": str(symbols),
        "DATASETS": ",".join(task.tables),
        "EXTRACTION_START": task.start,
        "EXTRACTION_END": task.end,
        "FINKS_TODAY": task.end,
        "FMP_API_KEY": API_KEY,
        "FMP_BASE_URL": task.base_url,
        "FMP_CALLS_PER_MINUTE": NO_LIMIT,
        "FMP_STATE_DIR": "off",
        "CONCURRENCY": str(task.concurrency),
    }
