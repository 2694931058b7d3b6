"""Changes: two catalogs of one source, compared.

In charge of what counts as a change, and of recognising a column that was renamed. It must not know a contract: what a change
means to one is for `judging`.

No changes are what a person wrote about tables and columns, the order of columns, foreign keys, and the source's statistics:
nothing of a contract stands on them. Of what a named query returns most sources tell neither nulls nor the size of an expression,
and a snapshot may have been taught both by hand: what is not told has not changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from math import inf
from typing import Final

from adapters.port import Base, Catalog, Column, ColumnType, Index, Table

_NUMBERS: Final = frozenset({"integer", "decimal"})
_VAGUE: Final[tuple[frozenset[Base], ...]] = (
    frozenset({"integer", "decimal", "float"}),
    frozenset({"char", "varchar"}),
)
"""Types that an expression of a query may have for one another, where its size is not told."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a table, or of what a named query returns. `code` is of the table of codes.

    `columns` are those that it is about, by the names that the snapshot has; an index names all of its own. `message` completes
    the sentence that begins with the place.
    """

    code: str
    table: str
    message: str
    columns: tuple[str, ...] = ()
    query: bool = False  # `table` names a query of the contract
    unique: bool = False  # it is about an index of which no two rows share the values


def changes(old: Catalog, new: Catalog) -> tuple[Change, ...]:
    """What has changed from one catalog to the other: tables, then named queries, each by name."""
    told = {name: _as_told(old.queries.get(name, table), table) for name, table in new.queries.items()}
    of_queries = (replace(each, query=True) for each in _of_tables(old.queries, told))
    return (*_of_tables(old.tables, new.tables), *of_queries)


def table_changes(old: Table, new: Table) -> tuple[Change, ...]:
    """What has changed in one table."""
    found = (*_kind(old, new), *_columns(old, new), *_key(old, new))
    return (*(Change(code, old.name, message, columns) for code, message, columns in found), *_indexes(old, new))


_Found = tuple[str, str, tuple[str, ...]]
"""A code, its message and its columns."""


def _of_tables(old: Mapping[str, Table], new: Mapping[str, Table]) -> Iterator[Change]:
    for name in sorted({*old, *new}):
        if name not in new:
            yield Change("table-gone", name, "it is no longer there")
        elif name not in old:
            yield Change("table-added", name, "it is new")
        else:
            yield from table_changes(replace(old[name], name=name), new[name])


def _as_told(old: Table, new: Table) -> Table:
    """What a query returns, with what is known of it where its source does not tell."""
    return replace(new, columns=tuple(_column_as_told(old.column(column.name), column) for column in new.columns))


def _column_as_told(old: Column | None, new: Column) -> Column:
    if old is None:
        return new
    sized = new.type.length is not None or new.type.precision is not None
    vague = not sized and any({old.type.base, new.type.base} <= bases for bases in _VAGUE)
    return replace(new, nullable=old.nullable, type=old.type if vague else new.type)


def _kind(old: Table, new: Table) -> Iterator[_Found]:
    if old.kind != new.kind:
        yield "kind-changed", f"it was a {old.kind} and is a {new.kind}", ()


# Columns.


def _columns(old: Table, new: Table) -> Iterator[_Found]:
    renamed = _renamed(old.columns, new.columns)
    before = {column.name: column for column in old.columns}
    after = {column.name: column for column in new.columns}
    for name, column in before.items():
        if name in after:
            yield from _column(column, after[name])
        elif name in renamed:
            yield "column-renamed", f"the column is gone; perhaps it is called {renamed[name]} now", (name,)
        else:
            yield "column-removed", "the column is no longer there", (name,)
    for name, column in after.items():
        if name not in before and name not in renamed.values():
            yield "column-added", f"a new column of type {column.type}", (name,)


def _renamed(old: Sequence[Column], new: Sequence[Column]) -> Mapping[str, str]:
    """Old names by new ones: where as many columns are gone as have come, between the same neighbours, of the same type."""
    names = [column.name for column in old], [column.name for column in new]
    found = {}
    for how, start, end, begins, ends in SequenceMatcher(None, *names, autojunk=False).get_opcodes():
        if how == "replace" and end - start == ends - begins:
            pairs = zip(old[start:end], new[begins:ends], strict=True)
            found.update({was.name: now.name for was, now in pairs if _alike(was, now, *names)})
    return found


def _alike(was: Column, now: Column, old: Sequence[str], new: Sequence[str]) -> bool:
    """Whether one may be the other: neither is there on both sides, and their types are the same, but for a code page."""
    return was.name not in new and now.name not in old and not retyped(was.type, now.type)


def _column(old: Column, new: Column) -> Iterator[_Found]:
    code = retyped(old.type, new.type)
    if code:
        yield code, f"it was {old.type} and is {new.type}", (old.name,)
    elif old.type.ccsid != new.type.ccsid:
        yield "ccsid-changed", f"its CCSID was {_said(old.type.ccsid)} and is {_said(new.type.ccsid)}", (old.name,)
    if old.nullable != new.nullable:
        code, word = ("null-allowed", "may") if new.nullable else ("null-refused", "may not")
        yield code, f"it {word} hold NULL from now on", (old.name,)


def _said(ccsid: int | None) -> str:
    return "not told" if ccsid is None else str(ccsid)


def retyped(old: ColumnType, new: ColumnType) -> str:
    """The code of a change of type; empty where there is none. A code page is no part of it."""
    if replace(old, ccsid=None) == replace(new, ccsid=None):
        return ""
    if old.base != new.base and not {old.base, new.base} <= _NUMBERS:
        return "type-changed"
    pairs = list(zip(_room(old), _room(new), strict=True))
    if all(was <= now for was, now in pairs):
        return "type-wider"
    return "type-narrower" if all(was >= now for was, now in pairs) else "type-changed"


def _room(kind: ColumnType) -> tuple[float, float]:
    """What a type has room for: digits before and behind the point, or a length."""
    if kind.base not in _NUMBERS:
        return (inf if kind.length is None else kind.length), 0
    if kind.precision is None:  # the source does not say how large: a decimal's point floats then
        return inf, inf if kind.base == "decimal" else 0
    return kind.precision - (kind.scale or 0), kind.scale or 0


# Keys and indexes.


def _key(old: Table, new: Table) -> Iterator[_Found]:
    if old.key != new.key and old.key:
        now = f"is ({', '.join(new.key)})" if new.key else "is gone"
        yield "key-changed", f"its primary key was ({', '.join(old.key)}) and {now}", old.key


def _indexes(old: Table, new: Table) -> Iterator[Change]:
    """Indexes are told apart by what they do: one that was made anew under another name is the same."""
    before, after = _ways(old), _ways(new)
    for way, index in before.items():
        if way not in after:
            yield Change("index-lost", old.name, f"the {_index(index)} is gone", index.columns, unique=index.unique)
    for way, index in after.items():
        if way not in before:
            yield Change("index-added", old.name, f"a new {_index(index)}", index.columns, unique=index.unique)


def _ways(table: Table) -> Mapping[tuple[tuple[str, ...], bool], Index]:
    """The indexes by columns and uniqueness, but for the one that keeps the primary key: that is the key's to tell."""
    found = {(index.columns, index.unique): index for index in table.indexes}
    return {way: index for way, index in found.items() if way != (table.key, True)}


def _index(index: Index) -> str:
    return f"{'unique ' if index.unique else ''}index {index.name} on ({', '.join(index.columns)})"
