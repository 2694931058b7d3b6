"""Whether moments are spread as moments are: over all days of a month, over all weeks of a year, over the minutes of an hour.

In charge of that question, which tells readings apart that fit the same digits. 050314 is the fifth of March and, years first, the
fourteenth of March 2005; but the days of the second reading, from many rows, are all between 14 and 26.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.draft.evidence.reading import Trial


@dataclass(frozen=True, slots=True)
class Spread:
    """Where a part of a value stands in its text; how many distinct values tell anything; and what the least and greatest have to be."""

    part: slice
    enough: int
    least: int
    greatest: int

    def holds(self, values: Sequence[str]) -> bool:
        """Whether the values reach from the least to the greatest, or are too few."""
        if len(values) < self.enough:
            return True
        found = [int(value[self.part]) for value in values]
        return min(found) <= self.least and max(found) >= self.greatest


_DAYS: Final = Spread(slice(8, 10), 60, 3, 28)
_MINUTES: Final = Spread(slice(3, 5), 20, 15, 45)
_FULL_HOURS: Final = Spread(slice(3, 5), 200, 0, 45)
_SPREADS: Final[Mapping[str, tuple[Spread, ...]]] = {
    "date": (_DAYS,),
    "datetime": (_DAYS,),
    "month": (Spread(slice(5, 7), 18, 3, 10),),
    "week": (Spread(slice(6, 8), 20, 13, 40),),
    "time": (_MINUTES, _FULL_HOURS),
}


def typical(trial: Trial) -> bool:
    """Whether the values of a trial that are sound are spread as such values are; true where there are too few to tell."""
    values = [trial.values[stored] for stored in trial.sound]
    return all(spread.holds(values) for spread in _SPREADS.get(trial.reading.type, ()))
