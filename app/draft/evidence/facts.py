"""What a sample says of one column, counted: its distinct values, and where it stands in the table.

In charge of counting. It must not know what a value means.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any, Final

from adapters.port import Column, Table
from app.conversions.base import DataIssue
from app.conversions.digits import whole
from app.draft.model import Sample

SOME: Final = 64  # values that stand for all where a reading is dropped


@dataclass(frozen=True)
class Facts:
    """One column of a sample.

    `counts` are its distinct values that are not NULL, the most frequent first, with the rows that hold each; `missing` the rows
    that hold NULL. `keyed`: it is part of a key, of a unique index, or of a reference to another table. `alone`: it is one by itself.
    """

    column: Column
    counts: Mapping[Any, int]
    missing: int = 0
    keyed: bool = False
    alone: bool = False

    @cached_property
    def filled(self) -> int:
        """The rows that hold a value."""
        return sum(self.counts.values())

    @property
    def rows(self) -> int:
        """All rows."""
        return self.filled + self.missing

    @cached_property
    def texts(self) -> Mapping[str, int]:
        """The values that are text, without trailing blanks."""
        found: Counter[str] = Counter()
        for value, count in self.counts.items():
            if isinstance(value, str):
                found[value.rstrip(" ")] += count
        return found

    @cached_property
    def numbers(self) -> tuple[int, ...]:
        """The values that are whole numbers, whatever a driver brings them as; text is none."""
        return tuple(_wholes(value for value in self.counts if not isinstance(value, str | bytes)))

    @cached_property
    def some(self) -> Sequence[Any]:
        """Some distinct values, taken evenly from frequent to rare."""
        return self.spread(SOME)

    def spread(self, most: int) -> Sequence[Any]:
        """The same, at most so many."""
        step = max(1, len(self.counts) // most)
        return list(islice(self.counts, 0, None, step))[:most]

    @cached_property
    def widths(self) -> Sequence[float]:
        """How many digits each of some values has: none where it is blank, without end where it is no whole number."""
        return list(map(_width, self.some))


def facts(sample: Sample) -> list[Facts]:
    """What is known of each column of a sample, in its order."""
    return [_facts(sample, name) for name in sample.columns]


def _facts(sample: Sample, name: str) -> Facts:
    column = sample.table.column(name)
    assert column is not None, f"{name} is a column of the sample's table"
    counts = Counter(map(plain, sample.values(name)))
    missing = counts.pop(None, 0)
    keys = unique_keys(sample.table)
    references = [reference.columns for reference in sample.table.foreign]
    keyed = any(name in columns for columns in (*keys, *references))
    return Facts(column, dict(counts.most_common()), missing, keyed, (name,) in keys)


def unique_keys(table: Table) -> list[tuple[str, ...]]:
    """The sets of columns that the table declares unique: its key first."""
    unique = [index.columns for index in table.indexes if index.unique]
    return [columns for columns in (table.key, *unique) if columns]


def _wholes(values: Iterable[Any]) -> Iterator[int]:
    for value in values:
        try:
            yield whole(value)
        except DataIssue:
            continue


def _width(value: Any) -> float:
    if isinstance(value, str) and not value.strip(" "):
        return 0
    try:
        number = whole(value)
    except DataIssue:
        return math.inf
    return math.inf if number < 0 else len(str(int(number)))


def plain(value: Any) -> Any:
    """A stored value that can be counted: buffers as bytes, and what has no hash as its text."""
    if isinstance(value, bytearray | memoryview):
        return bytes(value)
    try:
        hash(value)
    except TypeError:  # such as a signalling NaN
        return str(value)
    return value
