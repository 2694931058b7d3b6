"""Chance that repeats: draws that give the same values on every machine and Python version.

Only `Random.random` and `getrandbits` are used, with plain arithmetic on top: they are the parts of `random` whose
sequences Python promises to keep.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from itertools import accumulate
from random import Random
from typing import TypeVar

Thing = TypeVar("Thing")


class Dice:
    """A seeded source of chance. Each part of the plant has dice of its own, so that one part's change moves no other."""

    def __init__(self, seed: str) -> None:
        generator = Random(seed)  # noqa: S311  # invented data, no secret
        self.random = generator.random
        self._bits = generator.getrandbits

    def below(self, limit: int) -> int:
        """A whole number from 0 to `limit` - 1."""
        return int(self.random() * limit)

    def between(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + int(self.random() * (high - low + 1))

    def chance(self, share: float) -> bool:
        """True in `share` of the draws."""
        return self.random() < share

    def pick(self, things: Sequence[Thing]) -> Thing:
        """One of `things`, all alike likely."""
        return things[int(self.random() * len(things))]

    def few(self, most: int) -> int:
        """A whole number from 1 to `most`; small ones are likely."""
        return 1 + int(self.random() * self.random() * most)

    def uuid(self) -> str:
        """A version 4 UUID as SQL Server prints it: upper case."""
        digits = f"{self._bits(128):032X}"
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{'89AB'[int(digits[16], 16) % 4]}{digits[17:20]}-{digits[20:]}"

    def sample(self, count: int, size: int) -> list[int]:
        """`count` different positions below `size`, in the order drawn."""
        drawn: dict[int, None] = {}
        while len(drawn) < count:
            drawn[self.below(size)] = None
        return list(drawn)


class Zipf:
    """A rank from 0 on that follows Zipf's law: a few customers give most orders."""

    def __init__(self, size: int, flatten: int = 10) -> None:
        self._cumulated = list(accumulate(1 / (rank + flatten) for rank in range(size)))

    def draw(self, dice: Dice) -> int:
        """A rank."""
        return bisect(self._cumulated, dice.random() * self._cumulated[-1])
