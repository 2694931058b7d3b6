"""The glossary: one word for one thing, across resources, versions and systems.

In charge of gathering fields by name: what each means and where, what it refers to, and what else it is called. Two names of different
versions are names of one thing where the same is stored under both, which is what a lens's `rename` leaves behind. It tells
nobody what is stored: no table, column, source or host is named.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass

from app.plan.model import Field, Resource, Version

Place = tuple[str, str]
"""A version and a resource of it."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """One type and one description of a word, and the places where it has them. `classification` is the strictest of these."""

    type: str
    description: str
    classification: str
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Term:
    """One word. `others` are its names in other versions; `refers` are fields that it leads to, as `orders.number`."""

    name: str
    meanings: tuple[Meaning, ...]
    others: tuple[str, ...]
    refers: tuple[str, ...]

    @property
    def ambiguous(self) -> bool:
        """Whether it is of more than one type: then it is not one word for one thing."""
        return len({meaning.type for meaning in self.meanings}) > 1


def glossary(versions: Iterable[Version]) -> tuple[Term, ...]:
    """The terms of all versions, in alphabetical order."""
    versions = tuple(versions)
    called = _called(versions)
    found: dict[str, list[tuple[Resource, Field]]] = {}
    for resource, field in _fields(versions):
        found.setdefault(field.name, []).append((resource, field))
    leads = _leads(versions)
    return tuple(
        Term(name, tuple(_meanings(uses)), _others(uses, called), tuple(leads.get(name, ())))
        for name, uses in sorted(found.items())
    )


def _fields(versions: Iterable[Version]) -> Iterator[tuple[Resource, Field]]:
    for version in versions:
        for resource in version.resources.values():
            for field in resource.fields.values():
                yield resource, field


def _meanings(uses: Iterable[tuple[Resource, Field]]) -> Iterator[Meaning]:
    """The meanings of a word; without a description it means what it means elsewhere."""
    gathered: dict[tuple[str, str], list[tuple[Place, Field]]] = {}
    for resource, field in uses:
        about = (field.type, field.description.strip())
        gathered.setdefault(about, []).append(((resource.version, resource.name), field))
    for (kind, description), found in gathered.items():
        classes = {field.classification for _, field in found}
        strictest = next(each for each in ("personal", "confidential", "internal", "public") if each in classes)
        yield Meaning(kind, description, strictest, tuple(place for place, _ in found))


def stored(resource: Resource, field: Field) -> Hashable:
    """What tells one stored thing from another, whatever it is called."""
    where = resource.table if resource.table is not None else resource.query
    return resource.source, where, tuple(column.name for column in field.columns)


def _called(versions: Iterable[Version]) -> dict[Hashable, dict[str, set[str]]]:
    """The names of each stored thing, and the versions that call it so."""
    called: dict[Hashable, dict[str, set[str]]] = {}
    for resource, field in _fields(versions):
        called.setdefault(stored(resource, field), {}).setdefault(field.name, set()).add(resource.version)
    return called


def _others(uses: Iterable[tuple[Resource, Field]], called: dict[Hashable, dict[str, set[str]]]) -> tuple[str, ...]:
    """The names that other versions have for it. Two names in one version are two views of a thing, and no rename."""
    others: dict[str, None] = {}
    for resource, field in uses:
        names = called[stored(resource, field)]
        here = names[field.name]
        others.update(
            dict.fromkeys(name for name, there in names.items() if name != field.name and here.isdisjoint(there))
        )
    return tuple(sorted(others))


def _leads(versions: Iterable[Version]) -> dict[str, dict[str, None]]:
    """Where fields lead by expansions to one item: `customer` to `customers.number`."""
    leads: dict[str, dict[str, None]] = {}
    for version in versions:
        for resource in version.resources.values():
            for expansion in resource.expansions.values():
                one, many = (expansion.local, expansion.remote), (expansion.remote, expansion.local)
                names, keys = many if expansion.many else one
                target = resource.name if expansion.many else expansion.resource
                for name, key in zip(names, keys, strict=True):
                    leads.setdefault(name, {}).setdefault(f"{target}.{key}")
    return leads
