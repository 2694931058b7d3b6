"""docs/reference/conversions.md, from the registry and the vector table that tests the conversions."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).resolve().parents[1]))  # the vector table is a part of the tests, not of the package

from app.conversions.base import ApiType, Entry
from app.conversions.registry import ENTRIES, ISSUES
from app.conversions.stored_as import COMMON_HELP
from tests.conversions.table import Group, Vector, groups

PAGE = "reference/conversions.md"

_HEAD = """\
# Conversions

Generated from the registered conversions, and from the table of stored values that tests them. A field's `type` is what
clients see; `stored_as` is how the legacy system keeps it:

| `stored_as` | means |
|---|---|
| left out | `native`: as the column's own type has it |
| `cyymmdd` | the conversion of that name |
| `{cyymmdd: {nulls: [0]}}` | the conversion with options |
| `{implied: 2}` | the conversion with its main option, marked * below |
| `{lines: [C1, C2]}` | a conversion over several columns, named here in place of the field's `columns` |
| `{"10": entered, "20": released}` | a map of codes: see [codes](#codes) |
| `[cyymmdd, hhmmss]` | for a `datetime` over several columns: a conversion for the date, one for the time |

A stored value that does not decode does not fail the answer: the field is null, and the row's `_issues` says which kind of issue it is.
"""

_FAMILIES: Mapping[str, tuple[ApiType, ...]] = {
    "Dates": ("date",),
    "Months and weeks": ("month", "week"),
    "Times of day": ("time",),
    "Dates with times": ("datetime",),
    "Numbers": ("decimal", "number", "integer"),
    "Text": ("string",),
    "Codes": ("boolean", "enum"),
    "Bytes": ("binary",),
}
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_ -]*")
_RESERVED = {"true", "false", "null"}


def render() -> str:
    """The page."""
    table = groups()
    lines = [_HEAD, *_common(), *_issues()]
    for family, types in _FAMILIES.items():
        lines += [f"## {family}", ""]
        for entry in ENTRIES:
            if entry.types[0] in types:
                lines += _entry(entry, [group for group in table if _is_of(group, entry)])
    return "\n".join(lines)


def _common() -> Iterator[str]:
    yield "Every conversion takes these options:"
    yield ""
    yield from _table(("option", "meaning"), [(f"`{word}`", text) for word, text in COMMON_HELP.items()])
    yield ""


def _issues() -> Iterator[str]:
    yield "## Kinds of issue"
    yield ""
    yield from _table(("issue", "meaning"), [(f"`{code}`", text) for code, text in ISSUES.items()])
    yield ""


def _is_of(group: Group, entry: Entry) -> bool:
    return group.conversion == entry.name and group.type in entry.types


def _entry(entry: Entry, found: list[Group]) -> Iterator[str]:
    yield f"### {entry.name}"
    yield ""
    yield f"For `{'`, `'.join(entry.types)}` in columns of type {', '.join(entry.bases)}. {entry.summary}"
    yield ""
    if entry.arity != 1:
        names = ", ".join(f"C{number}" for number, _ in enumerate(found[0].columns, start=1))
        yield f"The columns stand in `columns`, or behind its name where it has no options: `{{{entry.name}: [{names}]}}`.\n"
    if entry.options:
        rows = [
            (f"`{word}`{' *' if word == entry.short else ''}", shape.expected) for word, shape in entry.options.items()
        ]
        yield from _table(("option", "takes"), rows)
        yield ""
    yield from _limits(found[0])
    for group in found:
        yield from _group(group)


def _limits(group: Group) -> Iterator[str]:
    """What a request cannot ask of such a field."""
    conversion = group.bind()
    if not conversion.filterable:
        yield "It cannot be filtered or sorted by.\n"
    elif not conversion.keeps_order and group.type not in {"boolean", "enum", "binary"}:
        yield "It can be filtered by equality alone, and not sorted by: what is stored has another order.\n"


def _group(group: Group) -> Iterator[str]:
    columns = ", ".join(map(str, group.columns))
    opened = ", open: true" if group.open else ""
    yield f"{group.why}"
    yield ""
    yield f"    {columns}: {{type: {group.type}, stored_as: {_flow(group.stored_as)}{opened}}}"
    yield ""
    yield from _table(("stored", "API", ""), [_vector(vector) for vector in group.vectors])
    yield ""


def _vector(vector: Vector) -> tuple[str, ...]:
    value = f"issue `{vector.issue}`" if vector.issue else _code(json.dumps(vector.value, ensure_ascii=False))
    notes = [note for note in (vector.note, "read, not written" if vector.one_way else "") if note]
    return ", ".join(_code(_stored(part)) for part in vector.stored), value, "; ".join(notes)


def _stored(value: Any) -> str:
    """A stored value as people write it: X'01234C' for bytes, text in quotes."""
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        return f"X'{value.hex().upper()}'"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return value.isoformat() if isinstance(value, date | time | datetime) else _flow(value)


def _flow(value: Any) -> str:
    """A value in YAML's flow style."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_flow(name)}: {_flow(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, str) and not (_WORD.fullmatch(value) and value not in _RESERVED and value == value.strip()):
        return json.dumps(value, ensure_ascii=False)
    return json.dumps(value) if value is None or isinstance(value, bool) else str(value)


def _code(text: str) -> str:
    return f"`{text}`" if "`" not in text else f"`` {text} ``"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|---" * len(head) + "|"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"
