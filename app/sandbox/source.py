"""A source of invented rows: the port's protocol over rows in memory.

In charge of answering shapes as the source would whose place it takes, whose name, kind and traits it has. It must not know how
rows are made: it is given what makes those of a table, and asks once a read. Nothing connects, waits or fails here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from adapters.port import Catalog, Health, Lane, Listed, Missing, Rows, Shape, Traits
from app.sandbox.matching import Columns, Row


@dataclass(frozen=True, slots=True)
class Made:
    """A table that is made: its columns, and its rows, each a value for each column."""

    columns: Columns
    rows: Sequence[Row]


class Invented:
    """See `adapters.port.Source`. `made` gives a table by its name, or by the text of the query that brings it; None: no such."""

    def __init__(self, name: str, kind: str, traits: Traits, made: Callable[[str], Made | None]) -> None:
        self.name, self.kind, self.traits = name, kind, traits
        self._made = made

    def learn(self, catalog: Catalog, queries: Mapping[str, str] | None = None) -> None:
        """Nothing: the rows were made by the catalog."""

    def run(
        self, shape: Shape, values: Sequence[Any], deadline: float | None = None, lane: Lane = "interactive"
    ) -> Rows:
        """Run one read. Raises Missing for what no resource of the contract reads."""
        del deadline, lane
        started = perf_counter()
        table = self._made(shape.table if shape.table is not None else shape.query or "")
        if table is None:
            raise Missing(f"{self.name}: the sandbox has no {shape.table or 'such query'}")
        try:
            found = _found(table, shape, values, nulls_first=self.traits.nulls_first)
        except KeyError as error:
            raise Missing(f"{self.name}: the sandbox has no column {error}") from None
        return Rows(found, self._text(shape), 0.0, perf_counter() - started)

    def health(self) -> Health:
        """Always well."""
        return Health("ok")

    def render(self, shape: Shape, values: Sequence[Any]) -> str:
        """In words: no statement is sent."""
        del values
        return self._text(shape)

    def explain(self, shape: Shape, values: Sequence[Any]) -> str:
        """How the rows are found."""
        return f"{self.render(shape, values)}, all of which are looked at"

    def tables(self) -> Sequence[Listed]:
        """Nothing: there is nothing to choose from."""
        return ()

    def catalog(self, tables: Sequence[str] | None = None, queries: Mapping[str, str] | None = None) -> Catalog:
        """Nothing: the sandbox is made of a catalog, and says nothing about one."""
        del tables, queries
        return Catalog({})

    def ping(self, deadline: float | None = None) -> None:
        """Nothing can be away."""

    def close(self) -> None:
        """Nothing is open."""

    def _text(self, shape: Shape) -> str:
        return f"invented rows of {shape.table or 'a query'}"


def _found(table: Made, shape: Shape, values: Sequence[Any], *, nulls_first: bool) -> Sequence[Row]:
    """The rows of a shape; the values are consumed in the port's order: predicate, position, limit. Raises KeyError."""
    columns, given = table.columns, iter(values)
    test = columns.test(shape.where, given)
    rows = [row for row in table.rows if test(row)]
    if shape.count:
        return [(len(rows),)]
    if shape.after is not None:
        behind = columns.after(shape.order, shape.after, given, nulls_first=nulls_first)
        rows = [row for row in rows if behind(row)]
    if shape.order:
        rows = columns.ordered(rows, shape.order, nulls_first=nulls_first)
    if shape.limited:
        rows = rows[: next(given)]
    places = [columns.positions[name] for name in shape.columns]
    return [tuple(row[place] for place in places) for row in rows]
