"""Filling: stored values for the columns of one row, made by the contract's own conversions.

In charge of whether values may stand in their columns: they decode in every field that reads them, are null only where each of
these may be, and fit the columns' types. It must not know why a value is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from adapters.port import Column, ColumnType
from app.conversions.base import BadValue, Issue, Stored
from app.plan.model import Field
from app.sandbox.draws import Draws
from app.sandbox.meanings import Named
from app.sandbox.survey import Cluster, columns_of
from app.sandbox.texts import ATTEMPTS, Asked, Turn

Values = dict[str, Any]
"""Stored values by column."""

SELDOM: Final = 12  # one value in so many is null, where it may be
_TRIES: Final = 4  # draws of another value than those allowed


def filled(
    cluster: Cluster, draws: Draws, given: Mapping[str, Any], turns: Mapping[tuple[str, ...], Turn]
) -> Values | None:
    """Values for a cluster, those that are `given` among them; None where none were found.

    `turns` are places in a series, by the columns of the field that has one.
    """
    own = {column.name: given[column.name] for column in cluster.columns if column.name in given}
    nothing = absent(cluster, draws) if not own and draws.chance(SELDOM) else None
    if nothing is not None:
        return nothing
    for attempt in range(ATTEMPTS):
        values = dict(own)
        for field, resource in zip(cluster.fields, cluster.named, strict=True):
            _write(Asked(field, Named(field.name, resource), turns.get(columns_of(field))), draws, attempt, values)
        if sound(cluster, values):
            return values
    return None if own else absent(cluster, draws)


def _write(asked: Asked, draws: Draws, attempt: int, values: Values) -> None:
    """Give a value to the columns of a field that have none yet; to none where the field cannot take what was drawn."""
    columns = asked.field.columns
    if all(column.name in values for column in columns):
        return
    stored = written(asked, draws, attempt)
    if stored is not None:
        for column, value in zip(columns, stored, strict=True):
            values.setdefault(column.name, value)


def written(asked: Asked, draws: Draws, attempt: int) -> Stored | None:
    """The stored form of a candidate; None where there is none."""
    text = asked.text(draws, attempt)
    if text is None:
        return None
    try:
        return stored(asked.field, asked.field.conversion.parse(text))
    except BadValue:
        return None


def stored(field: Field, value: Any) -> Stored | None:
    """The stored form of an API value; None where the field does not take it."""
    try:
        return field.conversion.write(value)
    except BadValue:
        return None


def absent(cluster: Cluster, draws: Draws) -> Values | None:
    """Null for every field: a sentinel, or NULL; None where one of them may not be."""
    field = cluster.fields[0] if cluster.fields and not cluster.key else None
    if field is None or not all(each.nullable for each in cluster.fields):
        return None
    null: Stored = (None,) * len(field.columns)
    spellings = [*field.conversion.nulls, *([null] if all(column.nullable for column in field.columns) else [])]
    if not spellings:
        return None
    chosen = dict(zip((column.name for column in field.columns), draws.pick(spellings), strict=True))
    values = {column.name: chosen.get(column.name) for column in cluster.columns}
    return values if sound(cluster, values, null=True) else None


def sound(cluster: Cluster, values: Mapping[str, Any], *, null: bool = False) -> bool:
    """Whether values may stand in a cluster's columns: one for each, which each field decodes; `null`: to null."""
    if not all(column.name in values and holds(column, values[column.name]) for column in cluster.columns):
        return False
    return all(_decodes(field, values, null=null) for field in cluster.fields)


def _decodes(field: Field, values: Mapping[str, Any], *, null: bool) -> bool:
    value = decoded(field, values)
    if isinstance(value, Issue):
        return False
    return field.nullable if value is None else not null


def decoded(field: Field, values: Mapping[str, Any]) -> Any:
    """The API value of a field, None for null, or an Issue."""
    return field.conversion.decode(*(values[column.name] for column in field.columns))


def holds(column: Column, value: Any) -> bool:
    """Whether a column can have a stored value."""
    return column.nullable if value is None else _fits(column.type, value)


def _fits(kind: ColumnType, value: Any) -> bool:
    if isinstance(value, str | bytes):
        return kind.length is None or kind.base not in {"char", "varchar", "binary"} or len(value) <= kind.length
    if kind.base in {"integer", "decimal"} and isinstance(value, int | float | Decimal):
        return _room(kind.base, kind.precision, kind.scale or 0, Decimal(str(value)))
    return True


def _room(base: str, precision: int | None, scale: int, number: Decimal) -> bool:
    """Whether a column of numbers has room for one: 32 bits hold every number of 9 digits, and some of 10."""
    if precision is None:
        return abs(number) < 10**18 or base == "decimal"
    whole = precision - scale - (base == "integer" and precision > 1)
    exponent = number.normalize().as_tuple().exponent
    return abs(number) < 10**whole and isinstance(exponent, int) and -exponent <= scale


@lru_cache(maxsize=4096)
def _other(kind: ColumnType, allowed: tuple[Any, ...]) -> Any:
    """A value that is none of those allowed; None where none is at hand."""
    candidates: Iterable[Any] = (False, True) if kind.base == "boolean" else ()
    if kind.base in {"char", "varchar"}:
        candidates = ("D", "X", "9", "0")
    if kind.base in {"integer", "decimal", "float"}:
        candidates = (9, 0, 1, 2)
    return next((each for each in candidates if each not in allowed and _fits(kind, each)), None)


def unlike(cluster: Cluster, column: Column, allowed: tuple[Any, ...], draws: Draws) -> Any:
    """A value of a column that is none of those allowed, and that its fields decode; None where none was found."""
    if not cluster.fields:
        return _other(column.type, allowed)
    for _ in range(_TRIES):
        values = filled(cluster, draws, {}, {})
        if values is not None and values[column.name] is not None and values[column.name] not in allowed:
            return values[column.name]
    return None
