"""Summary: what the state has kept of reads, summed up by whatever a person asks for.

In charge of what a call counts under, and of whose name stands behind a caller. It must not know where the records come from, nor
how the sums are shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from app.plan.forms import Form
from app.state import KeyRecord, UsageRecord

KEY: Final = "key:"  # how the identity of a key's holder begins

Place = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class By:
    """A way to sum up: what its columns are called, what a record counts under, and a sentence for the help."""

    columns: tuple[str, ...]
    places: Callable[[UsageRecord], Iterable[Place]]
    help: str


@dataclass(slots=True)
class Sum:
    """The calls that count under `of`; how many callers they came from, and the first and last day (ISO, UTC)."""

    of: Place
    calls: int = 0
    first: str = ""
    last: str = ""
    who: set[str] = field(default_factory=set)

    @property
    def callers(self) -> int:
        """How many there are."""
        return len(self.who)

    def add(self, record: UsageRecord) -> None:
        """Count its calls here, too."""
        self.calls += record.calls
        self.first = min(self.first or record.first, record.first)
        self.last = max(self.last, record.last)
        self.who.add(record.caller)


def served(form: Form) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The resources that a form was served of, each with its fields: the one that was asked for, and what was expanded."""
    return ((form.resource, form.fields), *form.along)


def _resources(record: UsageRecord) -> Iterable[Place]:
    return ((record.form.version, name) for name, _ in served(record.form))


def _fields(record: UsageRecord) -> Iterable[Place]:
    return ((record.form.version, name, each) for name, fields in served(record.form) for each in fields)


def _filters(record: UsageRecord) -> Iterable[Place]:
    return ((record.form.version, record.form.resource, each) for each in record.form.filters)


def _sorts(record: UsageRecord) -> Iterable[Place]:
    return ((record.form.version, record.form.resource, each) for each in record.form.sorts)


def _expansions(record: UsageRecord) -> Iterable[Place]:
    return ((record.form.version, *pair) for pair in record.form.expansions)


_OF_RESOURCE: Final = ("version", "resource")

BY: Final[Mapping[str, By]] = {
    "caller": By(("caller",), lambda record: [(record.caller,)], "who asks"),
    "version": By(("version",), lambda record: [(record.form.version,)], "the version that is asked"),
    "resource": By(_OF_RESOURCE, _resources, "what is served, expanded resources too"),
    "field": By((*_OF_RESOURCE, "field"), _fields, "fields that are served, those of expanded resources too"),
    "filter": By((*_OF_RESOURCE, "filter"), _filters, "parameters that filter"),
    "sort": By((*_OF_RESOURCE, "sort"), _sorts, "fields that are sorted by"),
    "expansion": By((*_OF_RESOURCE, "expansion"), _expansions, "what is expanded"),
}  # the words of `bascule usage --by`


def summed(records: Iterable[UsageRecord], by: By) -> list[Sum]:
    """The sums, the largest first. A call counts once under each place."""
    found: dict[Place, Sum] = {}
    for record in records:
        for place in dict.fromkeys(by.places(record)):
            found.setdefault(place, Sum(place)).add(record)
    return sorted(found.values(), key=lambda each: (-each.calls, each.of))


def bare_calls(records: Iterable[UsageRecord]) -> int:
    """The calls of which no more than the resource was kept, since there were too many callers and forms."""
    return sum(record.calls for record in records if record.form.bare)


def names(keys: Iterable[KeyRecord]) -> Mapping[str, str]:
    """Whose key each caller with one has, and what was noted of it."""
    return {KEY + key.id: f"{key.owner} ({key.note})" if key.note else key.owner for key in keys}


def first_day(today: date, days: int) -> str:
    """The first of so many days (ISO), today among them."""
    return (today - timedelta(days=days - 1)).isoformat()
