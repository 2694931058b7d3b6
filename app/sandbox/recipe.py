"""The recipe: what decides the invented data, beside the contract.

In charge of two numbers. The same contract and recipe give the same data on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MOST_ROWS: Final = 10_000  # of a table: they lie in the memory of each worker, and each read walks through them
USUAL_ROWS: Final = 200
FEWEST: Final = 12  # rows of a table that many others refer to, unless all tables are smaller


@dataclass(frozen=True, slots=True)
class Recipe:
    """Another `seed` gives other data. `rows` are those of a table that no other refers to; those above it have fewer."""

    seed: int = 1
    rows: int = USUAL_ROWS

    def __post_init__(self) -> None:
        if not 1 <= self.rows <= MOST_ROWS:
            raise ValueError(f"rows: {self.rows}; a table has from 1 to {MOST_ROWS}")

    def rows_above(self, height: int) -> int:
        """The rows of a table with so many generations of others below it: each has half of what the next one has."""
        return max(min(self.rows, FEWEST), self.rows >> height)
