"""SQL Server's types in the port's words, and back: how a column is declared, selected, compared, and given a value.

In charge of that. It must not know how statements are built, nor connect.

What is told apart by a type's numbers, since a catalog file keeps those and no native name:

- `ccsid` of text: 1200 (UTF-16) for nchar and nvarchar, bound as they are; the code page of char and varchar, bound with a cast
  to varchar, since text of the driver's is nvarchar and would have the server convert the column, off its index; None where
  the column's code page is not the database's, in which a cast would be made: such text is bound as nvarchar, and found, if
  slowly.
- `timestamp` without digits: `datetime`, whose clock ticks every 1/300 s; with digits: datetime2 of so many, and
  smalldatetime with none.
- `varchar(8000)` in UTF-16, which nvarchar cannot be: sql_variant.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from sqlalchemy import ColumnElement, cast, func, literal_column
from sqlalchemy.dialects.mssql import DATETIME2, DATETIMEOFFSET, NVARCHAR, TIME, UNIQUEIDENTIFIER, VARBINARY
from sqlalchemy.types import DATE, DATETIME, VARCHAR, TypeEngine

from adapters.port import ColumnType
from adapters.sql import Convert, integer
from adapters.sqlserver import values
from adapters.sqlserver.codepages import UTF_16, codec

_VARIANT: Final = ColumnType("varchar", 8000, ccsid=UTF_16)
_FINEST: Final = 7  # digits of a second's fraction; Python's clock has six
_MAX: Any = "max"  # as T-SQL and SQLAlchemy write it, whose annotation knows numbers only

# By the names of sys.types, without their numbers.
_NAMES: Final[Mapping[str, ColumnType]] = {
    "bit": ColumnType("boolean"),
    "tinyint": ColumnType("integer", precision=3, scale=0),
    "smallint": integer(16),
    "int": integer(32),
    "bigint": integer(64),
    "money": ColumnType("decimal", precision=19, scale=4),
    "smallmoney": ColumnType("decimal", precision=10, scale=4),
    "float": ColumnType("float"),
    "real": ColumnType("float"),
    "date": ColumnType("date"),
    "datetime": ColumnType("timestamp"),
    "smalldatetime": ColumnType("timestamp", 0),
    "text": ColumnType("varchar"),
    "ntext": ColumnType("varchar", ccsid=UTF_16),
    "xml": ColumnType("varchar", ccsid=UTF_16),
    "sql_variant": _VARIANT,
    "image": ColumnType("binary"),
    "timestamp": ColumnType("binary", 8),  # rowversion, by its older name
    "uniqueidentifier": ColumnType("uuid"),
}


def declared_type(name: str, size: int, precision: int, scale: int, page: int | None) -> ColumnType:
    """The type of a column of sys.columns: `size` in bytes, -1 for (max); `page` the code page, if a cast can keep to it."""
    length = None if size < 0 else size
    match name:
        case "char" | "varchar":
            return ColumnType("char" if name == "char" else "varchar", length, ccsid=page)
        case "nchar" | "nvarchar":
            return ColumnType("char" if name == "nchar" else "varchar", length and length // 2, ccsid=UTF_16)
        case "binary" | "varbinary":
            return ColumnType("binary", length)
        case "decimal" | "numeric":
            return ColumnType("decimal", precision=precision, scale=scale)
        case "time":
            return ColumnType("time", scale)
        case "datetime2":
            return ColumnType("timestamp", scale)
        case "datetimeoffset":
            return ColumnType("timestamptz", scale)
        case "text":
            return ColumnType("varchar", ccsid=page)
        case _:
            return _NAMES.get(name, ColumnType("other"))


# Values.

_CONVERTS: Final[Mapping[str, Callable[[ColumnType], Convert]]] = {
    "char": lambda kind: partial(values.text, codec(kind.ccsid), kind.length),
    "varchar": lambda kind: partial(values.text, codec(kind.ccsid), kind.length),
    "integer": lambda kind: partial(values.whole, kind.precision),
    "decimal": lambda kind: partial(values.exact, kind.precision, kind.scale),
    "float": lambda _: values.floating,
    "boolean": lambda _: values.bit,
    "date": lambda _: values.date,
    "time": lambda _: values.time,
    "timestamp": lambda kind: values.ticking if kind.length is None else values.timestamp,
    "timestamptz": lambda _: values.instant,
    "binary": lambda _: values.binary,
    "uuid": lambda _: values.identifier,
}


def bind(kind: ColumnType) -> Convert | None:
    """What makes the driver's value for a column."""
    convert = _CONVERTS.get(kind.base)
    return convert(kind) if convert else None


