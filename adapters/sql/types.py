"""Types between three vocabularies: a declaration's text, the port's ColumnType, and what a driver takes as a value.

In charge of reading declarations and of the conversions that several kinds share. It must not know a driver.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from adapters.port import ColumnType

Convert = Callable[[Any], Any]
"""From a stored value as the caller has it to the one that the driver is given. A value that does not fit the column is
handed on as it is, and the source compares or refuses it; or Unfit is raised, where the backend has `roomy` places."""


class Unfit(Exception):
    """A column of that type cannot hold the value, and its driver would cut or refuse it. Not a failure: see `Roomy`."""


_DECLARATION: Final = re.compile(
    r"\s*(?P<head>[^\W\d][\w ]*)(?:\(\s*(?P<first>\d+)\s*(?:,\s*(?P<second>\d+)\s*)?\)(?P<tail>[\w ]*))?\s*"
)


def parse_type(declaration: str, names: Mapping[str, ColumnType]) -> ColumnType | None:
    """The type that a declaration such as `character varying(40)` means; None if `names` does not have its name.

    `names` has lower-case names without their numbers: `timestamp with time zone` stands for
    `TIMESTAMP(3) WITH TIME ZONE` too. Numbers in the declaration replace those of the entry.
    """
    found = _DECLARATION.fullmatch(declaration)
    if found is None:
        return None
    name = " ".join(f"{found['head']} {found['tail'] or ''}".lower().split())
    known = names.get(name)
    if known is None or found["first"] is None:
        return known
    return _sized(known, int(found["first"]), int(found["second"] or 0))


def _sized(known: ColumnType, first: int, second: int) -> ColumnType:
    """The type with the numbers of its declaration; a type that has no use for numbers ignores them (`INT(11)`)."""
    if known.base == "decimal":
        return replace(known, precision=first, scale=second)
    if known.base in {"char", "varchar", "binary", "time", "timestamp", "timestamptz"}:
        return replace(known, length=first)
    return known


def integer(bits: int) -> ColumnType:
    """The type of signed integers of so many bits: 32 bits hold every number of 9 digits, and some of 10."""
    return ColumnType("integer", precision=len(str(2 ** (bits - 1))), scale=0)


def to_text(value: Any) -> Any:
    """Text for a text column: a number would be compared by a number's rules, or not at all."""
    return value if isinstance(value, str) else str(value)


def to_integer(value: Any) -> Any:
    """A whole number as an int, so that the column's own index serves; a fraction stays what it is, and equals nothing."""
    if isinstance(value, int):
        return int(value)
    if isinstance(value, Decimal | float) and math.isfinite(value) and value == int(value):
        return int(value)
    return value


def to_decimal(value: Any) -> Any:
    """An exact number: a float stands for its shortest decimal spelling."""
    return Decimal(repr(value)) if isinstance(value, float) else value


def to_float(value: Any) -> Any:
    """The float nearest to a number; infinite for what is beyond the largest one. Anything else stays what it is."""
    if not isinstance(value, int | float | Decimal):
        return value
    try:
        return float(value)
    except OverflowError:  # of an int; a Decimal gives an infinity by itself
        return math.inf if value > 0 else -math.inf
