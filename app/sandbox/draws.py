"""Chance that repeats, and that is found by name: each value is drawn for itself, so that another table, row or column moves none.

In charge of draws. It must not know what they are for.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from struct import Struct
from typing import Final, TypeVar

Thing = TypeVar("Thing")

_NUMBERS: Final = Struct("<8Q")
_RANGE: Final = 2**64


class Draws:
    """The draws of one name: the hash of it, and of a counter behind it, as numbers of 64 bits."""

    def __init__(self, *name: object) -> None:
        self._name = "\x1f".join(map(str, name)).encode("utf-8", "surrogatepass")
        self._block = 0
        self._left: list[int] = []

    def below(self, limit: int) -> int:
        """A whole number from 0 to `limit` - 1."""
        return self._next() * limit // _RANGE

    def between(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + self.below(high - low + 1)

    def chance(self, of: int) -> bool:
        """True in one draw of so many."""
        return self.below(of) == 0

    def pick(self, things: Sequence[Thing]) -> Thing:
        """One of `things`, all alike likely."""
        return things[self.below(len(things))]

    def early(self, limit: int) -> int:
        """A number from 0 to `limit` - 1; the first ones come often, the last ones hardly."""
        number = self._next()
        return number * number * limit // (_RANGE * _RANGE)

    def octets(self, count: int) -> bytes:
        """So many bytes."""
        return bytes(self.below(256) for _ in range(count))

    def _next(self) -> int:
        if not self._left:
            self._left = list(_NUMBERS.unpack(blake2b(b"%d\x1f" % self._block + self._name).digest()))
            self._block += 1
        return self._left.pop()
