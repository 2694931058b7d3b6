"""Target: a name that a person writes, as the columns that it means.

In charge of `erp.ORDHDR.ORDST`, `erp.ORDHDR`, `orders.status` and `orders`, and of saying the nearest name where there is none such.
It must not know what stands on a column.

A source is looked for before a resource. Tables may have dots in their names (a schema's); tables and columns are found whatever
the case of their letters, if that is not ambiguous, and by their short names, where they have two (IBM i); a target has the name
that the catalog has them by. A named query stands where a table may: `mes.late_jobs.sql`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from adapters.port import Catalog, Table
from app.assembly import Compiled
from app.plan.model import Resource
from app.shapes import nearest


class UnknownName(Exception):
    """Nothing has that name; `args[0]` says so, with the nearest."""


@dataclass(frozen=True, slots=True)
class Target:
    """Columns of a table, or of what a named query returns (`query` is its file; `table` is then empty). No columns: all."""

    source: str
    table: str = ""
    query: str = ""
    columns: tuple[str, ...] = ()

    def __str__(self) -> str:
        """As a person writes it."""
        whole = f"{self.source}.{self.table or self.query}"
        return f"{whole}.{'+'.join(self.columns)}" if self.columns else whole

    def holds(self, columns: Iterable[str]) -> bool:
        """Whether one of a table's columns is meant."""
        return not self.columns or not set(self.columns).isdisjoint(columns)


def targets(compiled: Compiled, name: str) -> tuple[Target, ...]:
    """What a name means: more than one where versions store a field in different tables. Raises UnknownName."""
    first, _, rest = name.partition(".")
    catalog = compiled.catalogs.get(first)
    if catalog is not None and rest:
        found = _in_source(first, catalog, rest)
        if found is not None:
            return (found,)
    resources = list(_resources(compiled, first))
    if resources:
        return tuple(dict.fromkeys(_of_field(compiled, resources, first, rest)))
    if catalog is not None:
        raise UnknownName(_no_table(first, catalog, rest))
    names = [*compiled.catalogs, *_names(compiled)]
    raise UnknownName(_said(f"there is no source and no resource {first!r}", first, names))


def _resources(compiled: Compiled, name: str) -> Iterator[Resource]:
    """The resource of that name in each version that has it."""
    versions = compiled.plan.versions.values()
    return (version.resources[name] for version in versions if name in version.resources)


def _names(compiled: Compiled) -> list[str]:
    return sorted({name for version in compiled.plan.versions.values() for name in version.resources})


def _in_source(source: str, catalog: Catalog, rest: str) -> Target | None:
    """A table or query, or a column of one; None where there is no such table. Raises UnknownName for a column.

    Short names are looked for last: who wants to know them has to read every table of the catalog.
    """
    for spelled in (_own, _short):
        for tables, queried in ((catalog.tables, False), (catalog.queries, True)):
            known = spelled(tables)
            whole = _found(rest, known)
            if whole:
                return _target(source, whole, queried=queried)
            before, _, column = rest.rpartition(".")
            name = _found(before, known)
            if name:
                return _target(source, name, _column(source, tables[name], column), queried=queried)
    return None


def _target(source: str, name: str, *columns: str, queried: bool) -> Target:
    return Target(source, "" if queried else name, name if queried else "", columns)


def _own(tables: Mapping[str, Table]) -> Mapping[str, str]:
    """The names of the catalog, by themselves."""
    return {name: name for name in tables}


def _short(tables: Mapping[str, Table]) -> Mapping[str, str]:
    """The names of the catalog by the short ones, each in its library as the name itself is."""
    parts = ((name, name.rpartition("."), table.short) for name, table in tables.items() if table.short)
    return {f"{library}{dot}{short}": name for name, (library, dot, _), short in parts}


def _found(word: str, known: Mapping[str, str]) -> str:
    """The name that is meant: by the same spelling, or by the only one that has other letters of the same alphabet large."""
    if word in known:
        return known[word]
    alike = {name for spelling, name in known.items() if spelling.casefold() == word.casefold()}
    return alike.pop() if len(alike) == 1 else ""


def _column(source: str, table: Table, word: str) -> str:
    short = {column.short: column.name for column in table.columns if column.short}
    known = short | {column.name: column.name for column in table.columns}
    found = _found(word, known)
    if not found:
        raise UnknownName(_said(f"{source}.{table.name} has no column {word!r}", word, known))
    return found


def _of_field(compiled: Compiled, resources: Iterable[Resource], name: str, field: str) -> Iterator[Target]:
    """The columns behind a field, or the table behind a resource, in each version."""
    files = {text: file for file, text in compiled.contract.queries.items()}
    known: dict[str, None] = {}
    found = False
    for resource in resources:
        known.update(dict.fromkeys(resource.fields))
        columns = tuple(column.name for column in resource.fields[field].columns) if field in resource.fields else ()
        if columns or not field:
            found = True
            yield Target(resource.source, resource.table or "", files.get(resource.query or "", ""), columns)
    if not found:
        raise UnknownName(_said(f"{name} has no field {field!r}", field, known))


def _no_table(source: str, catalog: Catalog, rest: str) -> str:
    if not rest:
        return f"{source!r} is a source: name a table of it, {source}.TABLE, or a column, {source}.TABLE.COLUMN"
    known = {*catalog.tables, *catalog.queries, *_short(catalog.tables)}
    word = rest if nearest(rest, known).startswith("did") else rest.rpartition(".")[0] or rest
    return _said(f"the catalog of {source!r} has no table {word!r}", word, known)


def _said(message: str, word: str, known: Iterable[str]) -> str:
    hint = nearest(word, known)
    return f"{message} — {hint}" if hint else message
