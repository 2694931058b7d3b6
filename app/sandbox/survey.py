"""The survey: which tables a plan reads, through which fields, and which rows refer to which.

In charge of those values, over all versions of all resources: one table is one, whoever reads it. It must not know what is drawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from adapters.port import Catalog, Column, Compare, ForeignKey, In, Table
from app.plan.model import Expansion, Field, Plan, Resource, Version
from app.plan.relations import TEXTUAL

Place = tuple[str, str]
"""Where rows lie: a source, and its table or the text of its query."""

Attribute = tuple[Place, tuple[str, ...]]
"""The columns of a field, and where they lie: what a value is stored in."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What the rows of a resource fulfil (`active_when`): the stored values that each of some columns may have."""

    allowed: tuple[tuple[str, tuple[object, ...]], ...] = ()

    @classmethod
    def of(cls, resource: Resource) -> Condition:
        """The condition of a resource."""
        values, found = iter(resource.active_values), []
        for predicate in resource.active:
            assert isinstance(predicate, Compare | In)  # what the compiler makes of `active_when`
            count = 1 if isinstance(predicate, Compare) else predicate.count
            found.append((predicate.column, tuple(next(values) for _ in range(count))))
        return cls(tuple(found))


@dataclass(frozen=True, slots=True)
class Reference:
    """Each row of `child` that has values in the first of each of `pairs` finds a row of `parent` with them in the second.

    `condition` is what the rows of the parent have to fulfil. `whole`: the child has a row for each of them.
    """

    child: Place
    parent: Place
    pairs: tuple[tuple[Field, Field], ...]
    condition: Condition = Condition()
    whole: bool = False

    @property
    def compound(self) -> bool:
        """Whether several fields refer together."""
        return len(self.pairs) > 1


@dataclass(frozen=True, slots=True)
class Cluster:
    """Columns that are read together: no field of another cluster reads one of them. `named` are the resources of the fields.

    `key`: one of them belongs to a key, so that it is never null.
    """

    columns: tuple[Column, ...]
    fields: tuple[Field, ...] = ()
    named: tuple[str, ...] = ()
    key: bool = False
    name: str = field(init=False, default="")

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", ",".join(column.name for column in self.columns))


@dataclass(frozen=True, eq=False)
class Used:
    """A table, or what a query brings, and the resources that read it; `known` is what the catalog says of it."""

    place: Place
    known: Table
    resources: list[Resource] = field(default_factory=list)

    @cached_property
    def fields(self) -> Mapping[tuple[str, ...], tuple[tuple[Field, str], ...]]:
        """The fields by their columns, each with the name of its resource."""
        found: dict[tuple[str, ...], dict[tuple[str, int], tuple[Field, str]]] = {}
        for resource in self.resources:
            for each in resource.fields.values():
                said = found.setdefault(columns_of(each), {})
                said.setdefault((each.type, id(each.conversion)), (each, resource.name))
        return {columns: tuple(each.values()) for columns, each in found.items()}

    @cached_property
    def clusters(self) -> tuple[Cluster, ...]:
        """The columns that are read, in the catalog's order, as far as they have to do with each other."""
        groups: list[set[str]] = []
        for columns in self.fields:
            touched = [group for group in groups if not group.isdisjoint(columns)]
            groups = [group for group in groups if group not in touched] + [set(columns).union(*touched)]
        found = [self._cluster(group) for group in groups]
        alone = [each for each in self._conditional() if not any(each.name in group for group in groups)]
        return (*found, *(Cluster((column,)) for column in alone))

    def _cluster(self, group: set[str]) -> Cluster:
        columns = tuple(column for column in self.known.columns if column.name in group)
        said = [pair for key, pairs in self.fields.items() if group.issuperset(key) for pair in pairs]
        said.sort(key=lambda pair: -len(pair[0].columns))  # whoever reads most of them is asked first
        key = any(not group.isdisjoint(names) for names in self.keys)
        return Cluster(columns, tuple(each for each, _ in said), tuple(name for _, name in said), key)

    def _conditional(self) -> Iterator[Column]:
        """The columns of conditions."""
        names = {name for condition in self.conditions for name, _ in condition.allowed}
        return (column for column in self.known.columns if column.name in names)

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """What the rows of its resources fulfil, each once; none where no resource asks for anything."""
        found = dict.fromkeys(map(Condition.of, self.resources))
        return tuple(each for each in found if each.allowed)

    @cached_property
    def keys(self) -> tuple[tuple[str, ...], ...]:
        """The columns of which no two rows have the same values, by the keys of its resources."""
        return tuple(dict.fromkeys(columns for columns, _ in self.series))

    @cached_property
    def series(self) -> tuple[tuple[tuple[str, ...], tuple[Field, ...]], ...]:
        """The keys of its resources: their columns, and their fields."""
        found: dict[tuple[str, ...], tuple[Field, ...]] = {}
        for resource in self.resources:
            fields = tuple(resource.fields[name] for name in resource.key)
            found.setdefault(tuple(name for each in fields for name in columns_of(each)), fields)
        return tuple(found.items())

    @cached_property
    def unique(self) -> tuple[tuple[str, ...], ...]:
        """The keys, and what the catalog says of other columns that are read."""
        read = {name for columns in self.fields for name in columns}
        told = (self.known.key, *(index.columns for index in self.known.indexes if index.unique))
        return tuple(dict.fromkeys((*self.keys, *(each for each in told if each and read.issuperset(each)))))


