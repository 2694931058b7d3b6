"""Column types as catalog files write them: `decimal(11,2)`, `char(8)`, `timestamp`.

In charge of reading what `str(ColumnType)` writes, strictly. It must not know where a type comes from.
"""

from __future__ import annotations

import re
from typing import Final, get_args

from adapters.port import Base, ColumnType
from app.shapes import Parsed, nearest

BASES: Final[tuple[Base, ...]] = get_args(Base)
_TYPE: Final = re.compile(r"(?P<base>[a-z]+)(?:\((?P<first>[0-9]{1,9})(?:,(?P<scale>[0-9]{1,3}))?\))?")
_WITH_LENGTH: Final = ("char", "varchar", "binary", "time", "timestamp", "timestamptz")
_WITH_PRECISION: Final = ("decimal", "integer")


def column_type(text: str) -> ColumnType:
    """The type that `text` writes. Raises ValueError, whose text says what would be right."""
    found = _TYPE.fullmatch(text.replace(" ", ""))
    base = next((known for known in BASES if found and known == found["base"]), None)
    if found is None or base is None:
        raise ValueError(nearest(text.partition("(")[0], BASES))
    if found["first"] is None:
        return ColumnType(base)
    first = int(found["first"])
    if found["scale"] is None and base in _WITH_LENGTH:
        return ColumnType(base, length=first)
    if found["scale"] is not None and base in _WITH_PRECISION and (base == "decimal" or int(found["scale"]) == 0):
        return ColumnType(base, precision=first, scale=int(found["scale"]))
    raise ValueError(_numbers(base))


def _numbers(base: Base) -> str:
    if base in _WITH_LENGTH:
        return f"{base} takes a length: {base}(8)"
    if base == "integer":
        return "integer takes digits, and no decimals: integer(19,0)"
    return "decimal takes digits and decimals: decimal(11,2)" if base in _WITH_PRECISION else f"{base} takes no numbers"


COLUMN_TYPE: Final = Parsed("a column type: char(8), decimal(11,2), integer, timestamp", column_type)
