"""Financial Modeling Prep, `stable` API: end-of-day prices, quotes and company profiles."""

from connectors.fmp.check import FmpCheck
from connectors.fmp.connector import FmpConnector

CONNECTOR = FmpConnector
CHECK = FmpCheck
