"""dlt as its documentation sets such a source up: rest_api to the filesystem destination.

A resource with the symbols is the parent of one resource an endpoint, which makes one call for each
of its items; these are parallelized, and as many workers extract as our connector has threads.
Types of the numbers are hinted, or dlt would make a second column of each in which a whole number
came first. It normalizes in its own process, as it does by default: two workers were no faster
here, and took more than twice the memory.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import Any

from bench.task import API_KEY, HISTORY, PROFILE, QUOTE, Task, perform

_NUMBERS = {
    HISTORY: "open high low close change changePercent vwap",
    QUOTE: "price changePercentage change dayLow dayHigh yearHigh yearLow marketCap priceAvg50 "
    "priceAvg200 open previousClose",
    PROFILE: "price marketCap beta lastDividend change changePercentage",
}


def configure(task: Task) -> None:
    """Set what dlt's config.toml would; dlt reads it when it is imported."""
    workers = str(task.concurrency)
    os.environ |= {
        "EXTRACT__WORKERS": workers,
        "EXTRACT__MAX_PARALLEL_ITEMS": workers,
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "RUNTIME__LOG_LEVEL": "ERROR",
    }


def source(task: Task) -> Any:
    """The rest_api source: the parents, which are not loaded, and a child an endpoint."""
    import dlt
    from dlt.sources.rest_api import rest_api_source

    def parent(items: list[dict[str, str]]) -> Callable[[], Iterator[list[dict[str, str]]]]:
        def one_page() -> Iterator[list[dict[str, str]]]:
            yield items

        return one_page

    parents, children = [], []
    for table in task.tables:
        items = list(task.calls_of(table))
        name = f"calls_of_{table}"
        parents.append(dlt.resource(parent(items), name=name, selected=False))
        children.append(
            {
                "name": table,
                "endpoint": {
                    "path": task.endpoint_of(table),
                    "params": {key: f"{{resources.{name}.{key}}}" for key in items[0]},
                    "paginator": "single_page",
                },
                "columns": {n: {"data_type": "double"} for n in _NUMBERS[table].split()},
                "parallelized": True,
            }
        )
    return rest_api_source(
        {
            "client": {"base_url": task.base_url, "headers": {"apikey": API_KEY}},
            "resources": [*parents, *children],
        },
        name="fmp",
    )


def run(task: Task) -> float:
    """Extract, normalize and load; the seconds that takes once everything is imported."""
    configure(task)
    import dlt
    import dlt.sources.rest_api
    from dlt.destinations import filesystem

    began = time.perf_counter()
    destination = filesystem(
        bucket_url=f"s3://{task.bucket}",
        credentials={"endpoint_url": task.s3_endpoint},
    )
    with tempfile.TemporaryDirectory() as folder:
        pipeline = dlt.pipeline(
            "fmp", destination=destination, dataset_name="fmp", pipelines_dir=folder
        )
        pipeline.run(source(task), loader_file_format="parquet").raise_on_failed_jobs()
    return time.perf_counter() - began


if __name__ == "__main__":
    perform(run)
