"""Names for code: what a contract calls a thing, as a language can say it, and never twice the same.

In charge of spelling and of keeping names apart. Which names a language or its client has for itself, its generator says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import chain, count

from app.describe.names import pascal


class Names:
    """Names that are still free; safe whatever a contract calls its things."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)

    def give(self, wanted: str) -> str:
        """The name that is wanted, or that with a number, which nobody else has from now on."""
        candidates = chain((wanted,), (f"{wanted}{number}" for number in count(2)))
        found = next(name for name in candidates if name not in self._taken)
        self._taken.add(found)
        return found


def snake(name: str) -> str:
    """`order-lines` → `order_lines`."""
    return "_".join(_words(name))


def camel(name: str) -> str:
    """`order-lines` → `orderLines`."""
    made = pascal(name)
    return made[:1].lower() + made[1:]


def _words(name: str) -> list[str]:
    return [word for word in re.split(r"[^A-Za-z0-9]+", name) if word]
