"""Who may call, compared: credentials and scopes.

In charge of the ways into an operation: alternatives, each a set of credentials with the scopes that they need. It must not know
keys or tokens.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from app.changes.document import TEXTS, Object
from app.changes.model import Difference
from app.changes.walk import Walk

Ways = Mapping[frozenset[str], frozenset[str]]  # the credentials of a way -> the scopes that it takes

_OPEN: Final = frozenset[str]()


def requirements(walk: Walk, old: Object, new: Object) -> Iterator[Difference]:
    """The differences of what two operations take; one that says nothing takes what its document says."""
    was, now = _ways(old, walk.old.content), _ways(new, walk.new.content)
    if _OPEN in was and _OPEN not in now:
        yield walk.found("credential-required", "")
    if _OPEN in now and _OPEN not in was:
        yield walk.found("credential-lifted", "")
    if _OPEN not in was and _OPEN not in now:
        yield from _ways_moved(walk, was, now)
    yield from _scopes(walk, was, now)


def _ways(operation: Object, document: Object) -> Ways:
    said = operation.get("security", document.get("security")) or [{}]
    return {frozenset(way): frozenset(scope for scopes in way.values() for scope in scopes) for way in said}


def _ways_moved(walk: Walk, was: Ways, now: Ways) -> Iterator[Difference]:
    for way in was.keys() - now.keys():
        yield walk.found("credential-removed", " with ".join(sorted(way)))
    for way in now.keys() - was.keys():
        yield walk.found("credential-added", " with ".join(sorted(way)))


def _scopes(walk: Walk, was: Ways, now: Ways) -> Iterator[Difference]:
    """The scopes of the ways that both have; all ways of an operation take the same ones, as a rule."""
    both = was.keys() & now.keys()
    for scope in sorted({scope for way in both for scope in now[way] - was[way]}):
        yield walk.found("scope-added", scope)
    for scope in sorted({scope for way in both for scope in was[way] - now[way]}):
        yield walk.found("scope-removed", scope)


def schemes(walk: Walk) -> Iterator[Difference]:
    """The differences of how credentials are sent. One that came or went shows in the operations that take it."""
    old, new = (each.content.get("components", {}).get("securitySchemes", {}) for each in (walk.old, walk.new))
    for name in sorted(old.keys() & new.keys()):
        was, now = _sent(old[name]), _sent(new[name])
        if was != now:
            yield walk.found("credential-changed", name, was, now)
        elif old[name] != new[name]:
            yield walk.found("text-changed", f"the credential {name}")


def _sent(scheme: Object) -> dict[str, object]:
    return {word: value for word, value in scheme.items() if word not in TEXTS and not word.startswith("x-")}
