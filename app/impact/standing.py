"""Standing: what of the plan stands on a target.

In charge of every way in which a resource can depend on a column: fields, keys, filters, sorts, expansions from either side, row
scopes, the rows that are active, and named queries. Versions are complete in themselves, so that what a lens brings is found like the
rest. It must not know who uses any of it.

A named query is SQL, which nobody parses here: it stands on a table and a column *perhaps* where it says their names, or `*`. Of
a table or column with two names, SQL may say either.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from adapters.port import Compare, In, Table
from app.impact.target import Target
from app.plan.forms import Form
from app.plan.model import Field, Plan, Resource, Version
from app.usage.summary import served

Kind = Literal["field", "key", "filter", "sort", "expansion", "rows", "active", "query"]

KINDS: Final[Mapping[Kind, str]] = {
    "field": "a field that is stored there",
    "key": "a part of the key, by which items are read and pages continue; items that were read are counted",
    "filter": "filters on such a field",
    "sort": "an order by such a field",
    "expansion": "an expansion that joins on such a field, on either side",
    "rows": "a row scope: which rows a caller sees is decided by it, at each read",
    "active": "`active_when`: which rows there are is decided by it, at each read",
    "query": "perhaps: the SQL of a named query says the name",
}  # each way to stand on a column, as people are told of it

_NO_WORDS: Final = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'", re.DOTALL)  # comments and texts of SQL


@dataclass(frozen=True, slots=True)
class Standing:
    """One part of a resource of a version that stands on a target. `words` are what requests call it, where they do."""

    version: str
    resource: str
    kind: Kind
    name: str
    words: tuple[str, ...] = ()

    @property
    def sure(self) -> bool:
        """Whether it is known, and not merely read out of a query's text."""
        return self.kind != "query"

    def used_by(self, form: Form) -> bool:
        """Whether reads of a form used it. Of a bare form, nobody knows."""
        if form.version != self.version or form.bare:
            return False
        if self.kind == "expansion":
            return (self.resource, self.name) in form.expansions
        if self.kind == "field":
            return any(self.name in fields for name, fields in served(form) if name == self.resource)
        if self.kind in {"rows", "active", "query"}:
            return any(name == self.resource for name, _ in served(form))
        if self.kind == "key":
            return form.item and form.resource == self.resource
        said = form.filters if self.kind == "filter" else form.sorts
        return form.resource == self.resource and not set(self.words).isdisjoint(said)


@dataclass(frozen=True, slots=True)
class _Said:
    """How SQL may call a table and its columns: each by any of its names. No columns: whichever."""

    tables: tuple[str, ...]
    columns: tuple[str, ...]

    def stands_in(self, query: str | None) -> bool:
        """Whether a query says the table, and one of the columns or `*`."""
        if query is None:
            return False
        text = _NO_WORDS.sub(" ", query).casefold()
        if not any(_word(text, name) for name in self.tables):
            return False
        return not self.columns or "*" in text or any(_word(text, name) for name in self.columns)


def _word(text: str, name: str) -> bool:
    return re.search(rf"(?<![\w$#@]){re.escape(name.casefold())}(?![\w$#@])", text) is not None


def _said(target: Target, table: Table | None) -> _Said | None:
    """How SQL may call the target; None for a query, which no SQL can call."""
    if not target.table:
        return None
    known = [] if table is None else [each for each in table.columns if each.name in target.columns and each.short]
    plain = target.table.rpartition(".")[2]
    tables = (plain,) if table is None or not table.short else (plain, table.short)
    return _Said(tables, (*target.columns, *(each.short for each in known)))


def standings(plan: Plan, target: Target, queries: Mapping[str, str], table: Table | None) -> list[Standing]:
    """Everything that stands on the target, by version and resource.

    `queries` are the SQL texts of named queries, by file; `table` is the target's, as the catalog knows it with
    its other names; None for a query.
    """
    said = _said(target, table)
    return [
        each
        for version in plan.versions.values()
        for resource in version.resources.values()
        for each in (*_on(resource, target, queries, said), *_into(version, resource, target, queries))
    ]


def _on(resource: Resource, target: Target, queries: Mapping[str, str], said: _Said | None) -> Iterator[Standing]:
    """What of a resource stands on the target."""

    def standing(kind: Kind, name: str, *words: str) -> Standing:
        return Standing(resource.version, resource.name, kind, name, words)

    if not reads(resource, target, queries):
        if said is not None and resource.source == target.source and said.stands_in(resource.query):
            yield standing("query", next(file for file, text in queries.items() if text == resource.query))
        return
    fields = {name: None for name, field in resource.fields.items() if _stored(field, target)}
    yield from (standing("field", name) for name in fields)
    yield from (standing("key", name) for name in resource.key if name in fields)
    for name in fields:
        words = [each.parameter for each in resource.filters.values() if each.field.name == name]
        if words:
            yield standing("filter", name, *words)
    yield from (standing("sort", name, name) for name in resource.sorts if name in fields)
    yield from (standing("rows", field.name) for field, _ in resource.access.rows if field.name in fields)
    yield from (standing("active", name) for name in _active(resource) if target.holds([name]))
    for expansion in resource.expansions.values():
        if not fields.keys().isdisjoint(expansion.local):
            yield standing("expansion", expansion.name)


def _into(version: Version, resource: Resource, target: Target, queries: Mapping[str, str]) -> Iterator[Standing]:
    """The resource's expansions whose other side stands on the target, and this side does not."""
    ours = reads(resource, target, queries)
    for expansion in resource.expansions.values():
        other = version.resources[expansion.resource]
        theirs = reads(other, target, queries) and any(_stored(other.fields[name], target) for name in expansion.remote)
        if theirs and not (ours and any(_stored(resource.fields[name], target) for name in expansion.local)):
            yield Standing(version.name, resource.name, "expansion", expansion.name)


def reads(resource: Resource, target: Target, queries: Mapping[str, str]) -> bool:
    """Whether a resource is read from the target's table, or from its query."""
    if resource.source != target.source:
        return False
    if target.table:
        return resource.table == target.table
    return resource.query is not None and resource.query == queries.get(target.query)


def _stored(field: Field, target: Target) -> bool:
    return target.holds(column.name for column in field.columns)


def _active(resource: Resource) -> Iterator[str]:
    """The columns of `active_when`."""
    return (each.column for each in resource.active if isinstance(each, Compare | In))
