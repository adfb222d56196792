"""The connector of FMP's bulk files: another table of the same account."""

from __future__ import annotations

from connectors.fmp.connector import FmpConnector
from connectors.fmp_bulk.datasets import DATASETS


class FmpBulkConnector(FmpConnector):
    """Brings FMP's bulk files of daily bars into bronze, one call a day.

    For accounts whose plan has them. A file has the whole market, of which the
    symbols asked for are kept.
    """

    source = "fmp_bulk"
    datasets = DATASETS
