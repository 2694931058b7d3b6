"""The plan as text: what `bascule plan` prints, what snapshots compare, and what the plan's digest is made of."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from adapters.port import Compare, In
from app.plan.model import Access, Field, Plan, Resource, Version


def render(plan: Plan, only: str = "") -> str:
    """The whole plan, or one version of it; one fact a line, in a stable order."""
    lines = [f"plan {plan.title}"]
    for version in plan.versions.values():
        if only in {"", version.name}:
            lines += _version(version)
    return "\n".join(lines) + "\n"


def _version(version: Version) -> Iterator[str]:
    dates = {"released": version.released_on, "deprecated": version.deprecated_on, "sunset": version.sunset_on}
    facts = [f"{name} {date.isoformat()}" for name, date in dates.items() if date is not None]
    successor = [f"successor {version.successor}"] if version.successor else []
    yield f"\nversion {version.name}: " + ", ".join([version.status, *facts, *successor])
    for change in version.changes:
        yield f"  change {change.resource or version.name}: {change.what} ({change.because})"
    for resource in version.resources.values():
        yield from _resource(resource)


def _resource(resource: Resource) -> Iterator[str]:
    behind = f"table {resource.table}" if resource.table is not None else f"query {resource.query!r}"
    yield f"\n  {resource.path} <- {resource.source} {behind}"
    yield f"    key {', '.join(resource.key)}; page {resource.page.default} to {resource.page.max}" + (
        f"; fresh for {resource.fresh:g} s" if resource.fresh is not None else ""
    )
    values = iter(resource.active_values)
    for always in resource.active:
        assert isinstance(always, Compare | In), "what always holds of a table is written so"
        column, count = (always.column, always.count) if isinstance(always, In) else (always.column, 1)
        yield f"    always {column} in {list(islice(values, count))}"
    yield from _access(resource.access)
    for field in resource.fields.values():
        yield f"    field {_field(field)}"
    for name in dict.fromkeys(each.field.name for each in resource.filters.values()):
        operators = [each.operator for each in resource.filters.values() if each.field.name == name]
        yield f"    filter {name}: {' '.join(operators)}"
    if resource.sorts:
        yield f"    sort {', '.join(resource.sorts)}"
    for expansion in resource.expansions.values():
        pairs = ", ".join(f"{a} = {b}" for a, b in zip(expansion.local, expansion.remote, strict=True))
        yield f"    expand {expansion.name}: {'many' if expansion.many else 'one'} {expansion.resource} on {pairs}"


def _access(access: Access) -> Iterator[str]:
    """Who may read the resource; nothing where every caller may read all of it."""
    rows = [f"rows where {field.name} = claim:{claim}" for field, claim in access.rows]
    facts = [f"scope {access.read}"] if access.read else []
    facts += rows + ([f"all rows with {access.exempt}"] if access.exempt else []) + ["audited"] * access.audited
    if facts:
        yield "    access " + "; ".join(facts)


def _field(field: Field) -> str:
    columns = " + ".join(f"{column.name} {column.type}" for column in field.columns)
    facts = [f"nulls {list(field.conversion.nulls)}"] if field.conversion.nulls else []
    facts += ["may be null"] if field.nullable else []
    facts += [f"scope {field.scope}"] if field.scope else []
    facts += [field.classification] if field.classification != "internal" else []
    facts += [f"on issue {field.on_issue}"] if field.on_issue != "null" else []
    schema = {name: value for name, value in field.schema.items() if name != "example"}
    return f"{field.name}: {field.type} {field.conversion.name} <- {columns} {schema}" + "".join(
        f"; {f}" for f in facts
    )
