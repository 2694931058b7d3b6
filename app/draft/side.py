"""A resource as relations see it: its fields by their columns and names, and the values that they have in its sample.

In charge of decoding each field of it once at most, whatever number of tables it is held against. It must not know what a relation is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from app.conversions.base import ApiType, Conversion, Issue
from app.draft.evidence.facts import plain
from app.draft.model import FieldDraft, Sample, conversion_of

_LETTERLESS: Final[frozenset[ApiType]] = frozenset({"integer", "number", "decimal", "boolean", "date", "month", "time"})


@dataclass(frozen=True, eq=False)
class Side:
    """A resource that relations may lie between: one that is drafted, or one that the contract has, of which nothing was read.

    `entity` are the words for one row; `key` and `dropped` are names of fields. A person took the latter out: nothing leads over them.
    """

    name: str
    entity: tuple[str, ...]
    sample: Sample
    fields: tuple[FieldDraft, ...]
    key: tuple[str, ...]
    drafted: bool = True
    dropped: frozenset[str] = frozenset()
    _values: dict[str, frozenset[Any]] = field(default_factory=dict, init=False)  # what was decoded once
    _bound: dict[str, Conversion] = field(default_factory=dict, init=False)

    @cached_property
    def alone(self) -> Mapping[str, FieldDraft]:
        """The fields over one column each, by its name."""
        return {each.proposal.columns[0]: each for each in reversed(self.fields) if len(each.proposal.columns) == 1}

    @cached_property
    def named(self) -> Mapping[str, FieldDraft]:
        """The fields by their names."""
        return {each.name: each for each in self.fields}

    def conversion(self, each: FieldDraft) -> Conversion:
        """The conversion of a field of its own. Raises BadOption."""
        if each.name not in self._bound:
            self._bound[each.name] = conversion_of(each.proposal, self.sample.table)
        return self._bound[each.name]

    def stored(self, each: FieldDraft) -> list[tuple[Any, ...]]:
        """The distinct stored values of a field in the sample, in the order of its rows."""
        columns = each.proposal.columns
        if not set(columns) <= set(self.sample.columns):
            return []
        parts = (map(plain, self.sample.values(column)) for column in columns)
        return list(dict.fromkeys(zip(*parts, strict=True)))

    def values(self, each: FieldDraft) -> frozenset[Any]:
        """The distinct API values of a field in the sample, without null and what does not decode."""
        if each.name not in self._values:
            self._values[each.name] = frozenset(self.decoded(each))
        return self._values[each.name]

    def decoded(self, each: FieldDraft) -> Iterator[Any]:
        """The same, one by one."""
        for stored in self.stored(each):
            value = self.conversion(each).decode(*stored)
            if value is not None and not isinstance(value, Issue):
                yield value

    def is_spelt(self, each: FieldDraft) -> bool:
        """Whether its values are texts with letters: numbers are found among other numbers, whatever they count."""
        values = self.values(each) if may_be_spelt(each) else ()
        texts = all(isinstance(value, str) for value in values)
        return texts and any(letter.isalpha() for value in values for letter in value)


def may_be_spelt(each: FieldDraft) -> bool:
    """Whether values of a field's type may be texts with letters."""
    return each.proposal.type not in _LETTERLESS
