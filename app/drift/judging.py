"""Judging: what a change means to one contract.

In charge of its grade, and of who is hit by it: resources, versions, fields, filters, sorts, expansions. It must not know how a
change was found.

A change that nothing stands on is safe. Any other has the grade of its code, but where `_RULES` has a rule that knows better; the
table of codes says in words what the rules do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

from adapters.port import Catalog, Column, Compare, Index, Table
from app.assembly import Compiled
from app.contract.model import FieldSpec, ResourceSpec
from app.contract.words import ALL
from app.conversions.base import BadOption
from app.conversions.registry import bind
from app.drift.changes import Change
from app.drift.codes import CODES, Grade, worst
from app.drift.findings import Finding
from app.drift.uses import Place, Use, merged, uses
from app.plan import indexes
from app.plan.model import Field, Resource
from app.plan.versions import Resolved, resolve
from app.shapes import Fault


@dataclass(frozen=True, slots=True)
class Verdict:
    """A grade, who is hit, and what the message says of it besides."""

    grade: Grade
    uses: tuple[Use, ...]
    more: tuple[str, ...] = ()


class Judge:
    """Judges the changes of one source of a compiled contract; `live` is its catalog as it is now."""

    def __init__(self, compiled: Compiled, source: str, live: Catalog) -> None:
        self.compiled, self.source, self.live = compiled, source, live
        self.plan = compiled.plan

    @cached_property
    def resolved(self) -> Mapping[str, Resolved]:
        """What the contract says of each version; its faults were found when it was compiled."""
        return resolve(self.compiled.contract, lambda _: None)

    def finding(self, change: Change) -> Finding:
        """A change as a finding."""
        place = self.place(change.table, query=change.query)
        hit = uses(self.plan, place, change.columns or None)
        rule = _RULES.get(change.code, _by_code)
        verdict = rule(self, change, hit) if hit else Verdict("safe", ())
        message = "; ".join((change.message, *verdict.more))
        detail = "unique" if change.unique else ""
        return Finding(
            change.code, verdict.grade, self.source, change.table, message, change.columns, verdict.uses, detail
        )

    def place(self, name: str, *, query: bool) -> Place:
        """A table, or a named query with its text."""
        return Place(self.source, name, self.compiled.contract.queries[name] if query else None)

    def table(self, change: Change) -> Table:
        """What the table of a change has now."""
        return (self.live.queries if change.query else self.live.tables)[change.table]

    def known(self, resource: Resource) -> Table:
        """What the snapshot says of a resource's table or query."""
        catalog, queries = self.compiled.catalogs[resource.source], self.compiled.contract.queries
        if resource.table is not None:
            return catalog.tables[resource.table]
        return next(table for name, table in catalog.queries.items() if queries.get(name) == resource.query)

    def now(self, resource: Resource) -> Table | None:
        """What the table or query of a resource of this source has now; None where it is gone."""
        if resource.table is not None:
            return self.live.tables.get(resource.table)
        return self.live.queries.get(self.known(resource).name)

    def fields(self, change: Change) -> Iterator[tuple[Resource, Field]]:
        """The fields over the columns of a change."""
        for resource in self.place(change.table, query=change.query).resources(self.plan):
            for field in resource.fields.values():
                if any(column.name in change.columns for column in field.columns):
                    yield resource, field

    def spec(self, resource: Resource, field: Field) -> FieldSpec:
        """What the contract says of a field."""
        return self.resolved[resource.version].resources[resource.name].fields[field.name]


def _by_code(_judge: Judge, change: Change, hit: tuple[Use, ...]) -> Verdict:
    return Verdict(CODES[change.code].grade, hit)


# Types.


def _retyped(judge: Judge, change: Change, hit: tuple[Use, ...]) -> Verdict:
    """Breaking where a conversion no longer fits; a wider column is safe where no schema says how wide it is."""
    grade, more = CODES[change.code].grade, []
    if change.code == "type-wider" and not any(_says_more(judge, *each) for each in judge.fields(change)):
        grade = "safe"
    for resource, field in judge.fields(change):
        misfit = _misfit(judge, resource, field)
        if misfit:
            grade = worst(grade, "breaking")
            more.append(f"{resource.path[1:]}.{field.name} cannot be stored in it: {misfit}")
    return Verdict(grade, hit, tuple(more))


def _misfit(judge: Judge, resource: Resource, field: Field) -> str:
    """Why a field's conversion does not fit the columns as they are now; empty where it does."""
    try:
        _schema(judge, resource, field)
    except BadOption as misfit:
        return str(misfit)
    return ""


def _says_more(judge: Judge, resource: Resource, field: Field) -> bool:
    """Whether the published schema would say something else of the columns as they are now."""
    try:
        return _schema(judge, resource, field) != _bare(field.conversion.schema)
    except BadOption:
        return True


def _schema(judge: Judge, resource: Resource, field: Field) -> Mapping[str, Any]:
    """The schema that a field would have over the columns as they are now. Raises BadOption."""
    spec = judge.spec(resource, field)
    timezone = judge.compiled.contract.sources[judge.source].timezone
    types = tuple(_now(judge, resource, column).type for column in field.columns)
    return _bare(bind(spec.type, spec.stored_as, types, timezone, spec.open).schema)


