"""The compiler: contract and catalog to plan. Pure: the same contract and catalogs give the same plan or the same faults.

In charge of resolving every name (column, field, expansion, conversion) and of finding everything that cannot work, all
at once. It must not read a file, open a source, or know HTTP.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from adapters.port import Catalog, Column, Compare, In, Table, Traits
from app.contract.model import Contract, FieldSpec, OnIssue, ResourceSpec
from app.conversions.base import BadOption
from app.conversions.registry import bind
from app.plan import access, budgets, indexes, relations, text
from app.plan.filters import filters_of
from app.plan.model import Field, Plan, Resource, Version
from app.plan.versions import Resolved, resolve
from app.shapes import Fault, Faults, nearest

Report = Callable[[Fault], None]


def _unheard(warning: Fault) -> None:
    """Where nobody listens to warnings."""


def compile_contract(
    contract: Contract, catalogs: Mapping[str, Catalog], traits: Mapping[str, Traits], warn: Report = _unheard
) -> Plan:
    """The plan of `contract`. `catalogs` and `traits` are by source name. Raises Faults, all of them at once.

    `warn` is told what works and somebody may regret; where the contract is strict, that is a fault as well.
    """
    faults: list[Fault] = []
    warnings: list[Fault] = []
    resolved = resolve(contract, faults.append)
    versions = {
        name: _version(
            version, _successor(version, resolved), contract, catalogs, traits, faults.append, warnings.append
        )
        for name, version in resolved.items()
    }
    for warning in dict.fromkeys(warnings):  # a version that extends another finds what the other found
        if contract.strict:
            faults.append(replace(warning, severity="fault"))
        else:
            warn(warning)
    if faults:
        raise Faults(faults)
    return _signed(Plan(contract.title, contract.description, versions, ""), contract, resolved)


def _signed(plan: Plan, contract: Contract, resolved: Mapping[str, Resolved]) -> Plan:
    """The plan with its digest, over what the plan shows and over what a conversion makes of it unseen."""
    zones = {name: source.timezone for name, source in contract.sources.items()}
    said = "\n".join([text.render(plan), plan.description, repr(resolved), repr(zones)])
    return replace(plan, digest=hashlib.sha256(said.encode()).hexdigest()[:16])


def _successor(version: Resolved, resolved: Mapping[str, Resolved]) -> str | None:
    """The version that clients of `version` should move to: the newest current one, if it is another."""
    current = [each.spec for each in resolved.values() if each.spec.status == "current"]
    newest = max(current, key=lambda spec: int(spec.name[1:]), default=None)
    return newest.name if newest is not None and newest.name != version.spec.name else None


def _version(
    version: Resolved,
    successor: str | None,
    contract: Contract,
    catalogs: Mapping[str, Catalog],
    traits: Mapping[str, Traits],
    report: Report,
    warn: Report,
) -> Version:
    spec = version.spec
    resources: dict[str, Resource] = {}
    tables: dict[str, Table] = {}
    for resource in version.resources.values():
        table = _table(resource, contract, catalogs, report)
        if table is not None:
            tables[resource.name] = table
            resources[resource.name] = _resource(resource, spec.name, table, contract, traits[resource.source], report)
            budgets.check(resource, contract.sources[resource.source], report)
    relations.check(version.resources, resources, report)
    indexes.check(version.resources, resources, tables, warn)
    return Version(
        spec.name,
        spec.status,
        resources,
        spec.released_on,
        spec.deprecated_on,
        spec.sunset_on,
        successor if spec.status in {"deprecated", "retired"} else None,
        version.changes,
        contract.closed,
        bool(contract.limits) and contract.closed,
        access.named(resources.values()),
    )


def _table(spec: ResourceSpec, contract: Contract, catalogs: Mapping[str, Catalog], report: Report) -> Table | None:
    """What the catalog says of the resource's table or named query."""
    catalog = catalogs.get(spec.source)
    if catalog is None and spec.source in contract.sources:
        return None  # the folder has faults, so that the source was not asked for its catalog
    if catalog is None:
        hint = nearest(spec.source, contract.sources)
        report(Fault("unknown-source", spec.node.at("source"), f"there is no source {spec.source!r}", hint=hint))
        return None
    word, name, known = (
        ("table", spec.table, catalog.tables) if spec.table is not None else ("query", spec.query, catalog.queries)
    )
    if name is None or name not in known:
        message = f"the catalog of {spec.source!r} has no {word} {name!r}"
        hint = nearest(str(name), known) or f"run `bascule catalog` to read the catalog of {spec.source!r} again"
        report(Fault(f"unknown-{word}", spec.node.at(word), message, hint=hint))
        return None
    return known[name]


def _resource(
    spec: ResourceSpec, version: str, table: Table, contract: Contract, traits: Traits, report: Report
) -> Resource:
    timezone = contract.sources[spec.source].timezone
    fields = {}
    for name, field_spec in spec.fields.items():
        field = _field(field_spec, table, timezone, report, is_key=name in spec.key)
        if field is not None:
            fields[name] = field
    _check_key(spec, fields, report)
    active, active_values = _active(spec, table, report)
    return Resource(
        name=spec.name,
        version=version,
        source=spec.source,
        key=spec.key,
        fields=fields,
        traits=traits,
        table=spec.table,
        query=None if spec.query is None else contract.queries[spec.query],
        filters=filters_of(spec, fields, report),
        sorts=_sorts(spec, fields, report),
        page=spec.page,
        expansions=relations.expansions_of(spec),
        active=active,
        active_values=active_values,
        cache=spec.cache,
        summary=spec.summary,
        description=spec.description,
        owner=spec.owner,
        access=access.compile_access(spec, fields, report),
    )


