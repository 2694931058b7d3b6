"""The predicate of a keyset page: what comes after the last row of the page before.

In charge of one question: which rows sort after these values. It must not know shapes, values or a database.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, true, tuple_


@dataclass(frozen=True, slots=True)
class Position:
    """Where the last row stood in one order column; `value` None: its value was NULL."""

    column: ColumnElement[Any]
    value: ColumnElement[Any] | None
    descending: bool
    nullable: bool


def after(positions: Sequence[Position], *, nulls_first: bool, row_values: bool) -> ColumnElement[bool]:
    """The rows that sort after the positions, for a source that sorts NULL first or last in ascending order.

    A row value is the shortest form and the one that an index serves best. It knows neither NULL nor mixed directions.
    """
    if not positions:
        return true()
    if row_values and len(positions) > 1 and _comparable(positions):
        return _row_value(positions)
    rest = _expansion(positions, nulls_first=nulls_first)
    if len(positions) == 1 or _nulls_follow(positions[0], nulls_first=nulls_first):
        return rest
    return and_(_from(positions[0]), rest)


def _comparable(positions: Sequence[Position]) -> bool:
    plain = all(position.value is not None and not position.nullable for position in positions)
    return plain and len({position.descending for position in positions}) == 1


def _row_value(positions: Sequence[Position]) -> ColumnElement[bool]:
    columns = tuple_(*(position.column for position in positions))
    values = tuple_(*(position.value for position in positions))
    return columns < values if positions[0].descending else columns > values


def _expansion(positions: Sequence[Position], *, nulls_first: bool) -> ColumnElement[bool]:
    """`a > ? OR (a = ? AND (b > ? OR …))`."""
    first, others = positions[0], positions[1:]
    beyond = _beyond(first, nulls_first=nulls_first)
    if not others:
        return beyond
    return or_(beyond, and_(_same(first), _expansion(others, nulls_first=nulls_first)))


def _beyond(position: Position, *, nulls_first: bool) -> ColumnElement[bool]:
    column, value = position.column, position.value
    if value is None:
        return column.is_not(None) if nulls_first != position.descending else false()
    further: ColumnElement[bool] = column < value if position.descending else column > value
    return or_(further, column.is_(None)) if _nulls_follow(position, nulls_first=nulls_first) else further


def _nulls_follow(position: Position, *, nulls_first: bool) -> bool:
    """Whether NULLs may still come after a value in this column."""
    return position.nullable and nulls_first == position.descending


def _same(position: Position) -> ColumnElement[bool]:
    return position.column.is_(None) if position.value is None else position.column == position.value


def _from(position: Position) -> ColumnElement[bool]:
    """What the whole expansion implies of its first column: a range that an index can start at, which an OR is not."""
    if position.value is None:
        return true()
    return position.column <= position.value if position.descending else position.column >= position.value
