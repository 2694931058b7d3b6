"""What was published against what the contract says now: which version is compared with which, and what binds.

In charge of versions that are new, drafts, or gone. A new version has no promise to break: it is compared with the one that it
extends, to tell what it changes. It must not know files, or how differences are shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

from app.changes.compare import compare
from app.changes.document import Object
from app.changes.model import Comparison, Difference
from app.changes.standing import said_of
from app.changes.table import KINDS

Documents = Mapping[str, Object]  # v1 -> its OpenAPI document

_OF_STANDING: Final = frozenset(
    {"version", "answer", "text"}
)  # what differs because one version is old and the other new


def weigh(
    published: Documents, now: Documents, extends: Mapping[str, str | None], today: date
) -> tuple[Comparison, ...]:
    """One comparison for each version that is there now, and each that was published and is gone."""
    return tuple(_comparisons(published, now, extends, today))


def introduced(published: Documents, extends: Mapping[str, str | None]) -> tuple[Comparison, ...]:
    """The published versions as if they were new: where a log begins."""
    names = [name for name in published if name in extends]
    return tuple(Comparison(name, extends[name] or "", "new", (_added(name),)) for name in names)


def _added(name: str) -> Difference:
    return Difference(KINDS["version-added"], name)


def _comparisons(
    published: Documents, now: Documents, extends: Mapping[str, str | None], today: date
) -> Iterator[Comparison]:
    for name, document in now.items():
        base = extends.get(name)
        if name in published:
            differences = compare(published[name], document, name, today)
            yield Comparison(name, name, "draft" if _draft(published[name]) else "published", differences)
        else:
            yield Comparison(name, base or "", "new", _new(name, document, now.get(base or ""), today))
    for name in published.keys() - now.keys():
        yield Comparison(
            name, name, "draft" if _draft(published[name]) else "gone", (_gone(name, published[name], today),)
        )


def _draft(document: Object) -> bool:
    return said_of(document).status == "draft"


def _new(name: str, document: Object, base: Object | None, today: date) -> tuple[Difference, ...]:
    changed = compare(base, document, name, today) if base is not None else ()
    return (*(each for each in changed if each.kind.part not in _OF_STANDING), _added(name))


def _gone(name: str, document: Object, today: date) -> Difference:
    said = said_of(document)
    return Difference(KINDS["version-ended" if said.ended(today) else "version-shut-down"], name, "", said.farewell)
