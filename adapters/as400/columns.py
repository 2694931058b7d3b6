"""Types of columns: the catalog's names for them, and how their values are selected and bound.

In charge of what a type of Db2 for i means to the port. It must not know connections or the catalog's views.

Db2 gives a parameter the type of the column beside it, and IBM's driver converts to that type before anything is sent: what
is too long is refused (22001, 22003) or cut, and a fraction is dropped (github.com/IBM/node-odbc issue 134,
github.com/IBM/nodejs-idb-connector issue 127). A parameter with a wider type would be compared rightly, but might cost the
index ("Avoid numeric conversions" and "Avoid character string padding" in IBM i, Database performance and query
optimization). So a value that fits its column is bound with the column's own type, and `roomy` is for the others.
"""

from __future__ import annotations

import codecs
import datetime as dt
import math
import sys
from collections.abc import Callable
from decimal import ROUND_FLOOR, Context, Decimal
from typing import Any, Final

from sqlalchemy import CHAR, DECIMAL, VARCHAR, ColumnElement, Double, cast, func, literal_column
from sqlalchemy.types import UserDefinedType

from adapters.port import ColumnType
from adapters.sql import Convert, Unfit, integer, to_float, to_text

BYTES: Final = 65535
"""The CCSID of a column that is not to be translated."""

UTF_8: Final = 1208

_WIDEST: Final = 32000  # of a VARCHAR; more than a request can bring
_LONGEST_DECIMAL: Final = 63
_EXACT: Final = Context(prec=2 * _LONGEST_DECIMAL)
_BIGGEST: Final = 19  # digits of a BIGINT
_RANGES: Final = {integer(bits).precision: 2 ** (bits - 1) for bits in (16, 32, 64)}
_PLAIN: Final = {
    "SMALLINT": integer(16),
    "INTEGER": integer(32),
    "BIGINT": integer(64),
    "DECFLOAT": ColumnType("decimal"),  # without digits: the point floats
    "FLOAT": ColumnType("float"),
    "REAL": ColumnType("float"),
    "DOUBLE": ColumnType("float"),
    "DATE": ColumnType("date"),
    "TIME": ColumnType("time"),
    "BOOLEAN": ColumnType("boolean"),
    "BLOB": ColumnType("binary"),
}
_TEXTS: Final = {"CHAR": "char", "VARCHAR": "varchar", "GRAPHIC": "char", "VARG": "varchar"}
_LONG_TEXTS: Final = frozenset({"CLOB", "DBCLOB"})
_OCTETS: Final = frozenset({"BINARY", "VARBIN", "ROWID"})
_MICROSECONDS: Final = 6  # digits of a TIMESTAMP that says nothing of them, and of a moment in Python


# What the catalog says.


def declared_type(name: str, length: int, scale: int | None, fraction: int | None, ccsid: int | None) -> ColumnType:
    """The type of a row of SYSCOLUMNS: DATA_TYPE, LENGTH, NUMERIC_SCALE, DATETIME_PRECISION, CCSID.

    Text that is not to be translated is bytes; a binary field of a DDS file that has decimals is a decimal.
    """
    if name in _TEXTS or name in _LONG_TEXTS:
        size = None if name in _LONG_TEXTS else length
        if ccsid == BYTES:
            return ColumnType("binary", size)
        return ColumnType("char" if _TEXTS.get(name) == "char" else "varchar", size, ccsid=ccsid or None)
    if name in {"DECIMAL", "NUMERIC"} or (scale and name in {"SMALLINT", "INTEGER", "BIGINT"}):
        return ColumnType("decimal", precision=length, scale=scale or 0)
    if name == "TIMESTMP":
        return ColumnType("timestamp", None if fraction in {None, _MICROSECONDS} else fraction)
    if name in _OCTETS:
        return ColumnType("binary", length)
    return _PLAIN.get(name, ColumnType("other"))


# How a column is selected.


def select(kind: ColumnType, column: ColumnElement[Any]) -> ColumnElement[Any]:
    """A column as pyodbc can carry it. What it cannot comes as text.

    24:00:00 is a time of day, of which Python has no object; of a timestamp's digits pyodbc keeps six; a DECFLOAT has a type
    that it does not know.
    """
    if kind.base == "time":
        return cast(column, CHAR(8))  # TFT=4 says which signs stand in it
    if _fine(kind):
        return func.VARCHAR_FORMAT(column, literal_column(f"'YYYY-MM-DD HH24:MI:SS.FF{kind.length}'"))
    if _floating(kind):
        return cast(column, VARCHAR(42))
    return column


