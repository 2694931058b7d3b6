"""Matching: a predicate, an order and a position of the port, over rows in memory.

In charge of what SQL means by them: NULL equals nothing and is unknown to any comparison, blanks behind a `char` are no part of it,
and numbers, days and moments compare as what they are, whatever Python object stands for them. It must not know how rows are
made.
"""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from adapters.port import All, Any_, Column, ColumnType, Compare, In, Like, Null, Order, Predicate

Row = tuple[Any, ...]
Test = Callable[[Row], bool]

_HOLDS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Columns:
    """Where each column stands in a row, and what its values compare as."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.positions = {column.name: position for position, column in enumerate(columns)}
        self._keys = {column.name: comparable(column.type) for column in columns}

    def key(self, name: str, value: Any) -> Any:
        """What a value of a column compares as; None for NULL."""
        return None if value is None else self._keys[name](value)

    def reader(self, name: str) -> Callable[[Row], Any]:
        """What a row's value of a column compares as. Raises KeyError where there is no such column."""
        position, key = self.positions[name], self._keys[name]

        def read(row: Row) -> Any:
            value = row[position]
            return None if value is None else key(value)

        return read

    def test(self, predicate: Predicate, values: Iterator[Any]) -> Test:
        """Whether a row fulfils a predicate, of whose values those that it takes are drawn, depth first. Raises KeyError."""
        match predicate:
            case Compare(name, sign):
                return _known(self.reader(name), _HOLDS[sign], self.key(name, next(values)))
            case In(name, count, negated):
                wanted = frozenset(self.key(name, next(values)) for _ in range(count))
                return _known(self.reader(name), _without if negated else _within, wanted)
            case Like(name, match_):
                held = _begins if match_ == "prefix" else operator.contains
                return _known(self.reader(name), lambda value, text: held(str(value), text), str(next(values)))
            case Null(name, negated):
                read = self.reader(name)
                return lambda row: (read(row) is None) is not negated
            case All(terms):
                tests = [self.test(term, values) for term in terms]
                return lambda row: all(test(row) for test in tests)
            case Any_(terms):
                tests = [self.test(term, values) for term in terms]
                return lambda row: any(test(row) for test in tests)

    def ordered(self, rows: Sequence[Row], order: Sequence[Order], *, nulls_first: bool) -> list[Row]:
        """The rows in an order; NULL comes before every value in ascending order, or after it."""
        found = list(rows)
        for each in reversed(order):
            read = self.reader(each.column)
            found.sort(key=lambda row, read=read: _ranked(read(row), nulls_first), reverse=each.descending)  # type: ignore[misc]  # mypy sees no type for a default
        return found

    def after(self, order: Sequence[Order], nulls: Sequence[bool], values: Iterator[Any], *, nulls_first: bool) -> Test:
        """Whether a row lies behind a position in an order. `values` has one for each column that is not NULL there."""
        places = []
        for each, null in zip(order, nulls, strict=True):
            bound = None if null else self.key(each.column, next(values))
            places.append((self.reader(each.column), _ranked(bound, nulls_first), each.descending))

        def test(row: Row) -> bool:
            for read, bound, descending in places:
                found = _ranked(read(row), nulls_first)
                if found != bound:
                    return bool(found < bound) is descending
            return False

        return test


def _known(read: Callable[[Row], Any], holds: Callable[[Any, Any], bool], bound: Any) -> Test:
    """A test of a value that is not NULL; what cannot be compared holds for nothing, as it is found in no column."""

    def test(row: Row) -> bool:
        value = read(row)
        try:
            return value is not None and holds(value, bound)
        except TypeError:
            return False

    return test


def _within(value: Any, wanted: frozenset[Any]) -> bool:
    return value in wanted


def _without(value: Any, wanted: frozenset[Any]) -> bool:
    return value not in wanted


def _begins(text: str, start: str) -> bool:
    return text.startswith(start)


def _ranked(value: Any, nulls_first: bool) -> tuple[bool, Any]:  # noqa: FBT001  # of a pair that is compared, for each row
    """A value with NULL at its end of the order; 0 stands for it among its like."""
    return ((value is not None) if nulls_first else (value is None), 0 if value is None else value)


# What values compare as.


def comparable(kind: ColumnType) -> Callable[[Any], Any]:
    """What makes the values of a column comparable with each other, and with what a request binds.

    A conversion may keep text of its own in a typed column (Db2's timestamps): what is not the type's spelling stays as it is.
    """
    compares = _COMPARABLE.get(kind.base)
    if compares is None:
        return lambda value: value

    def key(value: Any) -> Any:
        try:
            return compares(value)
        except ValueError:
            return value

    return key


def _padded(value: Any) -> str:
    return str(value).rstrip(" ")


def _number(value: Any) -> Any:
    """An exact number: a float stands for its shortest spelling, true and false for 1 and 0."""
    if isinstance(value, float):
        return Decimal(repr(value))
    return int(value) if isinstance(value, bool) else value


def _day(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.date()
    return dt.date.fromisoformat(value) if isinstance(value, str) else value


def _moment(value: Any) -> Any:
    if isinstance(value, str):
        return dt.datetime.fromisoformat(value)
    day = isinstance(value, dt.date) and not isinstance(value, dt.datetime)
    return dt.datetime.combine(value, dt.time.min) if day else value


def _clock(value: Any) -> Any:
    return dt.time.fromisoformat(value) if isinstance(value, str) else value


def _uuid(value: Any) -> Any:
    return value if isinstance(value, UUID) else UUID(str(value))


_COMPARABLE: Final[Mapping[str, Callable[[Any], Any]]] = {
    "char": _padded,
    "varchar": str,
    "integer": _number,
    "decimal": _number,
    "float": _number,
    "boolean": _number,
    "date": _day,
    "time": _clock,
    "timestamp": _moment,
    "timestamptz": _moment,
    "binary": bytes,
    "uuid": _uuid,
}
