"""Uses: what of a plan stands on a table or on a column of it.

In charge of following a column to the fields that show it, and from there to whatever clients can ask by them. It must not
know what has happened to the column.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from adapters.port import All, Any_, Predicate
from app.plan.model import Expansion, Plan, Resource, Version


@dataclass(frozen=True, slots=True)
class Place:
    """A table of a source, or a named query: `name` is its file, `query` its text."""

    source: str
    name: str
    query: str | None = None

    def holds(self, resource: Resource) -> bool:
        """Whether a resource is read from here."""
        if resource.source != self.source:
            return False
        return resource.table == self.name if self.query is None else resource.query == self.query

    def resources(self, plan: Plan) -> Iterator[Resource]:
        """The resources of all versions that are read from here."""
        return (each for version in plan.versions.values() for each in version.resources.values() if self.holds(each))


@dataclass(frozen=True, slots=True)
class Use:
    """What of one resource of one version is hit. `owner` is whom to write to, as the contract names him.

    `filters` are parameters; `expansions` are those that the resource offers; `always`: a rule that holds for each of its rows,
    `active_when` or who may see which.
    """

    version: str
    resource: str
    owner: str = ""
    fields: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    sorts: tuple[str, ...] = ()
    expansions: tuple[str, ...] = ()
    key: bool = False
    always: bool = False

    def __str__(self) -> str:
        """`v1/orders: key; field status; filter status; sort status`; the operators of a filter stand in `filters`."""
        filters = tuple(dict.fromkeys(each.partition("[")[0] for each in self.filters))
        named = (("field", self.fields), ("filter", filters), ("sort", self.sorts), ("expand", self.expansions))
        parts = ["key"] * self.key + [f"{word} {', '.join(names)}" for word, names in named if names]
        parts += ["which rows are served"] * self.always
        return f"{self.version}/{self.resource}: {'; '.join(parts)}" if parts else f"{self.version}/{self.resource}"


def uses(plan: Plan, place: Place, columns: Collection[str] | None = None) -> tuple[Use, ...]:
    """What stands on these columns of a table; None: on the table as a whole. In the plan's order."""
    return tuple(use for version in plan.versions.values() for use in _in_version(version, place, columns))


def _in_version(version: Version, place: Place, columns: Collection[str] | None) -> Iterator[Use]:
    touched = {
        name: frozenset(_fields(resource, columns))
        for name, resource in version.resources.items()
        if place.holds(resource)
    }
    for name, resource in version.resources.items():
        found = _in_resource(resource, touched, columns)
        if found != Use(resource.version, name, resource.owner) or (name in touched and columns is None):
            yield found


def _fields(resource: Resource, columns: Collection[str] | None) -> Iterator[str]:
    """The fields that show one of the columns."""
    for name, field in resource.fields.items():
        if columns is None or any(column.name in columns for column in field.columns):
            yield name


def _in_resource(resource: Resource, touched: dict[str, frozenset[str]], columns: Collection[str] | None) -> Use:
    here = touched.get(resource.name, frozenset())
    use = Use(
        resource.version,
        resource.name,
        resource.owner,
        fields=tuple(name for name in resource.fields if name in here),
        filters=tuple(name for name, each in resource.filters.items() if each.field.name in here),
        sorts=tuple(name for name in resource.sorts if name in here),
        expansions=tuple(name for name, each in resource.expansions.items() if _joins(each, here, touched)),
        key=not here.isdisjoint(resource.key),
    )
    return replace(use, always=resource.name in touched and _always(resource, here, columns))


def _joins(expansion: Expansion, here: frozenset[str], touched: dict[str, frozenset[str]]) -> bool:
    """Whether an expansion joins on one of the fields, at either end."""
    there = touched.get(expansion.resource, frozenset())
    return not here.isdisjoint(expansion.local) or not there.isdisjoint(expansion.remote)


def _always(resource: Resource, here: frozenset[str], columns: Collection[str] | None) -> bool:
    """Whether a predicate that no request can override names one of the columns."""
    scoped = any(field.name in here for field, _ in resource.access.rows)
    return scoped or any(columns is None or name in columns for name in active_columns(resource.active))


def active_columns(active: Iterable[Predicate]) -> Iterator[str]:
    """The columns that predicates name."""
    for predicate in active:
        if isinstance(predicate, All | Any_):
            yield from active_columns(predicate.terms)
        else:
            yield predicate.column


def merged(found: Sequence[Use]) -> tuple[Use, ...]:
    """One use of each resource, in the order in which they came."""
    by_resource: dict[tuple[str, str], Use] = {}
    for use in found:
        name = (use.version, use.resource)
        by_resource[name] = _both(by_resource[name], use) if name in by_resource else use
    return tuple(by_resource.values())


def _both(one: Use, other: Use) -> Use:
    lists: dict[str, Any] = {
        word: tuple(dict.fromkeys((*getattr(one, word), *getattr(other, word))))
        for word in ("fields", "filters", "sorts", "expansions")
    }
    return replace(one, **lists, key=one.key or other.key, always=one.always or other.always)