def _bare(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    return {word: said for word, said in schema.items() if word != "example"}


def _now(judge: Judge, resource: Resource, column: Column) -> Column:
    """A column as it is now; one that is gone, as it was: that is another change."""
    table = judge.now(resource)
    return (table and table.column(column.name)) or column


# Nulls and keys.


def _null_allowed(judge: Judge, change: Change, hit: tuple[Use, ...]) -> Verdict:
    """Safe where every field over the column may be null already."""
    promised = {(resource.version, resource.name) for resource, field in judge.fields(change) if not field.nullable}
    broken = tuple(use for use in hit if (use.version, use.resource) in promised)
    return Verdict(CODES[change.code].grade, broken) if broken else Verdict("safe", hit)


def _key_changed(judge: Judge, change: Change, hit: tuple[Use, ...]) -> Verdict:
    """Safe where a unique key still lies within the resource's own, and nothing was found by the old one alone."""
    slower, more = _slower(judge, change, hit, Index("its primary key", change.columns, unique=True))
    broken = [use for _, use in _unkept(judge, change)] + slower
    return Verdict(CODES[change.code].grade, merged(broken), more) if broken else Verdict("safe", hit)


def _unkept(judge: Judge, change: Change) -> Iterator[tuple[Resource, Use]]:
    """The resources whose key was kept unique by these columns, and by nothing any more.

    A column that `active_when` holds to one value is as good as one of the key.
    """
    table = judge.table(change)
    unique = [table.key] * bool(table.key) + [index.columns for index in table.indexes if index.unique]
    for resource in judge.place(change.table, query=change.query).resources(judge.plan):
        own = {column.name for name in resource.key for column in resource.fields[name].columns}
        own.update(each.column for each in resource.active if isinstance(each, Compare))
        if own.issuperset(change.columns) and not any(own.issuperset(columns) for columns in unique):
            yield resource, Use(resource.version, resource.name, resource.owner, key=True)


# Indexes.


def _index_lost(judge: Judge, change: Change, hit: tuple[Use, ...]) -> Verdict:
    """Safe where the compiler would warn of nothing more without it, and it kept no key unique that nothing else keeps."""
    slower, more = _slower(judge, change, hit, Index("the index", change.columns, change.unique))
    unkept = list(_unkept(judge, change)) if change.unique else []
    broken = [use for _, use in unkept] + slower
    said = tuple(f"nothing else keeps the key of {resource.path[1:]} unique" for resource, _ in unkept)
    return Verdict(CODES[change.code].grade, merged(broken), (*said, *more)) if broken else Verdict("safe", hit)


def _slower(judge: Judge, change: Change, hit: tuple[Use, ...], lost: Index) -> tuple[list[Use], tuple[str, ...]]:
    """Who would be served by the index that is lost, if the table still had it alone of those; and what it costs now."""
    table = judge.table(change)
    before = replace(table, indexes=(*table.indexes, lost))
    broken: list[Use] = []
    more: dict[str, None] = {}
    for use in hit:
        for spec, part in _one_at_a_time(judge, use):
            said = _warnings(judge, spec, use, change, before)
            new = [fault for fault in _warnings(judge, spec, use, change, table) if fault not in said]
            if new:
                broken.append(part)
                more.update(dict.fromkeys(fault.message.partition(":")[0] for fault in new))
    return broken, tuple(more)


def _one_at_a_time(judge: Judge, use: Use) -> Iterator[tuple[ResourceSpec, Use]]:
    """A resource with one way of asking alone, and what it is: its key, a filter, a sort, an expansion."""
    whole = judge.resolved[use.version].resources[use.resource]
    filters = judge.plan.versions[use.version].resources[use.resource].filters
    bare, none = replace(whole, filter=(), sort=(), expand={}), Use(use.version, use.resource, use.owner)
    yield bare, replace(none, key=True)
    for entry in whole.filter:
        parameter = entry.removesuffix("[eq]")
        named = tuple(name for name in filters if name == parameter or name.partition("[")[0] == entry)
        yield replace(bare, filter=(entry,)), replace(none, filters=named)
    for name in whole.sort:
        yield replace(bare, sort=(name,)), replace(none, sorts=(name,))
    for name, spec in whole.expand.items():
        yield replace(bare, expand={name: spec}), replace(none, expansions=(name,))


def _warnings(judge: Judge, spec: ResourceSpec, use: Use, change: Change, table: Table) -> list[Fault]:
    """What the compiler says of one resource, if the table of a change were so; the other resources are not asked about.

    The key stands in every resource: it is told where nothing else is asked.
    """
    of = judge.resolved[use.version].resources
    near = {use.resource, *(each.resource for each in spec.expand.values())}
    resources = {name: each for name, each in judge.plan.versions[use.version].resources.items() if name in near}
    place = judge.place(change.table, query=change.query)
    specs = {
        name: spec if name == use.resource else replace(of[name], unindexed=(ALL,), expand={}) for name in resources
    }
    tables = {name: table if place.holds(each) else judge.known(each) for name, each in resources.items()}
    found: list[Fault] = []
    indexes.check(specs, resources, tables, found.append)
    alone = not (spec.filter or spec.sort or spec.expand)
    return [fault for fault in found if alone or fault.code != "unindexed-key"]


_RULES: Final[Mapping[str, Callable[[Judge, Change, tuple[Use, ...]], Verdict]]] = {
    "type-changed": _retyped,
    "type-narrower": _retyped,
    "type-wider": _retyped,
    "null-allowed": _null_allowed,
    "key-changed": _key_changed,
    "index-lost": _index_lost,
}
