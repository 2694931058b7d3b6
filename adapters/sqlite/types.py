"""Declared types: what the names of a SQLite schema mean to this gateway.

In charge of those names. It must not know connections or statements.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from adapters.port import ColumnType
from adapters.sql import integer, parse_type

VARCHAR, INTEGER, FLOAT, BINARY = (ColumnType(base) for base in ("varchar", "integer", "float", "binary"))

_CHAR, _TIMESTAMP, _UUID = ColumnType("char"), ColumnType("timestamp"), ColumnType("char", 36)

# Declared names, as people use them in SQLite and as they arrive from other databases.
_NAMES: Final[Mapping[str, ColumnType]] = {
    **dict.fromkeys(("char", "character", "nchar", "native character"), _CHAR),
    **dict.fromkeys(("varchar", "character varying", "nvarchar", "text", "clob", "ntext"), VARCHAR),
    "integer": INTEGER,
    "tinyint": integer(8),
    **dict.fromkeys(("smallint", "int2"), integer(16)),
    "mediumint": integer(24),
    **dict.fromkeys(("int", "int4"), integer(32)),
    **dict.fromkeys(("bigint", "int8"), integer(64)),
    **dict.fromkeys(("decimal", "numeric", "dec"), ColumnType("decimal")),
    **dict.fromkeys(("real", "float", "double", "double precision"), FLOAT),
    **dict.fromkeys(("boolean", "bool", "bit"), ColumnType("boolean")),
    **dict.fromkeys(("datetime", "datetime2", "smalldatetime", "timestamp", "timestamp without time zone"), _TIMESTAMP),
    **dict.fromkeys(("timestamp with time zone", "datetimeoffset", "timestamptz"), ColumnType("timestamptz")),
    **dict.fromkeys(("blob", "binary", "varbinary", "image", "rowversion"), BINARY),
    **dict.fromkeys(("uuid", "uniqueidentifier", "guid"), _UUID),
    "date": ColumnType("date"),
    "time": ColumnType("time"),
    "money": ColumnType("decimal", precision=19, scale=4),
    "smallmoney": ColumnType("decimal", precision=10, scale=4),
}

# Any other name has the type of its affinity: https://www.sqlite.org/datatype3.html, 3.1, in this order.
_AFFINITIES: Final = (
    ("bigint", integer(64)),
    ("big int", integer(64)),
    ("int", INTEGER),
    ("char", VARCHAR),
    ("clob", VARCHAR),
    ("text", VARCHAR),
    ("blob", BINARY),
    ("real", FLOAT),
    ("floa", FLOAT),
    ("doub", FLOAT),
    ("num", ColumnType("decimal")),
)


def declared_type(declaration: str) -> ColumnType:
    """The type that a column's declaration means to this gateway."""
    known = parse_type(declaration, _NAMES)
    if known is not None:
        return known
    lower = declaration.lower()
    return next((kind for part, kind in _AFFINITIES if part in lower), ColumnType("other"))
