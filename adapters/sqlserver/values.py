"""Values as the drivers take them: what a stored value, or one that a client asks for, becomes on its way to a parameter.

In charge of three promises: a value that its column can hold is found; one that it cannot hold finds nothing and raises
nothing; and what cannot be held still sorts before or after the column's values as it should. It must not know SQL.

Dates and times are text in ISO 8601, which the statement casts: pyodbc drops the fraction of a time, and the zone of a
timestamp, that it is given as a parameter. Text that is none of them is handed on, for the server to refuse.
"""

from __future__ import annotations

import datetime as dt
import math
import uuid
from decimal import ROUND_05UP, Context, Decimal
from typing import Any, Final

from adapters.sql import to_decimal, to_float, to_integer, to_text
from adapters.sql.statements import literal_text

WIDEST: Final = 8000  # bytes of the longest varchar that is not (max)

_UNHELD: Final = "~"  # has a weight in every collation, and is in every code page
_NOBODY: Final = "B0B5CAFE-0000-4000-8000-000000000000"  # an identifier that is given to nothing

_DIGITS: Final = 38  # of the longest decimal
_LARGEST: Final = Decimal(10**_DIGITS - 1)
_WIDE: Final = Context(prec=120)

_GREATEST_FLOAT: Final = 1.7976931348623157e308
_LEAST_FLOAT: Final = 2.2250738585072014e-308  # SQL Server's float has no denormal numbers

_DATETIME_YEARS: Final = 1753  # the first that `datetime` has
_TOO_EARLY: Final = "1753-01-01T00:00:00.003"  # one tick after the first moment, which people store for "no date"
_TOO_LATE: Final = "9999-12-31T23:59:59.997"  # the last one


# Text.


def text(encoding: str | None, length: int | None, value: Any) -> Any:
    r"""Text for a column in a code page, of `length` characters or bytes, None for any number.

    The server would make an O of an Ω that the code page lacks, has no weight for a NUL, so that 'a' equals 'a\0', and
    cuts off what a cast to varchar(8000) does not hold. Such text becomes one that is longer than the column.
    """
    found = to_text(value)
    if found.isascii() and "\0" not in found and len(found) <= WIDEST:
        return found
    return found if _held(encoding, length, found) else _UNHELD * (min(length or WIDEST, WIDEST) + 1)


def _held(encoding: str | None, length: int | None, found: str) -> bool:
    if "\0" in found:
        return False
    try:
        held = found.rstrip(" ").encode(encoding or "utf-16-le")
    except UnicodeEncodeError:
        return False
    return length is None or len(held) <= WIDEST


# Numbers.


def whole(digits: int | None, value: Any) -> Any:
    """A whole number as an int, so that an int column is compared as one; a fraction equals nothing."""
    found = to_integer(value)
    if isinstance(found, int) and -(2**63) <= found < 2**63:
        return found
    return exact(digits or 19, 0, found)


def exact(digits: int | None, decimals: int | None, value: Any) -> Any:
    """An exact number, with no more digits than it needs to be compared with a decimal(digits, decimals).

    One beyond the column is brought back to the first number beyond it. Of digits after the column's last, one is kept,
    which is never a 0 unless all were (ROUND_05UP): the number stays apart from those that the column holds. So no
    comparison overflows 38 digits, at which the server would raise an error, or round.
    """
    number = Decimal(value) if isinstance(value, int) else to_decimal(value)
    if not isinstance(number, Decimal):
        return value
    edge = (
        _LARGEST if digits is None or digits - (decimals or 0) >= _DIGITS else Decimal(10 ** (digits - (decimals or 0)))
    )
    if not number.is_finite() or number.copy_abs() >= edge:  # copied: arithmetic would round to Python's 28 digits
        return edge.copy_negate() if number.is_signed() else edge
    room = _DIGITS - max(number.adjusted() + 1, 0)
    places = room if digits is None else min((decimals or 0) + 1, room)
    return _rounded(number, places)


def _rounded(number: Decimal, places: int) -> Decimal:
    """The number with so many decimals at most, and without an exponent."""
    if -int(number.as_tuple().exponent) > places:
        number = number.quantize(Decimal((0, (1,), -places)), ROUND_05UP, _WIDE)
    return Decimal(format(number, "f"))


def floating(value: Any) -> Any:
    """A float of SQL Server's, which has neither infinities nor NaN."""
    number = to_float(value)
    if not isinstance(number, float):
        return value
    if math.isnan(number):
        return _GREATEST_FLOAT
    size = min(abs(number), _GREATEST_FLOAT)
    return math.copysign(max(size, _LEAST_FLOAT) if size else 0.0, number)


def bit(value: Any) -> Any:
    """True and False; a number that is neither equals nothing."""
    return bool(value) if value in {0, 1} else value


# Dates and times.


def date(value: Any) -> Any:
    """A day."""
    if isinstance(value, dt.datetime):
        value = value.date()
    return value.isoformat() if isinstance(value, dt.date) else value


def time(value: Any) -> Any:
    """A time of day; text keeps its seventh digit."""
    return value.isoformat("microseconds") if isinstance(value, dt.time) else value


def timestamp(value: Any) -> Any:
    """A moment of datetime2 or smalldatetime; text keeps its seventh digit."""
    moment = _moment(value)
    return moment.isoformat(timespec="microseconds") if isinstance(moment, dt.datetime) else moment


def ticking(value: Any) -> Any:
    """A moment of `datetime`, on the nearest of its ticks, of which a second has 300.

    They are written .000, .003, .007, .010 and so on, as the drivers read them. What comes before the year 1753 is brought to
    a moment right after the first one.
    """
    moment = _moment(_parsed(value))
    if not isinstance(moment, dt.datetime):
        return moment
    if moment.year < _DATETIME_YEARS:
        return _TOO_EARLY
    ticks = (moment.microsecond * 3 + 5_000) // 10_000
    try:
        second = moment.replace(microsecond=0) + dt.timedelta(seconds=ticks // 300)
    except OverflowError:
        return _TOO_LATE
    return f"{second.isoformat()}.{(ticks % 300 * 10 + 1) // 3:03}"


def instant(value: Any) -> Any:
    """A moment with its offset from UTC; one without counts as UTC. Text keeps its seventh digit."""
    if isinstance(value, dt.datetime):
        known = value if value.tzinfo is not None else value.replace(tzinfo=dt.UTC)
        return known.isoformat(timespec="microseconds")
    return value


def _parsed(value: Any) -> Any:
    """Text as the moment that it writes, if it does."""
    if not isinstance(value, str):
        return value
    try:
        return dt.datetime.fromisoformat(value)
    except ValueError:
        return value


def _moment(value: Any) -> Any:
    """A local moment; a day is its midnight."""
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=None)
    return dt.datetime.combine(value, dt.time()) if isinstance(value, dt.date) else value


# The rest.


def binary(value: Any) -> Any:
    """Bytes."""
    return bytes(value) if isinstance(value, bytearray | memoryview) else value


def identifier(value: Any) -> Any:
    """A uniqueidentifier as text; what is none equals none. The server itself would read the first 36 characters only."""
    try:
        return str(value if isinstance(value, uuid.UUID) else uuid.UUID(value)).upper()
    except (AttributeError, TypeError, ValueError):
        return _NOBODY


def literal(value: Any) -> str:
    """A value as T-SQL writes it."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, bytes):
        return f"0x{value.hex().upper()}"
    if isinstance(value, str) and not value.isascii():
        return "N" + literal_text(value)
    return literal_text(value)
