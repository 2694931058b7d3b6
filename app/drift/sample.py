"""Samples: a few rows of a table, for all resources over it at once.

In charge of how many are read and which: a bounded number, from both ends of the primary key, since what is new comes last there
and what is old first. Nothing is sorted for it: without a key the source gives what it likes. It must not know what the rows
should be.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from adapters.port import All, Order, Shape, Table
from app.drift.asking import Asking
from app.drift.uses import active_columns
from app.plan.model import Resource
from app.plan.rows import Row, projection


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows with these columns, and the resources that they are rows of."""

    resources: tuple[Resource, ...]
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    def of(self, columns: Sequence[str]) -> Iterator[Row]:
        """The rows with other columns, in another order."""
        places = [self.columns.index(column) for column in columns]
        return (tuple(row[place] for place in places) for row in self.rows)


def groups(resources: Iterable[Resource], table: Table) -> Sequence[Sequence[Resource]]:
    """The resources by the rows of the table that they show: each group has a sample.

    What the table no longer has is left out: fields, and whole resources whose rows cannot be told apart without it.
    """
    there = frozenset(column.name for column in table.columns)
    found: dict[Any, list[Resource]] = {}
    for each in filter(None, (left(each, there) for each in resources)):
        found.setdefault((each.active, repr(each.active_values)), []).append(each)
    return list(found.values())


def sample(source: Asking, group: Sequence[Resource], table: Table, most: int) -> Sample:
    """A sample of at most so many rows, for a group. Raises SourceError and Stopped."""
    columns = tuple(dict.fromkeys(column for each in group for column in columns_of(each)))
    return Sample(tuple(group), columns, _rows(source, group[0], columns, table, most))


def left(resource: Resource, there: Collection[str]) -> Resource | None:
    """What is left of a resource with these columns alone; None where its key, or what rows are chosen by, is gone."""
    fields = {
        name: field
        for name, field in resource.fields.items()
        if all(column.name in there for column in field.columns)
    }  # fmt: skip
    whole = len(fields) == len(resource.fields)
    if not set(resource.key) <= fields.keys() or not set(active_columns(resource.active)).issubset(there):
        return None
    return resource if whole else replace(resource, fields=fields)


def columns_of(resource: Resource) -> tuple[str, ...]:
    """The columns that the fields of a resource are made of."""
    return projection(resource, tuple(resource.fields)).columns


def _rows(source: Asking, resource: Resource, columns: tuple[str, ...], table: Table, most: int) -> tuple[Row, ...]:
    """Half of the rows from each end of the table's key, each row once."""
    order = table.key if resource.table is not None and set(table.key) <= set(columns) else ()
    if not order:
        return tuple(_read(source, resource, columns, (), most))
    places = [columns.index(name) for name in order]
    found: dict[Any, Row] = {}
    first = (most + 1) // 2
    for descending, limit in ((False, first), (True, most - first)):
        ends = tuple(Order(name, descending) for name in order)
        rows = _read(source, resource, columns, ends, limit) if limit else ()
        found.update({tuple(row[place] for place in places): row for row in rows})
        if len(rows) < limit:
            break  # that was the whole table
    return tuple(found.values())


def _read(
    source: Asking, resource: Resource, columns: tuple[str, ...], order: tuple[Order, ...], limit: int
) -> Sequence[Row]:
    where = All(resource.active)
    shape = Shape(columns, resource.table, resource.query, where=where, order=order, limited=True)
    return source.rows(shape, (*resource.active_values, limit))
