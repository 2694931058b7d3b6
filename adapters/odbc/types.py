"""ODBC's types and the port's, and what a driver is given for a value.

In charge of the table of type codes and of the conversions. It must not know a connection.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any, Final

from adapters.port import Column, ColumnType
from adapters.sql import Convert, integer, parse_type, to_decimal, to_float, to_integer, to_text

_NUL: Final = "\uffff"  # instead of a NUL, which drivers take as the end of a text: no character, so in no stored text
_SUBSTITUTE: Final = "\x1a"  # instead of what a code page does not have: ASCII's own sign for that

# ODBC Programmer's Reference, Appendix D, "SQL Data Types"; the negative ones above -8 in sqlucode.h, 9 to 11 from ODBC 2.
_CODES: Final[Mapping[int, ColumnType]] = {
    **dict.fromkeys((1, -8), ColumnType("char")),
    **dict.fromkeys((12, -9, -1, -10), ColumnType("varchar")),
    **dict.fromkeys((2, 3), ColumnType("decimal")),
    -6: integer(8),
    5: integer(16),
    4: integer(32),
    -5: integer(64),
    **dict.fromkeys((6, 7, 8), ColumnType("float")),
    -7: ColumnType("boolean"),
    **dict.fromkeys((91, 9), ColumnType("date")),
    **dict.fromkeys((92, 10), ColumnType("time")),
    **dict.fromkeys((93, 11), ColumnType("timestamp")),
    **dict.fromkeys((-2, -3, -4), ColumnType("binary")),
    -11: ColumnType("uuid"),
}
_LARGEST: Final = 10**308  # that a float comes near to
_LONG: Final = frozenset({-1, -10, -4})  # the size of these is a buffer's, not the column's

# Names with numbers behind them, where a driver hands the declaration itself on.
_DECLARED: Final[Mapping[str, ColumnType]] = {
    **dict.fromkeys(("char", "character", "nchar"), ColumnType("char")),
    **dict.fromkeys(("varchar", "character varying", "nvarchar"), ColumnType("varchar")),
    **dict.fromkeys(("decimal", "numeric", "dec"), ColumnType("decimal")),
    **dict.fromkeys(("timestamp", "datetime"), ColumnType("timestamp")),
}

_BITS: Final[Mapping[int | None, int]] = {integer(bits).precision: bits for bits in (16, 32, 64)}


def column_type(code: int, name: str, size: int | None, digits: int | None) -> ColumnType:
    """The type of a column of SQLColumns: DATA_TYPE, TYPE_NAME, COLUMN_SIZE and DECIMAL_DIGITS.

    A name that is a whole declaration (`decimal(11,2)`) says more than the code and the numbers beside it, with which such
    drivers are careless.
    """
    declared = parse_type(name, _DECLARED) if "(" in name else None
    known = declared or _CODES.get(code, ColumnType("other"))
    return known if declared or code in _LONG else _sized(known, size or 0, digits)


def _sized(known: ColumnType, size: int, digits: int | None) -> ColumnType:
    """A type with its numbers, as far as they are possible."""
    if known.base in {"char", "varchar", "binary"} and size > 0:
        return ColumnType(known.base, length=size)
    if known.base == "decimal" and 0 <= (digits or 0) <= size and size > 0:
        return ColumnType("decimal", precision=size, scale=digits or 0)
    if known.base in {"time", "timestamp"} and digits is not None and 0 <= digits <= 9:
        return ColumnType(known.base, length=digits)
    return known


def described(description: Sequence[Sequence[Any]]) -> list[Column]:
    """The columns of a result, of which pyodbc tells Python's types and a size: not whether text is padded, nor how long.

    The size of an expression is often that of the driver's buffer, so only numbers are taken at their word.
    """
    return [Column(name, _seen(kind, size or 0, digits or 0)) for name, kind, _, _, size, digits, _ in description]


def _seen(kind: type, size: int, digits: int) -> ColumnType:
    if kind is int:
        return integer(64) if size > 10 else integer(32)
    if kind is Decimal and 0 <= digits <= size and size > 0:
        return ColumnType("decimal", precision=size, scale=digits)
    return _SEEN.get(kind, ColumnType("varchar"))


_SEEN: Final[Mapping[type, ColumnType]] = {
    Decimal: ColumnType("decimal"),
    float: ColumnType("float"),
    bool: ColumnType("boolean"),
    dt.date: ColumnType("date"),
    dt.time: ColumnType("time"),
    dt.datetime: ColumnType("timestamp"),
    bytearray: ColumnType("binary"),
    bytes: ColumnType("binary"),
}


# Values.


def text_of(encoding: str) -> Convert:
    """What makes a text for a source whose texts have that encoding; empty: Unicode."""
    if not encoding:
        return lambda value: to_text(value).replace("\0", _NUL)

    def within(value: Any) -> str:
        text: str = to_text(value).replace("\0", _SUBSTITUTE)
        return text if _encodes(text, encoding) else "".join(map(known, text))

    def known(character: str) -> str:
        return character if _encodes(character, encoding) else _SUBSTITUTE

    return within


def _encodes(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _whole(bits: int, value: Any) -> Any:
    """A number for a column of integers. What is none, or does not fit, is compared as a float, which equals no stored one.

    Several servers read a parameter as a number of the column's own type, and refuse one that it cannot hold.
    """
    whole = to_integer(value)
    bound = 2 ** (bits - 1)
    if isinstance(whole, int):
        return whole if -bound <= whole < bound else _beyond(whole)
    if isinstance(whole, Decimal) and whole.is_finite():
        near = _beyond(whole)
        return whole if near.is_integer() and abs(whole) < bound else near
    return whole


def _beyond(number: int | Decimal) -> float:
    """A float for a number; one that rounding would make 2^63, which some servers take for the largest integer, is larger."""
    near = float(max(-_LARGEST, min(_LARGEST, number)))
    return math.nextafter(near, math.copysign(math.inf, near)) if abs(near) == 2.0**63 else near


def _exact(value: Any) -> Any:
    """An exact number; pyodbc takes integers of 64 bits, and any Decimal."""
    return Decimal(value) if isinstance(value, int) and not -(2**63) <= value < 2**63 else to_decimal(value)


def _boolean(value: Any) -> Any:
    return bool(value) if isinstance(value, int) else value


def _time(value: Any) -> Any:
    """A time; ODBC's own structure for one has no fraction of a second, so that one with a fraction goes as text."""
    return value.isoformat() if isinstance(value, dt.time) and value.microsecond else value


def _char(text: Convert, length: int | None, value: Any) -> Any:
    """Text for a padded column: without trailing blanks, or with all that the column has."""
    stripped = text(value).rstrip(" ")
    return stripped if length is None else stripped.ljust(length)


_CONVERTS: Final[Mapping[str, Convert]] = {
    "decimal": _exact,
    "float": to_float,
    "boolean": _boolean,
    "time": _time,
    "uuid": str,
}


def binder(*, padded: bool, encoding: str) -> Callable[[ColumnType], Convert | None]:
    """`Backend.bind` for a source that stores the characters of a CHAR padded, or compares them so; and for its encoding."""
    text = text_of(encoding)

    def bind(kind: ColumnType) -> Convert | None:
        if kind.base == "char":
            return partial(_char, text, kind.length if padded else None)
        if kind.base == "varchar":
            return text
        if kind.base == "integer":
            return partial(_whole, _BITS.get(kind.precision, 64))
        return _CONVERTS.get(kind.base)

    return bind
