"""What many begin with: a loop over the symbols, one call after the other, into DataFrames."""

from __future__ import annotations

import tempfile
from pathlib import Path

import boto3
import pandas as pd
import requests

from bench.task import API_KEY, Task, perform

_TIMEOUT_SECONDS = 30


def run(task: Task) -> None:
    """Fetch, make one DataFrame a table, write and upload it."""
    s3 = boto3.client("s3")
    with requests.Session() as session, tempfile.TemporaryDirectory() as folder:
        session.headers["apikey"] = API_KEY
        for table in task.tables:
            frames = []
            for parameters in task.calls_of(table):
                response = session.get(
                    f"{task.base_url}/{task.endpoint_of(table)}",
                    params=parameters,
                    timeout=_TIMEOUT_SECONDS,
                )
                response.raise_for_status()
                frames.append(pd.DataFrame(response.json()))
            path = Path(folder) / f"{table}.parquet"
            pd.concat(frames, ignore_index=True).to_parquet(path)
            s3.upload_file(str(path), task.bucket, f"{table}/{path.name}")


if __name__ == "__main__":
    perform(run)
