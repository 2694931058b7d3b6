"""What a sample says of one column, counted: its distinct values, and where it stands in the table.

In charge of counting. It must not know what a value means.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Any

from adapters.port import Column, Table
from app.conversions.base import DataIssue
from app.conversions.digits import whole
from app.draft.model import Sample


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
    _some: dict[int, Sequence[Any]] = field(default_factory=dict, init=False, compare=False, repr=False)

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

    def some(self, most: int) -> Sequence[Any]:
        """At most so many distinct values, taken evenly from frequent to rare."""
        if most not in self._some:
            step = max(1, len(self.counts) // most)
            self._some[most] = list(islice(self.counts, 0, None, step))[:most]
        return self._some[most]


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


def plain(value: Any) -> Any:
    """A stored value that can be counted: buffers as bytes, and what has no hash as its text."""
    if isinstance(value, bytearray | memoryview):
        return bytes(value)
    try:
        hash(value)
    except TypeError:  # such as a signalling NaN
        return str(value)
    return value
