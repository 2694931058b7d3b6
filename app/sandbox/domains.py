"""Domains: fields of several tables, perhaps of several sources, that refer to each other have their values from one series.

In charge of which fields those are, of the series, and of how many values it has. Whatever refers to something draws one of the
series, and whatever is referred to has all of them, one a row: so everybody who refers finds somebody, and no table has to be
made for another's sake. A value is an API value that every field concerned can store, since joins compare those. It must not
know how rows are put together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, TypeVar

from app.conversions.base import Issue, Stored
from app.plan.model import Field
from app.sandbox.draws import Draws
from app.sandbox.filling import decoded, holds, stored, written
from app.sandbox.meanings import Named
from app.sandbox.recipe import Recipe
from app.sandbox.survey import Attribute, Place, Reference, Used, columns_of
from app.sandbox.texts import ATTEMPTS, Asked, Turn

Thing = TypeVar("Thing")
Stores = Mapping[Attribute, Stored]
"""One value of a series, as each attribute stores it."""

_FIRST_LOOK: Final = 3  # values that a field has to give, for the series to be made of its values
_OWNERS: Final = 3
_FAILURES: Final = 50  # candidates one after the other that somebody cannot store: there are no more


@dataclass(frozen=True, eq=False)
class Domain:
    """Attributes with one series of values. `parents` are those that are referred to, `lone` those whose values are all different."""

    attributes: tuple[Attribute, ...]
    references: tuple[Reference, ...]
    used: Mapping[Place, Used]
    parents: frozenset[Attribute]
    lone: frozenset[Attribute]
    seed: int

    def series(self, most: int) -> Sequence[Stores]:
        """At most so many values, each as every attribute stores it."""
        best: list[Stores] = []
        for asked in self._asked():
            found = list(self._made(asked, most))
            if len(found) > len(best):
                best = found
            if len(best) >= min(most, _FIRST_LOOK):
                break
        return best

    def _asked(self) -> Iterator[Asked]:
        """The fields, those first whose values are the fewest: the others can store them, too."""
        found = [
            (_capacity(each), name, each)
            for attribute in self.attributes
            for each, name in self.used[attribute[0]].fields[attribute[1]]
        ]
        for _, name, each in sorted(found, key=lambda pair: (pair[0], pair[1], pair[2].name)):
            yield Asked(each, Named(each.name, name))

    def _made(self, asked: Asked, most: int) -> Iterator[Stores]:
        """Values of one field's making, as far as everybody can store them; no attribute stores two alike."""
        seen: set[tuple[Attribute, Stored]] = set()
        made = failures = number = 0
        while made < most and failures < _FAILURES:
            found = self._stored(Asked(asked.field, asked.named, Turn(number)), number)
            number += 1
            if found is None or not seen.isdisjoint(found.items()):
                failures += 1
                continue
            seen.update(found.items())
            made, failures = made + 1, 0
            yield found

    def _stored(self, asked: Asked, number: int) -> Stores | None:
        """One value, as every attribute stores it; None where one cannot."""
        draws = Draws(self.seed, *asked.named, number)
        for attempt in range(ATTEMPTS // 6):
            spelled = written(asked, draws, attempt)
            found = None if spelled is None else self._everywhere(asked.field.conversion.decode(*spelled))
            if found is not None:
                return found
        return None

    def _everywhere(self, value: Any) -> Stores | None:
        found: dict[Attribute, Stored] = {}
        for attribute in self.attributes:
            place, columns = attribute
            spelled = _spelled(self.used[place], columns, value)
            if spelled is None:
                return None
            found[attribute] = spelled
        return found if all(_joined(each, found) for each in self.references) else None


def _capacity(each: Field) -> tuple[bool, int]:
    """How many values a field may have, as an order: names of codes are the fewest."""
    kinds = [column.type for column in each.columns]
    return each.type not in {"enum", "boolean"}, sum(kind.length or kind.precision or 99 for kind in kinds)


def _spelled(used: Used, columns: tuple[str, ...], value: Any) -> Stored | None:
    """The first stored form of a value that all fields over some columns decode."""
    fields = [each for each, _ in used.fields[columns]]
    for each in fields:
        spelled = stored(each, value)
        if spelled is not None and all(_decodes(other, spelled) for other in fields):
            return spelled
    return None


def _decodes(each: Field, spelled: Stored) -> bool:
    value = decoded(each, dict(zip(columns_of(each), spelled, strict=True)))
    return value is not None and not isinstance(value, Issue) and all(map(holds, each.columns, spelled))


def _joined(reference: Reference, found: Stores) -> bool:
    """Whether the two ends of a reference have the same API value."""
    ((own, other),) = reference.pairs
    mine, theirs = found[reference.child, columns_of(own)], found[reference.parent, columns_of(other)]
    return bool(own.conversion.decode(*mine) == other.conversion.decode(*theirs))


@dataclass(frozen=True, eq=False)
class Domains:
    """The domains of all references over one field, and the sizes of all tables.

    `kin` are attributes that have their values in common without referring to each other.
    """

    used: Mapping[Place, Used]
    references: tuple[Reference, ...]
    recipe: Recipe
    kin: tuple[tuple[Attribute, ...], ...] = ()
    _sized: dict[int, tuple[int, Mapping[int, Sequence[Stores]]]] = field(default_factory=dict)

    @cached_property
    def of(self) -> Mapping[Attribute, Domain]:
        """The domain of each attribute that has one."""
        ends = [_ends(each) for each in self._plain]
        found = self._domains([*ends, *self.kin])
        if any(not found[attributes[0]].series(1) for attributes in self.kin):
            return self._domains(ends)
        return found

    @cached_property
    def _plain(self) -> tuple[Reference, ...]:
        return tuple(each for each in self.references if len(each.pairs) == 1)

    def _domains(self, groups: Iterable[tuple[Attribute, ...]]) -> Mapping[Attribute, Domain]:
        found: dict[Attribute, Domain] = {}
        leading: dict[Attribute, list[Reference]] = defaultdict(list)
        for each in self._plain:
            leading[_ends(each)[0]].append(each)
        for attributes in _joint(groups):
            members = tuple(sorted(attributes))
            within = tuple(reference for member in members for reference in leading[member])
            parents = frozenset(_ends(each)[1] for each in within)
            lone = frozenset(each for each in members if each[1] in self.used[each[0]].unique)
            domain = Domain(members, within, self.used, parents, lone, self.recipe.seed)
            found.update(dict.fromkeys(members, domain))
        return found

    @cached_property
    def _held(self) -> Mapping[Place, tuple[Attribute, ...]]:
        """The attributes of each place that have to hold the whole of a series."""
        found: dict[Place, list[Attribute]] = defaultdict(list)
        for attribute, domain in self.of.items():
            if attribute in domain.parents or attribute in domain.lone:
                found[attribute[0]].append(attribute)
        return {place: tuple(each) for place, each in found.items()}

    @cached_property
    def _groups(self) -> Mapping[int, frozenset[Place]]:
        """The places that have to have as many rows as each other, by the identity of a domain."""
        found: dict[int, frozenset[Place]] = {}
        for places in _joint(
            [
                tuple({each[0] for each in domain.attributes if each in self._held.get(each[0], ())})
                for domain in self._all
            ]
        ):
            group = frozenset(places)
            found.update({id(self.of[each]): group for place in group for each in self._held[place]})
        return found

    @cached_property
    def _all(self) -> tuple[Domain, ...]:
        return tuple({id(domain): domain for domain in self.of.values()}.values())

    def size(self, domain: Domain) -> int:
        """How many values a domain has."""
        return self._measured(domain)[0]

    def series(self, domain: Domain) -> Sequence[Stores]:
        """The values of a domain."""
        size, series = self._measured(domain)
        return series[id(domain)][:size]

    def rows(self, place: Place) -> int:
        """The rows that a table is to have. A key may have fewer values: then it has fewer."""
        lone = [each for each in self._held.get(place, ()) if each in self.of[each].lone]
        sizes = [self.size(self.of[each]) for each in lone]
        return min((size for size in sizes if size), default=self.recipe.rows_above(self._heights[place]))

    def _measured(self, domain: Domain) -> tuple[int, Mapping[int, Sequence[Stores]]]:
        """The series of all domains that have to be as long as each other, and how long that is."""
        known = self._sized.get(id(domain))
        if known is not None:
            return known
        places = self._groups.get(id(domain), frozenset())
        if (
            not places
        ):  # nobody is referred to: a few names of owners, so that each has rows wherever several claims count
            few = domain.series(_OWNERS)
            return self._sized.setdefault(id(domain), (len(few), {id(domain): few}))
        most = min(self.recipe.rows_above(self._heights[place]) for place in places)
        group = {id(self.of[each]): self.of[each] for place in places for each in self._held[place]}
        series = {name: each.series(most) for name, each in group.items()}
        found = min((len(each) for each in series.values() if each), default=0), series
        for name in group:
            self._sized[name] = found
        return found

    @cached_property
    def _heights(self) -> Mapping[Place, int]:
        """How many generations of tables are below each."""
        below: dict[Place, set[Place]] = defaultdict(set)
        for each in self.references:
            below[each.parent].add(each.child)
        found: dict[Place, int] = {}

        def height(place: Place, above: frozenset[Place]) -> int:
            if place not in found:
                children = [each for each in sorted(below[place]) if each not in above and each != place]
                found[place] = max((1 + height(each, above | {place}) for each in children), default=0)
            return found[place]

        for place in sorted(self.used):
            height(place, frozenset())
        return found


def _ends(reference: Reference) -> tuple[Attribute, Attribute]:
    """The attributes of a reference over one field: of the child, and of the parent."""
    ((own, other),) = reference.pairs
    return (reference.child, columns_of(own)), (reference.parent, columns_of(other))


def _joint(groups: Iterable[tuple[Thing, ...]]) -> list[set[Thing]]:
    """The groups, those that share something as one."""
    of: dict[Thing, set[Thing]] = {}
    for group in groups:
        joined = set(group).union(*(of[each] for each in group if each in of))
        for each in joined:
            of[each] = joined
    return list({id(each): each for each in of.values()}.values())
