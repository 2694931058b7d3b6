"""Versions: each one resolved to whole resources; a lens is applied here, before anything is compiled.

In charge of what `rename`, `retype`, `add`, `split` and `remove` mean. It works on the contract's own values alone and
must not know the catalog or a conversion. After it, nobody can tell a lensed resource from one written out in full.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from app.contract.document import mapping, texts
from app.contract.model import ChangeSpec, Contract, ExpandSpec, FieldSpec, LensSpec, ResourceSpec, VersionSpec
from app.contract.words import ALL
from app.conversions.base import ApiType
from app.plan.model import Change
from app.shapes import Fault, Node, Place, nearest

Report = Callable[[Fault], None]
Resources = Mapping[str, ResourceSpec]


@dataclass(frozen=True, slots=True)
class Resolved:
    """A version with whole resources, and what it changed in the one before it."""

    spec: VersionSpec
    resources: Resources
    changes: tuple[Change, ...] = ()


def resolve(contract: Contract, report: Report) -> Mapping[str, Resolved]:
    """Every version, resolved; the order is that of the contract. Faults of lenses are reported."""
    done: dict[str, Resolved] = {}

    def visit(name: str) -> Resolved:
        if name not in done:
            spec = contract.versions[name]
            known = spec.extends is not None and spec.extends in contract.versions
            base = visit(str(spec.extends)).resources if known else {}
            done[name] = _apply(spec, base, report)
        return done[name]

    return {name: visit(name) for name in contract.versions}


def _apply(spec: VersionSpec, base: Resources, report: Report) -> Resolved:
    resources = dict(base)
    changes: list[Change] = []
    for change in spec.changes:
        resources = _resources(change, resources, report)
        changes += _described("", change)
    for lens in spec.lenses.values():
        resources = _lens(lens, resources, report)
        changes += [line for change in lens.changes for line in _described(lens.resource, change)]
    resources = _still_joined(spec, resources, report)
    for name, resource in spec.resources.items():
        if spec.extends is not None:
            verb = "replaced" if name in resources else "added"
            changes.append(Change(name, f"resource {name} {verb}", resource.summary))
        resources[name] = resource
    return Resolved(spec, resources, tuple(changes))


def _resources(change: ChangeSpec, resources: dict[str, ResourceSpec], report: Report) -> dict[str, ResourceSpec]:
    """Rename or remove whole resources; expansions that lead to them follow."""
    for name in (*change.rename, *change.remove):
        if name not in resources:
            report(_unknown(change.node, change.action, name, "resource", resources))
    names = {name: name for name in resources if name not in change.remove}
    taken = set(names).difference(change.rename)
    for old, new in change.rename.items():
        if new in taken:
            place = change.node.at("rename", old)
            report(Fault("duplicate-resource", place, f"there is a resource {new!r} already"))
        elif old in names:
            names[old] = new
            taken.add(new)
    return {new: _renamed(resources[old], new, names) for old, new in names.items()}


def _renamed(resource: ResourceSpec, name: str, names: Mapping[str, str]) -> ResourceSpec:
    """The resource under its new name, with the expansions that lead to one of `names`, which are old to new."""
    expand = {
        key: replace(expansion, resource=names[expansion.resource])
        for key, expansion in resource.expand.items()
        if expansion.resource in names
    }
    return replace(resource, name=name, expand=expand)


def _lens(lens: LensSpec, resources: dict[str, ResourceSpec], report: Report) -> dict[str, ResourceSpec]:
    if lens.resource not in resources:
        place = lens.node.at("resource")
        hint = nearest(lens.resource, resources)
        report(Fault("unknown-resource", place, f"there is no resource {lens.resource!r} to change", hint=hint))
        return resources
    resource = resources[lens.resource]
    for change in lens.changes:
        resource = _ACTIONS[change.action](resource, change, report)
        if change.action == "rename":
            resources = {name: _remote_renamed(other, resource.name, change) for name, other in resources.items()}
    _check_accepted(lens, resource, report)
    added = replace(
        resource,
        filter=_union(resource.filter, lens.filter),
        sort=_union(resource.sort, lens.sort),
        unindexed=_union(resource.unindexed, lens.unindexed),
    )
    return {**resources, lens.resource: replace(added, node=_node(added, lens))}


def _check_accepted(lens: LensSpec, resource: ResourceSpec, report: Report) -> None:
    """Report what the lens accepts without an index and the changed resource does not have."""
    known = {*resource.fields, *resource.expand, ALL}
    for index, entry in enumerate(lens.unindexed):
        name = entry.partition("[")[0]
        if name not in known:
            place = lens.node.at("unindexed", index)
            report(Fault("unknown-field", place, f"{resource.name} has no field {name!r}", hint=nearest(name, known)))


def _node(resource: ResourceSpec, lens: LensSpec) -> Node:
    """The resource's node, where each entry of `filter` and `sort` has the place at which it was written.

    An entry that a change has brought has the place of the changes.
    """
    if not isinstance(resource.node.value, dict):
        return resource.node
    children = dict(resource.node.value)
    for word, entries in (("filter", resource.filter), ("sort", resource.sort)):
        places = dict((*texts(mapping(resource.node).get(word)), *texts(mapping(lens.node).get(word))))
        nodes = [Node(entry, places.get(entry, lens.node.at("changes")), entry) for entry in entries]
        children[word] = Node(nodes, resource.node.at(word))
    return resource.node._replace(value=children)


def _still_joined(spec: VersionSpec, resources: dict[str, ResourceSpec], report: Report) -> dict[str, ResourceSpec]:
    """The resources without expansions that join on a field of another one which a lens took away; each is reported."""
    gone = {
        (lens.resource, name): change.node.at(change.action, name if change.split else change.remove.index(name))
        for lens in spec.lenses.values()
        for change in lens.changes
        for name in (*change.remove, *change.split)
    }

    def lost(expansion: ExpandSpec) -> list[str]:
        fields = resources[expansion.resource].fields if expansion.resource in resources else {}
        return [name for name in expansion.on.values() if (expansion.resource, name) in gone and name not in fields]

    for resource in resources.values():
        for expansion in resource.expand.values():
            for name in lost(expansion):
                place = gone[expansion.resource, name]
                report(_in_use(place, expansion.name, resource.name, name, f"remove it from {resource.name} too"))
    return {
        name: replace(resource, expand={key: each for key, each in resource.expand.items() if not lost(each)})
        for name, resource in resources.items()
    }


def _in_use(place: Place, expansion: str, resource: str, name: str, hint: str) -> Fault:
    return Fault("field-in-use", place, f"the expansion {expansion!r} of {resource} joins on {name!r}", hint=hint)


def _rename(resource: ResourceSpec, change: ChangeSpec, report: Report) -> ResourceSpec:
    for old in change.rename:
        if old not in resource.fields:
            report(_unknown(change.node, "rename", old, "field", resource.fields))
    new_names = ((new, change.node.at("rename", old)) for old, new in change.rename.items())
    _check_new(resource, new_names, change.rename, report)

    def now(name: str) -> str:
        return change.rename.get(name, name)

    def entry(name: str) -> str:
        field, bracket, operator = name.partition("[")
        return now(field) + bracket + operator

    return replace(
        resource,
        key=tuple(map(now, resource.key)),
        fields={now(name): replace(field, name=now(name)) for name, field in resource.fields.items()},
        filter=tuple(map(entry, resource.filter)),
        sort=tuple(map(now, resource.sort)),
        unindexed=tuple(map(entry, resource.unindexed)),
        expand={name: _local_renamed(expansion, change) for name, expansion in resource.expand.items()},
        access=replace(resource.access, rows={now(name): claim for name, claim in resource.access.rows.items()}),
    )


def _local_renamed(expansion: ExpandSpec, change: ChangeSpec) -> ExpandSpec:
    return replace(expansion, on={change.rename.get(local, local): remote for local, remote in expansion.on.items()})


def _remote_renamed(resource: ResourceSpec, target: str, change: ChangeSpec) -> ResourceSpec:
    expand = {
        name: replace(
            expansion, on={local: change.rename.get(remote, remote) for local, remote in expansion.on.items()}
        )
        if expansion.resource == target
        else expansion
        for name, expansion in resource.expand.items()
    }
    return replace(resource, expand=expand)


def _retype(resource: ResourceSpec, change: ChangeSpec, report: Report) -> ResourceSpec:
    fields = dict(resource.fields)
    for name, said in change.fields.items():
        if name not in fields:
            report(_unknown(change.node, "retype", name, "field", fields))
            continue
        fields[name] = _merged(fields[name], said)
    return replace(resource, fields=fields)


def _merged(before: FieldSpec, said: FieldSpec) -> FieldSpec:
    """A retyped field: what the lens says, and for the rest what stood before."""
    return replace(
        said,
        columns=said.columns or before.columns,
        stored_as=before.stored_as if said.stored_as is None else said.stored_as,
        description=said.description or before.description,
        example=before.example if said.example is None and said.type == before.type else said.example,
        open=said.open or before.open,
        on_issue=before.on_issue if said.on_issue == "null" else said.on_issue,
        scope=said.scope or before.scope,
        classification=before.classification if said.classification == "internal" else said.classification,
    )


def _add(resource: ResourceSpec, change: ChangeSpec, report: Report) -> ResourceSpec:
    _check_new(resource, ((name, change.node.at("add", name)) for name in change.fields), (), report)
    return replace(resource, fields={**resource.fields, **change.fields})


def _check_new(
    resource: ResourceSpec, names: Iterable[tuple[str, Place]], leaving: Collection[str], report: Report
) -> None:
    """Report new names that a field or an expansion has already; those in `leaving` become free."""
    taken = {**dict.fromkeys(resource.expand, "an expansion"), **dict.fromkeys(resource.fields, "a field")}
    for name in leaving:
        taken.pop(name, None)
    for name, place in names:
        if name in taken:
            report(Fault("duplicate-word", place, f"{resource.name} has {taken[name]} {name!r} already"))
        taken.setdefault(name, "a field")


def _split(resource: ResourceSpec, change: ChangeSpec, report: Report) -> ResourceSpec:
    for name, parts in change.split.items():
        field = resource.fields.get(name)
        new_names = ((part, change.node.at("split", name, part)) for part in parts)
        _check_new(resource, new_names, change.split, report)
        if field is None:
            report(_unknown(change.node, "split", name, "field", resource.fields))
        elif name in resource.key:
            report(_of_key(change.node.at("split", name), name, resource))
        elif len(field.columns) != len(parts) or not isinstance(field.stored_as, list):
            place = change.node.at("split", name)
            expected = "as many parts as the field has columns, each with a conversion of its own"
            report(Fault("cannot-split", place, f"{name!r} cannot be split into {len(parts)} parts", expected))
        else:
            place = change.node.at("split", name)
            resource = _parted(_without_joins(resource, name, place, report), field, parts, change)
    return resource


def _of_key(place: Place, name: str, resource: ResourceSpec) -> Fault:
    return Fault("key-removed", place, f"{name!r} is part of the key of {resource.name}")


def _parted(resource: ResourceSpec, field: FieldSpec, parts: Mapping[str, ApiType], change: ChangeSpec) -> ResourceSpec:
    pieces = {
        part: replace(field, name=part, type=type_, columns=(column,), stored_as=stored, example=None, node=change.node)
        for (part, type_), column, stored in zip(parts.items(), field.columns, field.stored_as, strict=True)
    }
    fields: dict[str, FieldSpec] = {}
    for name, before in resource.fields.items():
        fields.update(pieces if name == field.name else {name: before})

    def spread(entries: tuple[str, ...]) -> tuple[str, ...]:
        split = ((entry, *entry.partition("[")) for entry in entries)
        return tuple(
            new
            for entry, name, *operator in split
            for new in (["".join((piece, *operator)) for piece in pieces] if name == field.name else [entry])
        )

    return replace(
        resource,
        fields=fields,
        filter=spread(resource.filter),
        sort=spread(resource.sort),
        unindexed=spread(resource.unindexed),
    )


def _remove(resource: ResourceSpec, change: ChangeSpec, report: Report) -> ResourceSpec:
    gone = set(change.remove)
    known = {**resource.fields, **resource.expand}
    resource = replace(resource, expand={name: each for name, each in resource.expand.items() if name not in gone})
    for index, name in enumerate(change.remove):
        place = change.node.at("remove", index)
        if name not in known:
            report(_unknown(change.node, "remove", name, "field", known))
        elif name in resource.key:
            report(_of_key(place, name, resource))
        else:
            resource = _without_joins(resource, name, place, report)
    return replace(
        resource,
        fields={name: field for name, field in resource.fields.items() if name not in gone or name in resource.key},
        filter=tuple(name for name in resource.filter if name.partition("[")[0] not in gone),
        sort=tuple(name for name in resource.sort if name not in gone),
        unindexed=tuple(name for name in resource.unindexed if name.partition("[")[0] not in gone),
    )


def _without_joins(resource: ResourceSpec, name: str, place: Place, report: Report) -> ResourceSpec:
    """The resource without the expansions that join on a field which goes; they are reported."""
    joined = [key for key, each in resource.expand.items() if name in each.on]
    if joined:
        report(_in_use(place, joined[0], resource.name, name, f"remove {joined[0]!r} first"))
    return replace(resource, expand={key: each for key, each in resource.expand.items() if key not in joined})


_ACTIONS: Mapping[str, Callable[[ResourceSpec, ChangeSpec, Report], ResourceSpec]] = {
    "rename": _rename,
    "retype": _retype,
    "add": _add,
    "split": _split,
    "remove": _remove,
}


def _described(resource: str, change: ChangeSpec) -> list[Change]:
    """The changelog lines of one change."""
    kind = "" if resource else "resource "
    whats = {
        "rename": [f"{kind}{old} renamed to {new}" for old, new in change.rename.items()],
        "retype": [f"{name} is now of type {field.type}" for name, field in change.fields.items()],
        "add": [f"{name} added" for name in change.fields],
        "split": [f"{name} split into {' and '.join(parts)}" for name, parts in change.split.items()],
        "remove": [f"{kind}{name} removed" for name in change.remove],
    }[change.action]
    return [Change(resource, what, change.because) for what in whats]


def _union(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *second)))


def _unknown(node: Node, action: str, name: str, what: str, known: Mapping[str, object]) -> Fault:
    place = next((place for text, place in texts(mapping(node).get(action)) if text == name), node.at(action, name))
    return Fault(f"unknown-{what}", place, f"there is no {what} {name!r} to {action}", hint=nearest(name, known))