def place(kind: ColumnType, value: ColumnElement[Any]) -> ColumnElement[Any]:
    """The place of a value that fits: plain, so that it has the column's type."""
    return _from_text(value, f"TIMESTAMP({kind.length})") if _fine(kind) else value


def _from_text(value: ColumnElement[Any], words: str) -> ColumnElement[Any]:
    """The place of a time or moment that is bound as text, so that the server reads it and not the driver."""
    return cast(cast(value, VARCHAR(32)), _Written(words))


def _fine(kind: ColumnType) -> bool:
    return kind.base == "timestamp" and (kind.length or 0) > _MICROSECONDS


def _floating(kind: ColumnType) -> bool:
    return kind.base == "decimal" and kind.precision is None


class _Written(UserDefinedType[Any]):
    """A type that SQLAlchemy has no word for."""

    cache_ok = True

    def __init__(self, words: str) -> None:
        self.words = words

    def get_col_spec(self, **_: Any) -> str:
        return self.words


_OCTET_STRING: Final = _Written(f"VARCHAR({_WIDEST}) FOR BIT DATA")


# Values that fit.


def bind(kind: ColumnType) -> Convert | None:
    """What makes a driver's value for a column of that type. It raises Unfit where the column cannot hold the value."""
    maker = _BINDS.get(kind.base)
    return None if maker is None else maker(kind)


def _text(kind: ColumnType) -> Convert:
    room, encode = kind.length, _encoder(kind.ccsid)

    def convert(value: Any) -> Any:
        text: str = to_text(value)
        if room is None:
            return text
        if len(text) > room:
            text = text.rstrip(" ")  # trailing blanks count in no comparison of Db2
        if encode is None or text.isascii():
            length = len(text)
        else:
            try:
                length = encode(text)
            except UnicodeError:
                raise Unfit from None
        if length > room:
            raise Unfit
        return text

    return convert


def _encoder(ccsid: int | None) -> Callable[[str], int] | None:
    """What gives the length of text in a code page, where Python has it; it raises UnicodeError for what is not in it."""
    if ccsid is None:
        return None
    try:
        codec = codecs.lookup("utf-8" if ccsid == UTF_8 else f"cp{ccsid:03d}")
    except LookupError:
        return None
    return lambda text: len(codec.encode(text)[0])


def _whole(kind: ColumnType) -> Convert:
    bound = _RANGES.get(kind.precision, 2**63)

    def convert(value: Any) -> Any:
        number = _number(value)
        if not isinstance(number, Decimal):
            return number
        if number != number.to_integral_value() or not -bound <= number < bound:
            raise Unfit
        return int(number)

    return convert


def _exact(kind: ColumnType) -> Convert:
    if _floating(kind):
        return str
    precision, scale = _digits(kind)

    def convert(value: Any) -> Any:
        number = _number(value)
        if isinstance(number, Decimal) and not _fits(number, precision, scale):
            raise Unfit
        return number

    return convert


def _digits(kind: ColumnType) -> tuple[int, int]:
    """Precision and scale; of whole numbers of which nobody says how large they are, those of the largest."""
    return kind.precision or _BIGGEST, kind.scale or 0


def _fits(number: Decimal, precision: int, scale: int) -> bool:
    if not number:
        return True
    return number.adjusted() < precision - scale and number == _cut(number, scale)


def _cut(number: Decimal, scale: int) -> Decimal:
    """The number with so many decimals, the next lower one if it has more."""
    return number.quantize(Decimal(1).scaleb(-scale), ROUND_FLOOR, _EXACT)


def _number(value: Any) -> Any:
    """A number as an exact one; anything else as it is: the source compares or refuses it."""
    if isinstance(value, bool) or (isinstance(value, float | Decimal) and not math.isfinite(value)):
        return value
    if isinstance(value, float):
        return Decimal(repr(value))
    return Decimal(value) if isinstance(value, int) else value


