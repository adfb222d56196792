"""Stock splits of the replayed companies, within the days that the price file covers.

FMP adjusts its history for splits: prices before a split are divided by its ratio and volumes
multiplied, so that a split restates the whole history of a symbol. The price file is not
adjusted, hence this table. Sources: the companies' investor relations pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Split:
    """`ratio` new shares for one old share, from the open of `day` on."""

    day: date
    ratio: int


SPLITS: dict[str, tuple[Split, ...]] = {
    "AAPL": (Split(date(2000, 6, 21), 2), Split(date(2005, 2, 28), 2)),
    "MSFT": (Split(date(2003, 2, 18), 2),),
}


def adjustment_factor(splits: Sequence[Split], day: date, today: date) -> int:
    """What a price of `day` is divided by, and a volume multiplied by, as seen on `today`.

    A split that is still to come on `today` adjusts nothing yet.
    """
    factor = 1
    for split in splits:
        if day < split.day <= today:
            factor *= split.ratio
    return factor
