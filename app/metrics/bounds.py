"""The bounds of histograms: one row of them, so that what is scraped and what is charted is the same.

In charge of these numbers, and of what a histogram over them says of a share of its observations.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

BOUNDS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds in seconds; beyond the last is one bucket more. From a hit in memory to the longest deadline."""

bucket: Final[Callable[[float], int]] = partial(bisect_left, BOUNDS)
"""The number of the bucket that an observation of so many seconds belongs to: its bound is the first that is not below it."""


def quantile(buckets: Sequence[int], share: float) -> float | None:
    """The seconds within which `share` (0 to 1) of the observations lie; None for none.

    `buckets` has one count for each bound and one more, not cumulative. Within a bucket they are taken to lie evenly, as
    PromQL's `histogram_quantile` does; beyond the last bound that bound is all that is known.
    """
    total = sum(buckets)
    if not total:
        return None
    rank, below = share * total, 0
    for number, count in enumerate(buckets[: len(BOUNDS)]):
        if count and below + count >= rank:
            start = BOUNDS[number - 1] if number else 0.0
            return start + (BOUNDS[number] - start) * max(0.0, rank - below) / count
        below += count
    return BOUNDS[-1]
