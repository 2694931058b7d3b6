"""Declared types: what PostgreSQL's names of types mean to this gateway.

In charge of those names. It must not know connections or statements.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from adapters.port import ColumnType
from adapters.sql import integer, parse_type

# By the names of format_type().
_NAMES: Final[Mapping[str, ColumnType]] = {
    **dict.fromkeys(("character", "bpchar"), ColumnType("char")),
    **dict.fromkeys(("character varying", "text", "name", "citext"), ColumnType("varchar")),
    "smallint": integer(16),
    **dict.fromkeys(("integer", "oid"), integer(32)),
    "bigint": integer(64),
    **dict.fromkeys(("real", "double precision"), ColumnType("float")),
    "numeric": ColumnType("decimal"),
    "money": ColumnType("other"),  # its text depends on the server's locale
    "boolean": ColumnType("boolean"),
    "date": ColumnType("date"),
    "time without time zone": ColumnType("time"),
    "timestamp without time zone": ColumnType("timestamp"),
    "timestamp with time zone": ColumnType("timestamptz"),
    "bytea": ColumnType("binary"),
    "uuid": ColumnType("uuid"),
}


def declared_type(declaration: str) -> ColumnType:
    """The type that format_type() spells so."""
    return parse_type(declaration, _NAMES) or ColumnType("other")
