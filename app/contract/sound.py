"""The part of a faulty contract that depends on nothing faulty.

In charge of leaving out what would only repeat a fault: a resource of a faulty source, an expansion that leads to a faulty
resource, a lens over one. What is left compiles as if the rest had never been written. It must not report.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from app.contract.model import ChangeSpec, Contract, ResourceSpec, VersionSpec


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
        resources={each.name: _leading_somewhere(each, names) for each in whole},
        lenses={name: each for name, each in version.lenses.items() if name in inherited},
    )
    return left, names


def _existing(change: ChangeSpec, names: Collection[str]) -> ChangeSpec:
    return replace(
        change,
        rename={old: new for old, new in change.rename.items() if old in names},
        remove=tuple(name for name in change.remove if name in names),
    )


def _leading_somewhere(resource: ResourceSpec, names: Collection[str]) -> ResourceSpec:
    expand = {name: each for name, each in resource.expand.items() if each.resource in names}
    return replace(resource, expand=expand)
