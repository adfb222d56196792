from __future__ import annotations

import json
import urllib.request

from runner.samples import failing_rows
from runner.settings import Settings


def test_rows_of_a_test_are_read(aws: str, settings: Settings) -> None:
    rows: list[list[str | None]] = [["portfolio_id", "symbol"], ["growth", "FB"], ["growth", None]]
    prepared = {
        "region": "ca-central-1",
        "results": [
            {
                "rows": [
                    {"Data": [{} if cell is None else {"VarCharValue": cell} for cell in row]}
                    for row in rows
                ],
                "column_info": [],
            }
        ],
    }
    request = urllib.request.Request(  # noqa: S310
        f"{aws}/moto-api/static/athena/query-results",
        data=json.dumps(prepared).encode(),
        headers={"Content-Type": "application/json"},
    )
    urllib.request.urlopen(request).close()  # noqa: S310
    assert failing_rows("select 1;", settings) == [
        {"portfolio_id": "growth", "symbol": "FB"},
        {"portfolio_id": "growth", "symbol": None},
    ]