def columns_of(each: Field) -> tuple[str, ...]:
    """The names of a field's columns."""
    return tuple(column.name for column in each.columns)


def place_of(resource: Resource) -> Place:
    """Where the rows of a resource lie."""
    return resource.source, resource.table if resource.table is not None else resource.query or ""


def survey(plan: Plan, catalogs: Mapping[str, Catalog], queries: Mapping[str, str]) -> Mapping[Place, Used]:
    """Everything that a plan reads. `queries` has the text of each named query."""
    described = {
        (source, queries[name]): table
        for source, catalog in catalogs.items()
        for name, table in catalog.queries.items()
        if name in queries
    }
    found: dict[Place, Used] = {}
    for version in plan.versions.values():
        for resource in version.resources.values():
            place = place_of(resource)
            if place not in found:
                known = described.get(place) if resource.table is None else catalogs[place[0]].tables[place[1]]
                assert known is not None  # the plan was compiled with it
                found[place] = Used(place, known)
            found[place].resources.append(resource)
    return found


# References.


def references(plan: Plan, used: Mapping[Place, Used]) -> tuple[Reference, ...]:
    """Which rows refer to which: by the expansions of all versions, then by the foreign keys of the catalogs; each once."""
    found: dict[tuple[object, ...], Reference] = {}
    for each in (*_expanded(plan), *_declared(used)):
        pairs = tuple((columns_of(own), columns_of(other)) for own, other in each.pairs)
        if each.child != each.parent or any(own != other for own, other in pairs):
            found.setdefault((each.child, each.parent, pairs, each.condition), each)
    return tuple(_turned(tuple(found.values()), used))


def _turned(found: tuple[Reference, ...], used: Mapping[Place, Used]) -> Iterator[Reference]:
    """The references; of two tables with one key of several fields, that one is the child which belongs to nobody else.

    An order's line and its text have one key, whichever of them leads to the other; the line belongs to an order.
    """
    owned = {each.child for each in found if each.compound and not _paired(each, used)}
    for each in found:
        if each.compound and _paired(each, used) and each.child in owned and each.parent not in owned:
            yield Reference(each.parent, each.child, tuple((other, own) for own, other in each.pairs), whole=True)
        else:
            yield each


def _paired(reference: Reference, used: Mapping[Place, Used]) -> bool:
    """Whether a row of either end has one of the other at most."""
    own, other = ({name for pair in reference.pairs for name in columns_of(pair[end])} for end in (0, 1))
    return own in map(set, used[reference.child].unique) and other in map(set, used[reference.parent].unique)


def _expanded(plan: Plan) -> Iterator[Reference]:
    for version in plan.versions.values():
        for resource in version.resources.values():
            for expansion in resource.expansions.values():
                yield _reference(version, resource, expansion)


def kin(plan: Plan) -> tuple[tuple[Attribute, ...], ...]:
    """The attributes that one claim tells rows apart by: whosever rows they are, they have the same names for them everywhere."""
    found: dict[tuple[str, str], dict[Attribute, None]] = {}
    for version in plan.versions.values():
        for resource in version.resources.values():
            for each, claim in resource.access.rows:
                said = found.setdefault((claim, _type(each)), {})
                said[place_of(resource), columns_of(each)] = None
    return tuple(tuple(each) for each in found.values() if len(each) > 1)


def _reference(version: Version, here: Resource, expansion: Expansion) -> Reference:
    """Of an expansion to many, the rows there refer to one here; else the other way around."""
    there = version.resources[expansion.resource]
    local = [here.fields[name] for name in expansion.local]
    remote = [there.fields[name] for name in expansion.remote]
    if expansion.many:
        return Reference(place_of(there), place_of(here), tuple(zip(remote, local, strict=True)), Condition.of(here))
    return Reference(place_of(here), place_of(there), tuple(zip(local, remote, strict=True)), Condition.of(there))


def _declared(used: Mapping[Place, Used]) -> Iterator[Reference]:
    for place, table in used.items():
        for key in table.known.foreign:
            parent = used.get((place[0], key.table))
            pairs = None if parent is None else _pairs(table, parent, key)
            if parent is not None and pairs:
                yield Reference(place, parent.place, pairs)


def _pairs(child: Used, parent: Used, key: ForeignKey) -> tuple[tuple[Field, Field], ...] | None:
    """The fields of a foreign key's columns; None where no fields of one type read them."""
    found = []
    for own, other in zip(key.columns, key.references, strict=True):
        pair = _alike(child.fields.get((own,), ()), parent.fields.get((other,), ()))
        if pair is None:
            return None
        found.append(pair)
    return tuple(found)


def _alike(ours: tuple[tuple[Field, str], ...], theirs: tuple[tuple[Field, str], ...]) -> tuple[Field, Field] | None:
    """The first fields of one type: a foreign key says nothing of how two columns are read."""
    pairs = ((own, other) for own, _ in ours for other, _ in theirs)
    return next((pair for pair in pairs if _type(pair[0]) == _type(pair[1])), None)


def _type(each: Field) -> str:
    """A field's type, as joins tell types apart."""
    return "string" if each.type in TEXTUAL else each.type