# Expressions.

_DATETIME2: Final[TypeEngine[Any]] = DATETIME2(_FINEST)  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
_BYTES: Final[TypeEngine[Any]] = VARBINARY(_MAX)  # type: ignore[no-untyped-call]  # as the first
_VARIANT_TEXT: Final[TypeEngine[Any]] = NVARCHAR(4000)
_LONG_TEXT: Final[TypeEngine[Any]] = NVARCHAR(_MAX)
_LONG_PAGE_TEXT: Final[TypeEngine[Any]] = VARCHAR(_MAX)
_PAGE_TEXT: Final[TypeEngine[Any]] = VARCHAR(values.WIDEST)

_CASTS: Final[Mapping[str, TypeEngine[Any]]] = {
    "date": DATE(),
    "time": TIME(_FINEST),  # type: ignore[no-untyped-call]  # as the first
    "timestamptz": DATETIMEOFFSET(_FINEST),  # type: ignore[no-untyped-call]  # as the first
    "uuid": UNIQUEIDENTIFIER(),
}


def place(kind: ColumnType, value: ColumnElement[Any]) -> ColumnElement[Any]:
    """A value's place, cast so that the column beside it is compared in its own type, or in one that holds it exactly.

    Never to the column's own length, digits or precision: a value that does not fit would be cut or rounded to one that
    does. Numbers and bytes need no cast.
    """
    wanted = _cast(kind)
    return value if wanted is None else cast(value, wanted)


def _cast(kind: ColumnType) -> TypeEngine[Any] | None:
    if kind.base in {"char", "varchar"}:
        return _page_cast(kind)
    if kind.base == "timestamp":
        return DATETIME() if kind.length is None else _DATETIME2
    return _CASTS.get(kind.base)


def _page_cast(kind: ColumnType) -> TypeEngine[Any] | None:
    if kind.ccsid in {None, UTF_16} or codec(kind.ccsid) is None:
        return None
    return _LONG_PAGE_TEXT if kind.length is None else _PAGE_TEXT


def project(kind: ColumnType, column: ColumnElement[Any]) -> ColumnElement[Any]:
    """A column as it is selected.

    Where it has a seventh digit of the second, and for datetimeoffset, as ISO 8601 text: drivers cut the digit off, so
    that a page could begin with the row that ended the one before, and ODBC has no type for a zone. sql_variant has none
    either.
    """
    if kind == _VARIANT:
        return cast(column, _VARIANT_TEXT)
    if kind.base == "timestamptz" or (kind.base in {"time", "timestamp"} and kind.length == _FINEST):
        return func.convert(literal_column("varchar(34)"), column, literal_column("126"))
    return column


def operand(kind: ColumnType, column: ColumnElement[Any]) -> ColumnElement[Any]:
    """A column as it is compared and sorted.

    text, ntext, xml and image do neither; the types that came after them do, and have no index that a cast could miss.
    """
    if kind == _VARIANT:
        return cast(column, _VARIANT_TEXT)
    if kind.base == "binary" and kind.length is None:
        return cast(column, _BYTES)
    if kind.base == "varchar" and kind.length is None:
        return cast(column, _page_cast(kind) or _LONG_TEXT)
    return column
