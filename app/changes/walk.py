"""What a comparison carries along: the two documents, where it stands in them, and what was compared already.

In charge of making differences at the place where the walk is. It must not know what is compared there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from app.changes.document import TEXTS, Document, Object, named
from app.changes.model import Difference
from app.changes.table import KINDS

Side = Literal["parameter", "field"]  # who sends the value: the caller, or the gateway


@dataclass(frozen=True, slots=True)
class Walk:
    """A comparison under way. `seen` is one set for all of it: pairs of components that are compared once."""

    old: Document
    new: Document
    version: str
    place: str = ""
    resource: str = ""
    seen: set[tuple[str, ...]] = field(default_factory=set)

    def at(self, place: str, resource: str) -> Walk:
        """The walk, elsewhere."""
        return replace(self, place=place, resource=resource)

    def first(self, *pair: str) -> bool:
        """Whether this pair of components was not compared before; from now on it was."""
        new = pair not in self.seen
        self.seen.add(pair)
        return new

    def found(self, code: str, subject: str = "", was: Any = None, now: Any = None) -> Difference:
        """A difference of the kind `code`, here."""
        places = (self.place,) if self.place else ()
        return Difference(KINDS[code], self.version, subject, was, now, self.resource, places)

    def rest(self, old: Object, new: Object, known: Collection[str], subject: str = "") -> Iterator[Difference]:
        """What differs in words that nobody compares: texts, and what is not known. Extensions promise nothing."""
        if old == new:
            return
        before, after = named(old), named(new)
        words = [word for word in {**before, **after} if word not in known and before.get(word) != after.get(word)]
        for word in words:
            about = f"{subject}: {word}" if subject else word
            if word in TEXTS:
                yield self.found("text-changed", about)
            else:
                yield self.found("unknown-changed", about, before.get(word), after.get(word))
