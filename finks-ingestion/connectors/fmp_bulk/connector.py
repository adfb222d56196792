"""The connector of FMP's bulk files: another table of the same account."""

from __future__ import annotations

from connectors.fmp.connector import FmpConnector
from connectors.fmp_bulk.datasets import DATASETS


class FmpBulkConnector(FmpConnector):
    """Brings FMP's bulk files into bronze: one call a day, for plans that have them."""

    source = "fmp_bulk"
    datasets = DATASETS
