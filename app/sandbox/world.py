"""The world: everything that the sandbox holds, made as it is asked for.

In charge of making each table once, whoever asks for it in whatever thread; a worker that is asked for nothing makes nothing. It must not
know how a request is answered.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from functools import cached_property, partial

from adapters.port import Catalog, Traits
from app.forks import begin_anew_in_children
from app.plan.model import Plan
from app.sandbox.domains import Domains
from app.sandbox.filling import Values
from app.sandbox.matching import Columns, Row
from app.sandbox.recipe import Recipe
from app.sandbox.rows import Builder
from app.sandbox.source import Invented, Made
from app.sandbox.survey import Place, Used, kin, references, survey


class World:
    """Invented data for a plan. Safe for threads and forks; the same in each process.

    `queries` has the text of each named query of the contract.
    """

    def __init__(
        self, plan: Plan, catalogs: Mapping[str, Catalog], queries: Mapping[str, str], recipe: Recipe | None = None
    ) -> None:
        self.plan, self.recipe = plan, recipe or Recipe()
        self._catalogs, self._queries = catalogs, queries
        self._tables: dict[Place, Made] = {}
        self._being_made: set[Place] = set()
        self.forked()
        begin_anew_in_children(self)

    def forked(self) -> None:
        """Begin in a new process: what the parent has made stays, what it was making is made anew."""
        self._making = threading.RLock()
        self._being_made.clear()

    def source(self, name: str, kind: str, traits: Traits) -> Invented:
        """What stands in for a source of that kind."""
        return Invented(name, kind, traits, lambda table: self.table((name, table)))

    def table(self, place: Place) -> Made | None:
        """A table that the plan reads, or what a query of it brings; None for another."""
        found = self._tables.get(place)
        if found is not None:
            return found
        with self._making:
            if place not in self._used:
                return None
            return self._tables.get(place) or self._make(place)

    @cached_property
    def _used(self) -> Mapping[Place, Used]:
        return survey(self.plan, self._catalogs, self._queries)

    @cached_property
    def _domains(self) -> Domains:
        return Domains(self._used, references(self.plan, self._used), self.recipe, kin(self.plan))

    def _make(self, place: Place) -> Made:
        used = self._used[place]
        columns = [column for cluster in used.clusters for column in cluster.columns]
        self._being_made.add(place)
        try:
            rows = Builder(used, self._domains, self._rows).rows()
        finally:
            self._being_made.discard(place)
        names = [column.name for column in columns]
        made = self._tables[place] = Made(Columns(columns), [tuple(map(row.__getitem__, names)) for row in rows])
        return made

    def _rows(self, place: Place) -> Sequence[Values] | None:
        """The rows of a table for another's sake; None where it is being made: tables may refer to each other in a circle."""
        if place in self._being_made:
            return None
        made = self.table(place)
        return None if made is None else list(map(partial(_named, tuple(made.columns.positions)), made.rows))


def _named(names: Sequence[str], row: Row) -> Values:
    return dict(zip(names, row, strict=True))
