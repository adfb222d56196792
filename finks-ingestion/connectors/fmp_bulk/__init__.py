"""Financial Modeling Prep, bulk files: the daily bars of the whole market, one CSV file a day."""

from connectors.fmp.check import FmpCheck
from connectors.fmp_bulk.connector import FmpBulkConnector

CONNECTOR = FmpBulkConnector
CHECK = FmpCheck
