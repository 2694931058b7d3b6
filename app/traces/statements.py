"""Statements: what an SQL text does, in a few words, as OpenTelemetry's conventions for databases ask.

In charge of the words for a text. It must not know a span. A text is looked at once.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

LONGEST: Final = 255  # characters of a summary: the convention's bound

_PART: Final = r'(?:"[^"]+"|\[[^\]]+\]|[\w$#@]+)'
_TABLE: Final = re.compile(rf"\b(?:FROM|JOIN)\s+({_PART}(?:[./]{_PART})*)", re.IGNORECASE)
_WORD: Final = re.compile(r"\s*(\w+)")
_QUOTES: Final = str.maketrans("", "", '"[]')

SYSTEMS: Final = {
    "as400": "ibm.db2",
    "postgresql": "postgresql",
    "sqlite": "sqlite",
    "sqlserver": "microsoft.sql_server",
}
OTHER_SYSTEM: Final = "other_sql"


class Words(NamedTuple):
    """The operation, the one table that it is done to (empty for several), and both in a line for a span's name."""

    operation: str
    collection: str
    summary: str


def system(kind: str) -> str:
    """The convention's name (`db.system.name`) for a kind of source."""
    return SYSTEMS.get(kind, OTHER_SYSTEM)


@lru_cache(maxsize=4096)
def words(text: str) -> Words:
    """What a statement does."""
    first = _WORD.match(text)
    operation = first[1].upper() if first else ""
    if operation == "WITH":  # what stands before a query
        operation = "SELECT"
    tables = list(dict.fromkeys(found.translate(_QUOTES) for found in _TABLE.findall(text)))
    summary = " ".join([operation, *tables])
    return Words(operation, tables[0] if len(tables) == 1 else "", summary[:LONGEST])