def _approximate(_: ColumnType) -> Convert:
    def convert(value: Any) -> Any:
        number = _double(value)
        if isinstance(number, float) and number != 0 and not 1.2e-38 <= abs(number) <= 3.4e38:
            raise Unfit  # the column may be a REAL
        return number

    return convert


def _double(value: Any) -> Any:
    number = to_float(value)
    return math.copysign(sys.float_info.max, number) if isinstance(number, float) and math.isinf(number) else number


def _boolean(_: ColumnType) -> Convert:
    return lambda value: str(int(value)) if isinstance(value, int) else value  # the text that IBM's own dialect sends


def _day(_: ColumnType) -> Convert:
    return lambda value: value.date() if isinstance(value, dt.datetime) else _parsed(dt.date.fromisoformat, value)


def _clock(_: ColumnType) -> Convert:
    def convert(value: Any) -> Any:
        found = _parsed(dt.time.fromisoformat, value)
        if isinstance(found, str):
            raise Unfit  # 24:00:00
        if isinstance(found, dt.time) and found.microsecond:
            return None  # equals no TIME, and the driver would drop the fraction
        return found

    return convert


def _moment(kind: ColumnType) -> Convert:
    if _fine(kind):
        return _spelled
    step = 10 ** (
        _MICROSECONDS - (_MICROSECONDS if kind.length is None else kind.length)
    )  # of the last digit's microseconds

    def convert(value: Any) -> Any:
        found = _parsed(dt.datetime.fromisoformat, value)
        if isinstance(found, str) or (isinstance(found, dt.datetime) and found.microsecond % step):
            raise Unfit
        return found

    return convert


def _spelled(value: Any) -> str:
    """A time or moment as text that Db2 reads in a cast."""
    return str(value).replace("T", " ")


def _parsed(parse: Callable[[str], Any], value: Any) -> Any:
    try:
        return parse(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _octets(kind: ColumnType) -> Convert:
    def convert(value: Any) -> Any:
        if isinstance(value, bytes | bytearray | memoryview) and kind.length is not None and len(value) > kind.length:
            raise Unfit
        return bytes(value) if isinstance(value, bytearray | memoryview) else value

    return convert


_BINDS: Final[dict[str, Callable[[ColumnType], Convert]]] = {
    "char": _text,
    "varchar": _text,
    "integer": _whole,
    "decimal": _exact,
    "float": _approximate,
    "boolean": _boolean,
    "date": _day,
    "time": _clock,
    "timestamp": _moment,
    "binary": _octets,
}


# Values that do not.


def roomy_bind(kind: ColumnType) -> Convert | None:
    """What makes a driver's value of any value, for the place that `roomy_place` writes: every comparison comes out right."""
    match kind.base:
        case "char" | "varchar":
            return to_text
        case "integer" | "decimal" if not _floating(kind):
            return lambda value: _beside(_number(value), *_digits(kind))
        case "float":
            return _double
        case "time" | "timestamp":
            return _spelled
        case "binary":
            return lambda value: bytes(value) if isinstance(value, bytearray | memoryview) else value
    return bind(kind)


def _beside(number: Any, precision: int, scale: int) -> Any:
    """A number that lies among the column's possible values where the given one does, with one digit more on either side."""
    if not isinstance(number, Decimal):
        return number
    limit = Decimal(10) ** (precision - scale)
    if abs(number) >= limit:
        return limit.copy_sign(number)
    below = _cut(number, scale)
    return below if below == number else _EXACT.add(below, Decimal(5).scaleb(-scale - 1))


def roomy_place(kind: ColumnType, value: ColumnElement[Any]) -> ColumnElement[Any]:
    """The place of a value that does not fit: with a type that holds it."""
    match kind.base:
        case "char" | "varchar":
            return cast(value, VARCHAR(_WIDEST, collation=None if kind.ccsid is None else str(UTF_8)))
        case "integer" | "decimal" if not _floating(kind):
            digits, scale = _digits(kind)
            return cast(value, DECIMAL(min(digits + 2, _LONGEST_DECIMAL), scale + 1))
        case "float":
            return cast(value, Double())
        case "time" | "timestamp" if not _fine(kind):
            return _from_text(value, kind.base.upper())
        case "binary":
            return cast(value, _OCTET_STRING)
    return place(kind, value)
