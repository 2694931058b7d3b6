"""History: what each version changed in the one before it, and why.

In charge of the order in which changes are told: by resource, those of a reason together; and of leaving out what a reader may not
see. It must not know HTML, nor how a lens is written: the plan has each change as a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

from app.plan.model import Change, Version

Versions = Mapping[str, Version]
Hidden = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Reasoned:
    """Changes that were made for one reason; `because` has its full stop, or is empty."""

    because: str
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """What a version changed in one resource. `resource` is empty for changes of whole resources; `there`: it has a page."""

    resource: str
    there: bool
    reasons: tuple[Reasoned, ...]


def changed(version: Version, hidden: Hidden) -> list[Changed]:
    """What the version changed, in the order of its contract, without what a reader may not see."""
    told: dict[str, list[Change]] = {}
    for change in version.changes:
        if not _tells(change, hidden):
            told.setdefault(_about(change), []).append(change)
    return [Changed(name, name in version.resources, _reasoned(changes)) for name, changes in told.items()]


def hidden(seen: Versions, whole: Versions) -> Hidden:
    """The names that a reader may not see: of fields by resource, over all versions; of resources under the empty name."""
    if seen is whole:
        return {}
    known, shown = _names(whole), _names(seen)
    fields = {name: frozenset(each - shown.get(name, set())) for name, each in known.items() if name in shown}
    return {**fields, "": frozenset(known.keys() - shown.keys())}


def predecessor(version: Version, versions: list[Version]) -> str:
    """The version that this one succeeds, if one says so."""
    return next((each.name for each in versions if each.successor == version.name), "")


def _names(versions: Versions) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for version in versions.values():
        for resource in version.resources.values():
            found.setdefault(resource.name, set()).update(resource.fields)
    return found


def _tells(change: Change, hidden: Hidden) -> bool:
    """Whether a change tells of what is hidden: it is about such a resource, or says such a name."""
    resources = hidden.get("", frozenset())
    if change.resource in resources:
        return True
    return not (resources | hidden.get(change.resource, frozenset())).isdisjoint(re.findall(r"[\w-]+", change.what))


def _about(change: Change) -> str:
    """The resource that a change is about. One that came whole stands with the others of its kind."""
    return "" if change.what.startswith("resource ") else change.resource


def _reasoned(changes: list[Change]) -> tuple[Reasoned, ...]:
    groups = groupby(changes, key=lambda change: change.because.strip().rstrip("."))
    return tuple(
        Reasoned(f"{because}." if because else "", tuple(each.what for each in found)) for because, found in groups
    )
