"""Expansions: which resource leads to which, and whether that can work.

In charge of joins by API value (so that two sources which store one thing in two forms can be joined) and of the rule
that expansions form no cycle: what an answer may contain is finite, and so is its schema.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from app.contract.model import ExpandSpec, ResourceSpec
from app.plan.model import Expansion, Resource
from app.shapes import Fault, nearest

Report = Callable[[Fault], None]

TEXTUAL = {"string", "enum"}


def expansions_of(spec: ResourceSpec) -> Mapping[str, Expansion]:
    """The expansions that a resource offers."""
    return {
        name: Expansion(name, each.resource, tuple(each.on), tuple(each.on.values()), each.many)
        for name, each in spec.expand.items()
    }


def check(specs: Mapping[str, ResourceSpec], resources: Mapping[str, Resource], report: Report) -> None:
    """Report every expansion of a version that cannot work, and every cycle of them."""
    for name, spec in specs.items():
        for expansion in spec.expand.values():
            if expansion.resource not in specs:
                place = expansion.node.at("resource")
                message = f"{name}.{expansion.name} leads to {expansion.resource!r}, which this version does not have"
                report(Fault("unknown-resource", place, message, hint=nearest(expansion.resource, specs)))
            else:
                _fields(expansion, spec, specs[expansion.resource], report)
                if name in resources and expansion.resource in resources:
                    _joins(expansion, resources[name], resources[expansion.resource], report)
    for cycle in _cycles(specs):
        first, start = cycle[0]
        path = " -> ".join(f"{resource}.{each}" for resource, each in cycle)
        place = specs[first].expand[start].node.at("resource")
        report(Fault("expansion-cycle", place, f"expansions form a cycle: {path} -> {first}"))


def _fields(expansion: ExpandSpec, here: ResourceSpec, there: ResourceSpec, report: Report) -> None:
    for local, remote in expansion.on.items():
        for resource, name in ((here, local), (there, remote)):
            if name not in resource.fields:
                place, hint = expansion.node.at("on", local), nearest(name, resource.fields)
                report(Fault("unknown-field", place, f"{resource.name} has no field {name!r}", hint=hint))


def _joins(expansion: ExpandSpec, here: Resource, there: Resource, report: Report) -> None:
    """Report what cannot be joined of the fields that have compiled; the others have faults of their own."""
    for local, remote in expansion.on.items():
        if local not in here.fields or remote not in there.fields:
            continue
        place = expansion.node.at("on", local)
        ours, theirs = here.fields[local], there.fields[remote]
        if ours.type != theirs.type and not {ours.type, theirs.type} <= TEXTUAL:
            message = f"{here.name}.{local} is of type {ours.type}, {there.name}.{remote} of type {theirs.type}"
            report(Fault("type-mismatch", place, message, "fields of one type"))
        if not theirs.conversion.filterable:
            message = f"{there.name}.{remote} cannot be looked up: what is stored cannot be found by its value"
            report(Fault("conversion-misfit", place, message))


Step = tuple[str, str]  # resource, expansion


def _cycles(specs: Mapping[str, ResourceSpec]) -> Iterator[tuple[Step, ...]]:
    """Each cycle once, from the resource whose name comes first."""
    seen: set[frozenset[Step]] = set()

    def walk(name: str, path: tuple[Step, ...]) -> Iterator[tuple[Step, ...]]:
        for index, (resource, _) in enumerate(path):
            if resource == name:
                cycle = path[index:]
                if frozenset(cycle) not in seen:
                    seen.add(frozenset(cycle))
                    start = cycle.index(min(cycle))
                    yield (*cycle[start:], *cycle[:start])
                return
        for step in specs[name].expand.values():
            if step.resource in specs:
                yield from walk(step.resource, (*path, (name, step.name)))

    for name in sorted(specs):
        yield from walk(name, ())
