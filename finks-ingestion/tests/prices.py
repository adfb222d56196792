"""The figures to expect, computed with pandas straight from the price file.

Nothing of the replay is used: its splits stand here a second time, as a list of events.
"""

from __future__ import annotations

import functools

import pandas as pd
from bokeh_sampledata import stocks

SPLIT_EVENTS = [("AAPL", "2000-06-21", 2), ("AAPL", "2005-02-28", 2), ("MSFT", "2003-02-18", 2)]


@functools.cache
def adjusted(today: str = "2013-03-01") -> pd.DataFrame:
    """Daily bars up to `today`, adjusted for the splits up to `today`."""
    frame: pd.DataFrame = stocks.data.copy()
    frame = frame[frame["date"] <= today].copy()
    for symbol, day, ratio in SPLIT_EVENTS:
        if day <= today:
            before = (frame["ticker"] == symbol) & (frame["date"] < day)
            frame.loc[before, ["open", "high", "low", "close"]] /= ratio
            frame.loc[before, "volume"] *= ratio
    return frame
