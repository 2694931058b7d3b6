"""The part of a faulty contract that depends on nothing faulty.

In charge of leaving out what would only repeat a fault: a field with one and whatever names it, a resource of a faulty
source, an expansion that leads to nothing, a lens over a faulty resource. What is left compiles as if the rest had never
been written, so that its own faults are found in the same run. It must not report.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, Final

from app.contract.document import Document, mapping
from app.contract.model import ChangeSpec, Contract, ResourceSpec, VersionSpec
from app.contract.words import ALL
from app.shapes import Fault, Node, Place

LAST: Final = Place("\U0010ffff")  # behind every place of every file
PARTLY: Final = frozenset(
    {"fields", "expand", "key", "filter", "sort", "unindexed"}
)  # words of which a part may be sound


def sound_part(contract: Contract) -> Contract:
    """The contract without what refers to a missing source, version or resource."""
    kept: dict[str, VersionSpec] = {}
    names: dict[str, set[str]] = {}

    def keep(name: str) -> bool:
        version = contract.versions.get(name)
        if name in kept or version is None:
            return name in kept
        if version.extends is not None and not keep(version.extends):
            return False
        kept[name], names[name] = _kept(version, contract.sources, names.get(version.extends or "", set()))
        return True

    return replace(contract, versions={name: kept[name] for name in contract.versions if keep(name)})


def sound_words(document: Document) -> Mapping[str, Any] | None:
    """The words of a resource's file without the faulty ones; None where too little is left to be a resource."""
    if document.sound:
        return document.words
    whole = _untouched(document.node, document.faults, LAST)
    words = {name: value for name, value in document.words.items() if name in whole or name in PARTLY}
    for name in ("fields", "expand"):
        kept = _untouched(mapping(document.node).get(name), document.faults, _end(name, document.node.keys))
        words[name] = {child: value for child, value in (document.words.get(name) or {}).items() if child in kept}
    fields = words["fields"]
    for name in ("key", "filter", "sort"):
        words[name] = [each for each in words.get(name) or () if isinstance(each, str) and _field(each) in fields]
    words["expand"] = {name: each for name, each in words["expand"].items() if set(each["on"]) <= set(fields)}
    known = {*fields, *words["expand"], ALL}
    accepted = words.get("unindexed") or ()
    words["unindexed"] = [each for each in accepted if isinstance(each, str) and _field(each) in known]
    needed = (words.get("resource"), words.get("source"), words["key"], words.get("table") or words.get("query"))
    return words if all(needed) else None


def _field(entry: str) -> str:
    return entry.partition("[")[0]


def _end(name: str, keys: Mapping[str, Place]) -> Place:
    """Where a word of the file ends: at the next one."""
    return min((place for place in keys.values() if place > keys.get(name, LAST)), default=LAST)


def _untouched(node: Node | None, faults: Collection[Fault], end: Place) -> set[str]:
    """The names of a mapping within whose lines no fault lies. `end` is where the mapping ends."""
    if node is None or not node.keys:
        return set()
    starts = sorted((place, name) for name, place in node.keys.items())
    ends = [*(place for place, _ in starts[1:]), end]
    return {
        name
        for (start, name), stop in zip(starts, ends, strict=True)
        if not any(start <= fault.place < stop for fault in faults)
    }


def _kept(version: VersionSpec, sources: Collection[str], inherited: set[str]) -> tuple[VersionSpec, set[str]]:
    """What is left of a version over the resources `inherited`, and the names that it has then."""
    changes = tuple(_existing(change, inherited) for change in version.changes)
    for change in changes:
        inherited = {change.rename.get(name, name) for name in inherited.difference(change.remove)}
    whole = [each for each in version.resources.values() if each.source in sources]
    names = inherited.union(each.name for each in whole)
    left = replace(
        version,
        changes=changes,
        resources={each.name: _leading_somewhere(each, names, version.resources) for each in whole},
        lenses={name: each for name, each in version.lenses.items() if name in inherited},
    )
    return left, names


def _existing(change: ChangeSpec, names: Collection[str]) -> ChangeSpec:
    return replace(
        change,
        rename={old: new for old, new in change.rename.items() if old in names},
        remove=tuple(name for name in change.remove if name in names),
    )


def _leading_somewhere(
    resource: ResourceSpec, names: Collection[str], there: Mapping[str, ResourceSpec]
) -> ResourceSpec:
    """The resource with the expansions that lead to a resource, and to fields of it that are left."""
    expand = {
        name: each
        for name, each in resource.expand.items()
        if each.resource in names
        and (each.resource not in there or set(each.on.values()) <= set(there[each.resource].fields))
    }
    return replace(resource, expand=expand)
