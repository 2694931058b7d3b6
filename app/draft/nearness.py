"""Which fields may refer to which key: found by the names of columns, by the words of names, and by a value.

In charge of leaving out what nothing could speak for: of a thousand tables each has a few that it may lead to, and only these are
compared. It must not judge: what it finds is what has to be looked at.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from typing import Any, Final

from app.conversions.base import BadOption
from app.draft.model import FieldDraft
from app.draft.side import Side, may_be_spelt

TELLING: Final = 50  # distinct texts that are not found elsewhere by chance
IDENTITIES: Final = frozenset({"id", "number", "code", "key", "no"})  # they do not say what of

Near = Sequence[tuple[Side, Sequence[FieldDraft]]]


class Nearness:
    """The keys of resources, where they are found by what refers to them."""

    def __init__(self, sides: Sequence[Side]) -> None:
        self._sides = sides
        self._tables: Mapping[str, list[Side]] = defaultdict(list)
        self._columns: Mapping[str, list[int]] = defaultdict(list)
        self._words: Mapping[str, list[int]] = defaultdict(list)
        self._keys: Mapping[str, list[int]] = defaultdict(list)
        for at, side in enumerate(sides):
            self._add(at, side)

    def _add(self, at: int, side: Side) -> None:
        self._tables[side.sample.table.name].append(side)
        for column in {column for name in side.key for column in side.named[name].proposal.columns}:
            self._columns[column].append(at)
        if len(side.key) == 1:
            entity = "_".join(side.entity)
            for words in (entity, f"{entity}_{side.key[0]}"):
                self._words[words].append(at)
            self._keys[side.key[0]].append(at)

    def over(self, table: str) -> Sequence[Side]:
        """The resources over a table."""
        return self._tables.get(table, ())

    def named(self, holder: Side) -> Near:
        """The resources that fields of this one may refer to by their names or their columns', each with these fields."""
        return self._ordered(holder, self._by_name(holder))

    def near(self, holder: Side) -> Near:
        """The same, and those in whose keys a field's values may lie, whatever it is called."""
        return self._ordered(holder, chain(self._by_name(holder), self._by_value(holder)))

    def _by_name(self, holder: Side) -> Iterator[tuple[int, str]]:
        for each in holder.fields:
            found = [at for column in each.proposal.columns for at in self._columns.get(column, ())]
            found += [at for words in _stretches(each.name) for at in self._words.get(words, ())]
            if each.name not in IDENTITIES:
                found += self._keys.get(each.name, ())
            yield from ((at, each.name) for at in found)

    def _by_value(self, holder: Side) -> Iterator[tuple[int, str]]:
        """All values have to be keys of the other: where the first one is none, the others need not be looked at."""
        for each in holder.fields:
            first = _first(holder, each)
            if first is not None:
                yield from ((at, each.name) for at, values in self._texts if first in values)

    @cached_property
    def _texts(self) -> Sequence[tuple[int, frozenset[Any]]]:
        """The keys that are texts and all known."""
        keys = [
            (at, side, side.named[side.key[0]])
            for at, side in enumerate(self._sides)
            if side.drafted and side.sample.whole and len(side.key) == 1
        ]
        return [(at, side.values(key)) for at, side, key in keys if may_be_spelt(key)]

    def _ordered(self, holder: Side, found: Iterable[tuple[int, str]]) -> Near:
        """Each resource once, in their order, with the fields in the holder's."""
        names: Mapping[int, set[str]] = defaultdict(set)
        for at, name in found:
            names[at].add(name)
        sides = ((self._sides[at], names[at]) for at in sorted(names))
        return [(side, [each for each in holder.fields if each.name in some]) for side, some in sides]


def _stretches(name: str) -> Iterator[str]:
    """The words that a name begins with, and those that it ends with."""
    words = name.split("_")
    yield from ("_".join(words[:end]) for end in range(1, len(words) + 1))
    yield from ("_".join(words[start:]) for start in range(1, len(words)))


def _first(holder: Side, each: FieldDraft) -> Any:
    """A value of a field that holds enough texts to tell anything; None where it does not."""
    if not may_be_spelt(each) or len(holder.stored(each)) < TELLING:
        return None
    try:
        return next(holder.decoded(each), None)
    except BadOption:  # the compiler will say so
        return None
