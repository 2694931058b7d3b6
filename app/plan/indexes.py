"""Indexes: what a client may ask that no index of the catalog serves, so that the source would read a whole table for it.

In charge of judging each filter, each sort, the key and each expansion by itself: which of two indexes a source takes for a
filter with a sort is its own business. It must not know any source; it knows keys and indexes as the catalog lists them.

An index serves

- an equal comparison, if it begins with the field's columns in any order, or if it is unique and has no other columns;
- a range or a prefix, if it begins with the field's columns in their order;
- a sort, if it begins with the columns that a page is ordered by, the key's last: so a page ends after its own rows. All of
  them have one direction, and an index is walked in either;
- `contains` never.

A column that `active_when` holds to one value may stand anywhere in an index, or be missing from it. A field over several
columns is found by those that decide about null: by the date, where a date and a time are a moment.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile
from typing import Final

from adapters.port import Compare, Index, Table
from app.contract.model import ExpandSpec, ResourceSpec
from app.contract.words import ALL
from app.plan.filters import RANGES
from app.plan.model import Field, Filter, Operator, Resource
from app.plan.read import order_of
from app.shapes import Fault

Report = Callable[[Fault], None]

_ORDERED: Final[frozenset[Operator]] = frozenset({*RANGES, "prefix"})


def check(
    specs: Mapping[str, ResourceSpec], resources: Mapping[str, Resource], tables: Mapping[str, Table], warn: Report
) -> None:
    """Warn of all that no index serves in a version. `resources` and `tables` are those that have compiled."""
    judged = {
        name: _Judged(specs[name], resource, tables[name])
        for name, resource in resources.items()
        if _whole(specs[name], resource)
    }
    for each in judged.values():
        for warning in _warnings(each, judged):
            warn(warning)


def _whole(spec: ResourceSpec, resource: Resource) -> bool:
    """Whether all that the contract names has compiled; else a fault says more than a warning could."""
    return {*spec.fields, *spec.key, *spec.sort} <= resource.fields.keys()


@dataclass(frozen=True)
class _Judged:
    """A resource, and what the catalog says of its table."""

    spec: ResourceSpec
    resource: Resource
    table: Table

    @cached_property
    def indexes(self) -> tuple[Index, ...]:
        """The ways into the table; none where the catalog says nothing of them."""
        if self.resource.query is not None or not self.resource.traits.indexes:
            return ()
        key = (Index("the primary key", self.table.key, unique=True),) if self.table.key else ()
        return (*key, *self.table.indexes)

    @cached_property
    def held(self) -> frozenset[str]:
        """The columns that have one value in every row that is visible."""
        return frozenset(each.column for each in self.resource.active if isinstance(each, Compare))

    def accepts(self, *names: str) -> bool:
        """Whether the contract accepts that no index serves one of these."""
        return not {ALL, *names}.isdisjoint(self.spec.unindexed)

    def begins(self, columns: Sequence[str]) -> bool:
        """Whether an index begins with the columns, in their order."""
        wanted = self._free(columns)
        return any(self._free(index.columns)[: len(wanted)] == wanted for index in self.indexes)

    def finds(self, columns: Collection[str]) -> bool:
        """Whether an index leads to the rows that have one value in each of the columns."""
        wanted = set(self._free(columns))
        ways = ((index, self._free(index.columns)) for index in self.indexes)
        return any(set(way[: len(wanted)]) == wanted or (index.unique and set(way) <= wanted) for index, way in ways)

    def walks(self, columns: Sequence[str]) -> bool:
        """Whether an index has the rows in the order of the columns. A unique one may end early, if none can be NULL."""
        if self.begins(columns):
            return True
        wanted = self._free(columns)
        ways = (self._free(index.columns) for index in self.indexes if index.unique)
        nullable = {column.name for column in self.table.columns if column.nullable}
        return any(way == wanted[: len(way)] and nullable.isdisjoint(way) for way in ways)

    def _free(self, columns: Collection[str]) -> list[str]:
        return [column for column in columns if column not in self.held]


def _warnings(judged: _Judged, others: Mapping[str, _Judged]) -> Iterator[Fault]:
    if judged.indexes:
        yield from _key(judged)
        yield from _filters(judged)
        yield from _sorts(judged)
    elif not judged.accepts():
        yield _unknown(judged)
    for expansion in judged.spec.expand.values():
        if expansion.resource in others and not judged.accepts(expansion.name):
            yield from _expansion(expansion, others[expansion.resource])


def _unknown(judged: _Judged) -> Fault:
    """One warning for the resource, where nothing is known of any index."""
    spec, table = judged.spec, judged.table.name
    if judged.resource.query is not None:
        why = f"nobody knows which indexes {spec.query} uses"
    elif not judged.resource.traits.indexes:
        why = f"the catalog of {spec.source!r} lists no indexes, since sources of its kind do not tell"
    else:
        why = f"the catalog lists no key and no index of {table}: it is a view, or everything reads all of it"
    place = spec.node.at("table" if spec.table is not None else "query")
    hint = f"if what may be asked of it is fast, say so: unindexed: {ALL}"
    return Fault("unknown-indexes", place, why, hint=hint, severity="warning")


def _key(judged: _Judged) -> Iterator[Fault]:
    spec, table = judged.spec, judged.table.name
    columns = [each.column for each in order_of(judged.resource, ())]
    if not judged.walks(columns) and not (judged.accepts() or set(spec.key) <= set(spec.unindexed)):
        message = f"each page sorts all of {table} by the key: {_lacking(judged, columns)}"
        place, hint = spec.node.at("key"), _acceptance(*spec.key)
        yield Fault("unindexed-key", place, message, _index(columns), hint, "warning")


def _filters(judged: _Judged) -> Iterator[Fault]:
    for number, entry in enumerate(judged.spec.filter):
        name, _, operator = entry.partition("[")
        asked = [
            each
            for each in judged.resource.filters.values()
            if each.field.name == name
            and operator in {"", f"{each.operator}]"}
            and not judged.accepts(name, f"{name}[{each.operator}]")
        ]
        place = judged.spec.node.at("filter", number)
        searched = [each for each in asked if each.operator == "contains"]
        found = [each for each in asked if each.operator != "contains"]
        if found and not _served(judged, found):
            columns = _deciding(found[0].field)
            message = f"a filter by {name} reads all of {judged.table.name}: no index begins with {', '.join(columns)}"
            yield Fault("unindexed-filter", place, message, _index(columns), _acceptance(entry), "warning")
        if searched:
            message = f"{name}[contains] reads all of {judged.table.name}: no index can serve it"
            expected = f"an entry for each other operator, such as '{name}[prefix]'"
            hint = _acceptance(f"{name}[contains]")
            yield Fault("unindexed-search", place, message, expected, hint, "warning")


def _served(judged: _Judged, asked: Sequence[Filter]) -> bool:
    """Whether one index serves the operators of a field."""
    columns = _deciding(asked[0].field)
    ordered = any(each.operator in _ORDERED for each in asked)
    return judged.begins(columns) if ordered else judged.finds(columns)


def _sorts(judged: _Judged) -> Iterator[Fault]:
    for number, name in enumerate(judged.spec.sort):
        columns = [each.column for each in order_of(judged.resource, ((name, False),))]
        if not judged.walks(columns) and not judged.accepts(name):
            message = f"a sort by {name} sorts all of {judged.table.name}: {_lacking(judged, columns)}"
            place = judged.spec.node.at("sort", number)
            yield Fault("unindexed-sort", place, message, _index(columns), _acceptance(name), "warning")


def _expansion(expansion: ExpandSpec, target: _Judged) -> Iterator[Fault]:
    """What an expansion joins on; where nothing is known of the other resource's indexes, that one has its own warning."""
    fields = [target.resource.fields[name] for name in expansion.on.values() if name in target.resource.fields]
    columns = [column for field in fields for column in _deciding(field)]
    if target.indexes and not target.finds(columns):
        message = f"{expansion.name} reads all of {target.table.name}: no index begins with {', '.join(columns)}"
        place, hint = expansion.node.at(), _acceptance(expansion.name)
        yield Fault("unindexed-expansion", place, message, _index(columns), hint, "warning")


def _deciding(field: Field) -> list[str]:
    """The columns that a field's rows are found by."""
    return [column.name for column in field.columns[: field.conversion.deciding or len(field.columns)]]


def _lacking(judged: _Judged, columns: Sequence[str]) -> str:
    """What no index has, and the index that comes nearest to it."""
    shared = {index.name: list(_shared(index.columns, columns)) for index in judged.indexes}
    nearest = max(shared, key=lambda name: len(shared[name]))
    near = f"; {nearest} has {', '.join(shared[nearest])} alone" if shared[nearest] else ""
    return f"no index has {', '.join(columns)} in this order{near}"


def _shared(first: Sequence[str], second: Sequence[str]) -> Iterator[str]:
    """The beginning that both have."""
    pairs = takewhile(lambda pair: pair[0] == pair[1], zip(first, second, strict=False))
    return (one for one, _ in pairs)


def _index(columns: Sequence[str]) -> str:
    return f"an index of ({', '.join(columns)})"


def _acceptance(*accepted: str) -> str:
    """What the contract says where somebody knows better."""
    words = (f"'{word}'" if "[" in word else word for word in accepted)
    return f"or accept it: unindexed: [{', '.join(words)}]"
