"""Which file of the contract a difference comes from, as far as that can be told.

In charge of following a resource through the versions that extend one another. It must not know documents.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from app.changes.model import Difference
from app.contract.model import ChangeSpec, Contract, LensSpec, ResourceSpec, VersionSpec
from app.shapes import Place

_GATEWAY: Final = "gateway.yaml"
_WORDS: Final = {
    "fields": "fields",
    "expand": "expand",
    "sort": "sort",
    "limit": "page",
}  # parameter -> word of a resource
_PARTS: Final = {"path": "key", "parameter": "filter", "field": "fields", "access": "access", "text": "fields"}
_OF_COLUMNS: Final = (
    "-null-",
    "-range-",
    "-type-",
    "-format-",
)  # what a column of the catalog may have changed as well


def culprits(contract: Contract, each: Difference) -> tuple[str, ...]:
    """Where to look, the likeliest place first: `v1/orders.yaml:12:7`. Empty where the gateway itself is another."""
    version = contract.versions.get(each.version)
    part = each.kind.part
    if version is None or part == "answer":
        return ()
    if part == "version":
        return (version.node.place.file,)
    if not each.resource or part == "credential":
        return (_GATEWAY,)
    return tuple(dict.fromkeys(_places(contract, version, each)))


def _places(contract: Contract, version: VersionSpec, each: Difference) -> Iterator[str]:
    for spec in _written(contract, version, each.resource):
        if isinstance(spec, LensSpec):
            yield from (str(change.node.place) for change in spec.changes if _names(change) & _subjects(each))
        else:
            yield str(_place(spec, each))
            if any(aspect in each.kind.code for aspect in _OF_COLUMNS) and spec.source in contract.catalogs:
                yield f"catalog/{spec.source}.yaml"


def _written(contract: Contract, version: VersionSpec | None, resource: str) -> Iterator[LensSpec | ResourceSpec]:
    """The lenses of a resource, the newest first, then the resource itself; a renamed one is followed by its old name."""
    while version is not None:
        if resource in version.lenses:
            yield version.lenses[resource]
        if resource in version.resources:
            yield version.resources[resource]
            return
        names = {new: old for change in version.changes for old, new in change.rename.items()}
        resource = names.get(resource, resource)
        version = contract.versions.get(version.extends or "")


def _place(spec: ResourceSpec, each: Difference) -> Place:
    """The field, if there is one of that name; else the word that such things stand under."""
    for name in sorted(_subjects(each)):
        if name in spec.fields and each.kind.part != "path":
            return spec.fields[name].node.place
    word = _WORDS.get(each.subject) if each.kind.part == "parameter" else None
    return spec.node.at(word or _PARTS.get(each.kind.part, "fields"))


def _subjects(each: Difference) -> set[str]:
    """The names that it is about, old and new, without the way to them and their operators."""
    said = (each.subject, each.was, each.now)
    return {_bare(value) for value in said if isinstance(value, str)} - {""}


def _bare(subject: str) -> str:
    return subject.partition(":")[0].rpartition(".")[2].partition("[")[0]


def _names(change: ChangeSpec) -> set[str]:
    """Every field that a step of a lens names, old and new."""
    parts = {part for named in change.split.values() for part in named}
    return {*change.rename, *change.rename.values(), *change.fields, *change.split, *parts, *change.remove}
