"""What the demo of the local stack runs on: the symbols and the day that is its today."""

from __future__ import annotations

from datetime import date

SYMBOLS = ("AAPL", "FB", "GOOG", "IBM", "MSFT")
REPLAY_TODAY = date(2013, 3, 1)
"""Last day of the real prices that the replay serves."""
TRADING_DAYS = 30
EXCHANGE = "XNYS"
