"""Row functions: for each projection of a resource, one generated function from database rows to items.

In charge of the hot loop. The function unpacks a row into locals and builds one dict by calls that were bound when it was
made; a row that does not decode raises there and is decoded again, field by field, by `_Mender`, which knows issues. It
must not know a source, a request or JSON text.

Why generated: measured on rows of 14 columns, a generated function takes 1 to 2 µs where marshmallow takes 22 to 35.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from adapters.port import ColumnType
from app.conversions.base import Conversion, Issue
from app.plan.model import Field, Resource

Row = Sequence[Any]
Item = dict[str, Any]

MEMO_SIZE = 4096  # decoded values kept for one field: ten years of dates, every code there is
MEMOS = 4096  # fields whose decoded values are kept
PROJECTIONS = 1024  # row functions kept: callers choose fields as they like


class BadRow(Exception):
    """A row does not decode, and its field says `on_issue: fail`. `found` says which field, and how."""

    def __init__(self, found: Dirt) -> None:
        self.found = found
        super().__init__(found.field)


@dataclass(frozen=True, slots=True)
class Dirt:
    """A stored value that did not decode: the field, the issue's code, the row's API key, the stored value(s)."""

    field: str
    issue: str
    key: tuple[Any, ...]
    stored: tuple[Any, ...]


Items = Callable[[Iterable[Row], list[Dirt]], list[Item]]


@dataclass(frozen=True, eq=False)
class Projection:
    """What to select for some fields of a resource, and how to make items of it.

    `columns` begins with the columns of `fields`; `items(rows, dirt)` gives an item a row and appends to `dirt`. Raises
    BadRow. A row that `omit-row` leaves out is left out whatever fields are asked for: `guards` are the fields that decide
    about it and are in none of the items.
    """

    resource: Resource
    fields: tuple[Field, ...]
    columns: tuple[str, ...]
    items: Items
    guards: tuple[Field, ...] = ()

    def position(self, column: str) -> int:
        """Where a column stands in a row."""
        return self.columns.index(column)


class _Memo(dict[Any, Any]):
    """Stored value -> API value for a field with few distinct values. What does not decode is not kept: it raises."""

    def __init__(self, conversion: Conversion) -> None:
        super().__init__()
        self.read: Callable[[Any], Any] = (
            conversion.read if conversion.arity == 1 else lambda stored: conversion.read(*stored)
        )

    def __missing__(self, stored: Any) -> Any:
        """Decode and remember; a full table starts anew, which is cheaper than to keep an order."""
        value = self.read(stored)
        if len(self) >= MEMO_SIZE:
            self.clear()
        self[stored] = value
        return value


@lru_cache(maxsize=MEMOS)
def _memo(conversion: Conversion) -> _Memo:
    """The memo of a conversion: every row function over a field that is stored like this has this one."""
    return _Memo(conversion)


def projection(resource: Resource, names: tuple[str, ...], extra: tuple[str, ...] = ()) -> Projection:
    """The projection of the fields `names`; the key's columns and `extra` columns (a sort's) are selected too.

    All views of a resource share its projections: what a caller sees is decided before.
    """
    return _projection(resource.whole or resource, names, extra)


@lru_cache(maxsize=PROJECTIONS)
def _projection(resource: Resource, names: tuple[str, ...], extra: tuple[str, ...]) -> Projection:
    fields = tuple(resource.fields[name] for name in names)
    guards = tuple(field for name, field in resource.fields.items() if name not in names and _may_omit(field))
    keys = tuple(resource.fields[name] for name in resource.key)
    wanted = [column.name for field in (*fields, *guards, *keys) for column in field.columns]
    columns = tuple(dict.fromkeys((*wanted, *extra)))
    mend = _Mender(resource, fields, guards, columns)
    return Projection(resource, fields, columns, _generate(fields, guards, columns, mend), guards)


def _may_omit(field: Field) -> bool:
    return field.on_issue == "omit-row" and field.conversion.fallible


def _generate(fields: Sequence[Field], guards: Sequence[Field], columns: Sequence[str], mend: _Mender) -> Items:
    """Compile the row function. Nothing but generated local names reaches the source text; names of fields are
    literals made by `repr`."""  # noqa: D209, D205  # one sentence
    scope: dict[str, Any] = {"mend": mend, "Decimal": Decimal}
    calls = []
    for index, field in enumerate((*fields, *guards)):
        arguments = [f"c{columns.index(column.name)}" for column in field.columns]
        if field.conversion.memo:
            scope[f"f{index}"] = _memo(field.conversion)
            calls.append(f"f{index}[{', '.join(arguments)}]")
        else:
            scope[f"f{index}"] = field.conversion.read
            short = field.conversion.inline(*arguments)
            calls.append(f"f{index}({', '.join(arguments)})" if short is None else _placed(short, f"f{index}"))
    pairs = [f"{field.name!r}: {call}" for field, call in zip(fields, calls, strict=False)]
    checks = "".join(f"            {call}\n" for call in calls[len(fields) :])
    row = ", ".join(f"c{index}" for index in range(len(columns)))
    text = (
        "def items(rows, dirt):\n"
        "    made = []\n"
        "    add = made.append\n"
        f"    for {row}, in rows:\n"
        f"{_whole(fields, guards, columns)}"
        "        try:\n"
        f"{checks}"
        f"            add({{{', '.join(pairs)}}})\n"
        "        except Exception:\n"
        f"            item = mend(({row},), dirt)\n"
        "            if item is not None:\n"
        "                add(item)\n"
        "    return made\n"
    )
    exec(compile(text, f"<rows of {mend.resource.name}>", "exec"), scope)  # noqa: S102  # the text is ours, see above
    items: Items = scope["items"]
    return items


def _whole(fields: Sequence[Field], guards: Sequence[Field], columns: Sequence[str]) -> str:
    """Lines that make an int of a Decimal without decimals, which drivers bring for DECIMAL(7,0).

    Every conversion reads the two alike (tests/conversions), and an int in a fraction of the time: to hash a Decimal alone takes longer
    than to make an int of it.
    """
    found = {column.name for field in (*fields, *guards) for column in field.columns if _is_whole(column.type)}
    names = [f"c{index}" for index, column in enumerate(columns) if column in found]
    return "".join(
        f"        if {name}.__class__ is Decimal and (text := str({name})).isdigit():\n            {name} = int(text)\n"
        for name in names
    )


def _is_whole(kind: ColumnType) -> bool:
    return kind.base == "decimal" and kind.precision is not None and not kind.scale


def _placed(expression: str, read: str) -> str:
    """A conversion's inline expression, with this function's name for its `read`."""
    return re.sub(r"\bread\(", f"{read}(", expression)


class _Mender:
    """Decodes one row field by field, as each field's `on_issue` says; None where the row is left out."""

    def __init__(
        self, resource: Resource, fields: Sequence[Field], guards: Sequence[Field], columns: Sequence[str]
    ) -> None:
        self.resource = resource
        self.hidden = {field.name for field in guards}
        positions = {column: index for index, column in enumerate(columns)}
        self.places = [(field, [positions[column.name] for column in field.columns]) for field in (*fields, *guards)]
        keys = [resource.fields[name] for name in resource.key]
        self.keys = [(field, [positions[column.name] for column in field.columns]) for field in keys]

    def __call__(self, row: Row, dirt: list[Dirt]) -> Item | None:
        """The item, with `_issues` where a field has one. Raises BadRow."""
        item: Item = {}
        issues: dict[str, str] = {}
        left_out = False
        for field, positions in self.places:
            stored = tuple(row[position] for position in positions)
            value = field.conversion.decode(*stored)
            if isinstance(value, Issue):
                found = Dirt(field.name, value.code, self._key(row), stored)
                dirt.append(found)
                if field.on_issue == "fail":
                    raise BadRow(found)
                left_out = left_out or field.on_issue == "omit-row"
                issues[field.name] = value.code
                value = None
            if field.name not in self.hidden:
                item[field.name] = value
        if issues:
            item["_issues"] = issues
        return None if left_out else item

    def _key(self, row: Row) -> tuple[Any, ...]:
        values = [field.conversion.decode(*(row[position] for position in positions)) for field, positions in self.keys]
        return tuple(None if isinstance(value, Issue) else value for value in values)