def _field(spec: FieldSpec, table: Table, timezone: str, report: Report, *, is_key: bool) -> Field | None:
    columns = []
    for index, name in enumerate(spec.columns):
        column = table.column(name)
        if column is None:
            hint = nearest(name, [each.name for each in table.columns])
            place = spec.column_place(index)
            report(Fault("unknown-column", place, f"{table.name} has no column {name!r}", "a column of it", hint))
        else:
            columns.append(column)
    if len(columns) != len(spec.columns):
        return None
    types = tuple(column.type for column in columns)
    try:
        conversion = bind(spec.type, spec.stored_as, types, timezone, spec.open)
    except BadOption as misfit:
        word = "type" if spec.stored_as is None else "stored_as"
        report(Fault("conversion-misfit", spec.node.at(word), f"{spec.name}: {misfit}", hint=misfit.hint))
        return None
    on_issue: OnIssue = "omit-row" if is_key and spec.on_issue == "null" else spec.on_issue
    nullable = bool(conversion.nulls) or (not is_key and any(column.nullable for column in columns))
    nullable = nullable or (on_issue == "null" and conversion.fallible)
    return Field(
        spec.name,
        spec.type,
        tuple(columns),
        conversion,
        nullable,
        on_issue,
        spec.description,
        spec.example,
        spec.scope,
        spec.classification,
    )


def _check_key(spec: ResourceSpec, fields: Mapping[str, Field], report: Report) -> None:
    """A key's fields exist, are told apart by their columns, and can be looked up."""
    owners: dict[str, str] = {}
    for index, name in enumerate(spec.key):
        place = spec.node.at("key", index)
        if name not in spec.fields:
            hint = nearest(name, spec.fields)
            report(Fault("unknown-field", place, f"{spec.name} has no field {name!r} for its key", hint=hint))
        elif name in spec.key[:index]:
            report(Fault("duplicate-key-column", place, f"the key names {name!r} twice"))
        elif name in fields and not fields[name].conversion.filterable:
            message = f"{name!r} cannot be a key: what is stored cannot be found by its value"
            report(Fault("conversion-misfit", place, message))
        elif name in fields:
            owners.update({column.name: name for column in fields[name].columns})
    for name, field in fields.items():
        columns = [column.name for column in field.columns]
        shared = next((column for column in columns if owners.get(column, name) != name), None)
        if shared is not None:
            message = f"{name!r} and {owners[shared]!r} both map to {shared}, a column of the key"
            place = spec.fields[name].column_place(columns.index(shared))
            report(Fault("duplicate-key-column", place, message, "one field for each column of the key"))


def _sorts(spec: ResourceSpec, fields: Mapping[str, Field], report: Report) -> tuple[str, ...]:
    for index, name in enumerate(spec.sort):
        place = spec.node.at("sort", index)
        if name not in spec.fields:
            hint = nearest(name, spec.fields)
            report(Fault("unknown-field", place, f"{spec.name} has no field {name!r} to sort by", hint=hint))
        elif name in fields and not fields[name].conversion.keeps_order:
            stored = fields[name].conversion.name
            message = (
                f"{name!r} cannot be sorted by: stored as {stored}, the order of the column is not that of its values"
            )
            report(Fault("no-order", place, message))
    return spec.sort


def _active(spec: ResourceSpec, table: Table, report: Report) -> tuple[tuple[Compare | In, ...], tuple[Any, ...]]:
    """The predicate that no request can override, and its values."""
    predicates: list[Compare | In] = []
    values: list[Any] = []
    for name, wanted in spec.active_when.items():
        column = table.column(name)
        if column is None:
            hint = nearest(name, [each.name for each in table.columns])
            place = spec.node.at("active_when", name)
            report(Fault("unknown-column", place, f"{table.name} has no column {name!r}", "a column of it", hint))
            continue
        try:
            values += [_in_column(column, value) for value in wanted]
        except InvalidOperation:
            place = spec.node.at("active_when", name)
            message = f"{name} is of type {column.type}: not every value of active_when can stand in it"
            report(Fault("conversion-misfit", place, message, "numbers"))
            continue
        predicates.append(Compare(name, "=") if len(wanted) == 1 else In(name, len(wanted)))
    return tuple(predicates), tuple(values)


def _in_column(column: Column, value: Any) -> Any:
    """YAML's `A`, `1` and `'01'` in the column's own type. Raises InvalidOperation for text in a column of numbers."""
    if column.type.base in {"char", "varchar"}:
        return str(value).lower() if isinstance(value, bool) else str(value)
    if column.type.base == "boolean" and isinstance(value, bool):
        return value
    if column.type.base not in {"integer", "decimal", "float", "boolean"}:
        return value
    number = Decimal(str(value))
    return int(number) if number == number.to_integral_value() else number
