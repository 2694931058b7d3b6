"""A sample of a table: some of its rows, read once, within a bound of rows and of time.

In charge of what is read, and of saying so before. It must not know what the rows mean.

The first rows of a table by its key are its oldest, on an AS/400 above all: codes, formats and sentinels of today would be missed. Where
a table has a key, half of the sample comes from its beginning and half from its end. Without one the source gives whichever rows
come first, and the sample is as skewed as they are.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Final

from adapters.port import Catalog, Order, Shape, Source, Table, TimedOut
from app.draft.model import Sample

ROWS: Final = 5000
SECONDS: Final = 30.0
UNREADABLE: Final = "other"  # the base of a column's type that the gateway does not know

Row = tuple[Any, ...]


def columns(table: Table) -> tuple[str, ...]:
    """The columns of a table that can be read, in its order."""
    return tuple(column.name for column in table.columns if column.type.base != UNREADABLE)


def statement(source: Source, table: Table, rows: int = ROWS) -> str:
    """What `read` would send, as a person would type it: one statement a line. Nothing connects."""
    source.learn(Catalog({table.name: table}))
    statements = [source.render(shape, (limit,)) for shape, limit in _reads(table, rows)]
    return "\n".join(" ".join(map(str.strip, statement.splitlines())) for statement in statements)


def read(source: Source, table: Table, *, rows: int = ROWS, seconds: float = SECONDS) -> Sample:
    """At most so many rows of a table, in the order of its key, within so many seconds. Raises SourceError.

    Afterwards the source knows this table alone. Where time runs out after the first half, that half is the sample.
    """
    source.learn(Catalog({table.name: table}))
    deadline = time.monotonic() + seconds
    (first, limit), *rest = _reads(table, rows)
    oldest = _rows(source, first, limit, deadline)
    if len(oldest) < limit or not rest:
        return Sample(table, first.columns, oldest, whole=len(oldest) < limit)
    (last, limit) = rest[0]
    try:
        newest = _rows(source, last, limit, deadline)
    except TimedOut:
        return Sample(table, first.columns, oldest)
    added = _after(oldest, newest[::-1], [first.columns.index(order.column) for order in first.order])
    return Sample(table, first.columns, [*oldest, *added], whole=len(added) < len(newest))


def _reads(table: Table, rows: int) -> Sequence[tuple[Shape, int]]:
    """The statements of a sample, each with its limit: one, or one from each end of the key."""
    shown, key = columns(table), _order(table)
    if not key or rows < 2:
        return [(Shape(shown, table.name, limited=True), rows)]
    upward = tuple(Order(column) for column in key)
    downward = tuple(Order(column, descending=True) for column in key)
    return [
        (Shape(shown, table.name, order=upward, limited=True), rows - rows // 2),
        (Shape(shown, table.name, order=downward, limited=True), rows // 2),
    ]


def _order(table: Table) -> tuple[str, ...]:
    """The columns that an index keeps in order and that tell rows apart; none where no such index is known."""
    shown = set(columns(table))
    keys = [table.key, *(index.columns for index in table.indexes if index.unique)]
    return next((key for key in keys if key and shown.issuperset(key)), ())


def _rows(source: Source, shape: Shape, limit: int, deadline: float) -> list[Row]:
    return [tuple(row) for row in source.run(shape, (limit,), deadline, "background").rows[:limit]]


def _after(oldest: Sequence[Row], newest: Sequence[Row], key: Sequence[int]) -> list[Row]:
    """The rows from the end that the beginning does not have; fewer than all where the halves meet."""
    known = {tuple(row[at] for at in key) for row in oldest}
    return [row for row in newest if tuple(row[at] for at in key) not in known]
