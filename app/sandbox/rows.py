"""Rows: the values of one table, row by row.

In charge of putting a row together: what its conditions want, what it refers to, its key, then everything else; and of keys that
are unique. A row whose key nothing can be drawn for is left out: a table of three codes has three rows. It must not know how a
value is made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from app.conversions.base import BadValue, Issue
from app.plan.model import Field
from app.sandbox.domains import Domain, Domains
from app.sandbox.draws import Draws
from app.sandbox.filling import SELDOM, Values, absent, decoded, filled
from app.sandbox.standing import fulfils, standing
from app.sandbox.survey import Attribute, Cluster, Place, Reference, Used, columns_of
from app.sandbox.texts import Turn

_TRIES: Final = 8  # of a row whose values are somebody else's already
_VARIETY: Final = 3  # values that a part of a key has which nothing is said of: companies, warehouses
_CHILDLESS: Final = 8  # one parent in so many, the last ones, has no child


@dataclass(frozen=True, eq=False)
class Builder:
    """Makes the rows of one table. `made` gives the rows of another, None where that is being made for this one's sake."""

    used: Used
    domains: Domains
    made: Callable[[Place], Sequence[Values] | None]
    _counts: Counter[tuple[object, ...]] = field(default_factory=Counter)

    def rows(self) -> list[Values]:
        """The rows, in the order of their numbers."""
        found: list[Values] = []
        seen: dict[tuple[str, ...], set[tuple[Any, ...]]] = {columns: set() for columns in self.used.unique}
        for number in range(self._total):
            row = self._unlike(seen, number)
            if row is not None:
                found.append(row)
                for columns, taken in seen.items():
                    taken.add(_at(row, columns))
                self._counts.update((columns, _prefix(row, columns, counter)) for columns, counter in self._counters)
        return found

    @cached_property
    def _total(self) -> int:
        """The rows that are tried."""
        wholes = (len(parents) for reference, parents in self._compound if reference.whole)
        return next(wholes, self.domains.rows(self.used.place))

    def _unlike(self, seen: Mapping[tuple[str, ...], set[tuple[Any, ...]]], number: int) -> Values | None:
        """A row that shares no unique values with those that were made; none with their keys at least."""
        best: Values | None = None
        for attempt in range(_TRIES):
            row = self._row(number, attempt)
            clashes = (
                None if row is None else {columns for columns, taken in seen.items() if _taken(row, columns, taken)}
            )
            if clashes is not None and not clashes:
                return row
            if clashes is not None and clashes.isdisjoint(self.used.keys):
                best = best or row
        return best

    def _row(self, number: int, attempt: int) -> Values | None:
        """One row; None where its key cannot be made."""
        values = standing(self.used, self.domains.recipe.seed, number)
        if not self._refer(values, number, attempt):
            return None
        self._belong(values, number, attempt)
        turns = self._turns(values, number, attempt)
        for cluster in self._clusters:
            turns.update(self._counted(cluster, values, attempt))
            found = filled(cluster, self._draws(cluster, number, attempt), values, turns)
            if found is None and cluster.key:
                return None
            values.update(found or {column.name: None for column in cluster.columns if column.name not in values})
        return values

    @cached_property
    def _clusters(self) -> list[Cluster]:
        """The columns in the order in which they are filled: what is counted comes last."""
        return sorted(self.used.clusters, key=self._is_counted)

    def _draws(self, cluster: Cluster, number: int, attempt: int, what: str = "values") -> Draws:
        return Draws(self.domains.recipe.seed, *self.used.place, cluster.name, what, number, attempt)

    # What a row refers to.

    def _refer(self, values: Values, number: int, attempt: int) -> bool:
        """Give the columns of references over several fields the values of a row that they lead to; whether there is one."""
        for reference, parents in self._compound:
            if any(name in values for own, _ in reference.pairs for name in columns_of(own)):
                continue
            clusters = [self._cluster(columns_of(own)) for own, _ in reference.pairs]
            draws = self._draws(clusters[0], number, attempt, "parent")
            if self._is_key(reference):
                if number >= len(parents):
                    return False
                values.update(parents[number])
            elif not self._spared(clusters, draws, values) and parents:
                values.update(_drawn(parents, draws))
        return True

    @cached_property
    def _compound(self) -> list[tuple[Reference, list[Values]]]:
        """The references over several fields, each with what a row may have in its columns; those over most fields come first."""
        own = [each for each in self.domains.references if each.child == self.used.place and each.compound]
        return [
            (each, found)
            for each in sorted(own, key=lambda each: -len(each.pairs))
            if not self._holds(each)
            if (found := self._parents(each)) is not None
        ]

    def _holds(self, reference: Reference) -> bool:
        """Whether a field of a reference has a series of its own to hold."""
        attributes = [(self.used.place, columns_of(own)) for own, _ in reference.pairs]
        return any(each in self.domains.of and each in self.domains.of[each].lone for each in attributes)

    def _parents(self, reference: Reference) -> list[Values] | None:
        rows = self.made(reference.parent)
        if rows is None:
            return None
        shown = (row for row in rows if fulfils(reference.condition, row))
        return [found for row in shown if (found := _led(reference.pairs, row)) is not None]

    def _is_key(self, reference: Reference) -> bool:
        """Whether there is one row at most for each that it refers to."""
        return {name for own, _ in reference.pairs for name in columns_of(own)} in map(set, self.used.unique)

    def _spared(self, clusters: Iterable[Cluster], draws: Draws, values: Values) -> bool:
        """Whether a row refers to nothing, which is then given."""
        nothing = [absent(each, draws) for each in clusters] if draws.chance(SELDOM) else [None]
        if any(each is None for each in nothing):
            return False
        for each in nothing:
            values.update(each or {})
        return True

    # The series that a row has a value of.

    def _belong(self, values: Values, number: int, attempt: int) -> None:
        """Give each attribute of a domain a value of its series."""
        for columns in self.used.fields:
            attribute = (self.used.place, columns)
            domain = self.domains.of.get(attribute)
            if domain is None or any(name in values for name in columns) or not self.domains.size(domain):
                continue
            cluster = self._cluster(columns)
            draws = self._draws(cluster, number, attempt, ",".join(columns))
            position = self._position(attribute, domain, number, draws)
            if position is None and self._spared([cluster], draws, values):
                continue
            if position is None:
                position = _drawn(self._candidates(attribute, domain), draws)
            values.update(zip(columns, self.domains.series(domain)[position][attribute], strict=True))

    def _position(self, attribute: Attribute, domain: Domain, number: int, draws: Draws) -> int | None:
        """Where in its series the value of a row stands that others refer to; None: anywhere."""
        size = self.domains.size(domain)
        if attribute in domain.lone or (attribute in domain.parents and number < size):
            return number if number < size else None
        return draws.below(size) if attribute in domain.parents else None

    def _candidates(self, attribute: Attribute, domain: Domain) -> Sequence[int]:
        """The positions in a series that a row of this table may refer to: those that are shown."""
        known = self._allowed.get(attribute)
        if known is None:
            ways = [
                each
                for each in domain.references
                if each.child == attribute[0] and columns_of(each.pairs[0][0]) == attribute[1]
            ]
            every = range(self.domains.size(domain))
            shown = [position for position in every if all(self._shown(each, position) for each in ways)]
            known = self._allowed[attribute] = shown or every
        return known

    @cached_property
    def _allowed(self) -> dict[Attribute, Sequence[int]]:
        return {}

    def _shown(self, reference: Reference, position: int) -> bool:
        parent = self.domains.used[reference.parent]
        return fulfils(reference.condition, standing(parent, self.domains.recipe.seed, position))

    # Its key.

    def _turns(self, values: Values, number: int, attempt: int) -> dict[tuple[str, ...], Turn]:
        """The places in a series that the fields of keys have of which nothing is said."""
        found: dict[tuple[str, ...], Turn] = {}
        for columns, fields in self.used.series:
            if len(fields) == 1 and not values.keys() & set(columns):
                found[columns] = Turn(number + attempt * self._total)
            for each in fields[:-1]:
                own = columns_of(each)
                if not values.keys() & set(own) and own not in found:
                    draws = Draws(self.domains.recipe.seed, *self.used.place, own, number, attempt)
                    found[own] = Turn(draws.below(_VARIETY))
        return found

    @cached_property
    def _counters(self) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
        """The keys of several fields: their columns, and those of the last field, which counts rows whose other fields are alike."""
        return tuple((columns, columns_of(fields[-1])) for columns, fields in self.used.series if len(fields) > 1)

    def _is_counted(self, cluster: Cluster) -> bool:
        names = {column.name for column in cluster.columns}
        return any(names.issuperset(counter) for _, counter in self._counters)

    def _counted(self, cluster: Cluster, values: Values, attempt: int) -> Iterator[tuple[tuple[str, ...], Turn]]:
        """The number that a cluster's counter comes to."""
        names = {column.name for column in cluster.columns}
        for columns, counter in self._counters:
            others = [name for name in columns if name not in counter]
            if names.issuperset(counter) and all(name in values for name in others):
                before = self._counts[columns, _prefix(values, columns, counter)]
                yield counter, Turn(before + attempt, 1)

    def _cluster(self, columns: tuple[str, ...]) -> Cluster:
        return next(each for each in self.used.clusters if any(column.name == columns[0] for column in each.columns))


def _drawn(things: Sequence[Any], draws: Draws) -> Any:
    """One of those that are referred to: a few of them often, the last ones never."""
    return things[draws.early(len(things) - len(things) // _CHILDLESS)]


def _led(pairs: Sequence[tuple[Field, Field]], row: Values) -> Values | None:
    """What a row has in its columns that refers to another; None where that has nothing to refer to."""
    found: Values = {}
    for own, other in pairs:
        value = decoded(other, row)
        if value is None or isinstance(value, Issue):
            return None
        try:
            found.update(zip(columns_of(own), own.conversion.write(value), strict=True))
        except BadValue:
            return None
    return found


def _at(row: Values, columns: Iterable[str]) -> tuple[Any, ...]:
    return tuple(row[name] for name in columns)


def _prefix(row: Values, columns: Iterable[str], counter: Iterable[str]) -> tuple[Any, ...]:
    """What a key has before its counter."""
    return tuple(row[name] for name in columns if name not in tuple(counter))


def _taken(row: Values, columns: tuple[str, ...], taken: set[tuple[Any, ...]]) -> bool:
    """Whether another row has these values; nulls are unlike each other."""
    found = _at(row, columns)
    return None not in found and found in taken
