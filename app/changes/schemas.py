"""Schemas of two documents, compared: fields that went and came, and what moved in the ones that stayed.

In charge of descending: references, members, items. A component is compared once, whoever refers to it, so that a circle ends.
It must not know operations.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from app.changes import facets
from app.changes.document import Object, Plain, plain
from app.changes.model import Difference
from app.changes.renames import as_it_stands, matched
from app.changes.standing import scope_of
from app.changes.walk import Side, Walk

_DESCENDED: Final = frozenset({"properties", "required", "items", "additionalProperties", "default", "deprecated"})
_CHOICES: Final = ("anyOf", "oneOf", "allOf")
KNOWN: Final = facets.WORDS | _DESCENDED | frozenset(_CHOICES)
_KNOWN_BESIDE: Final = frozenset({"type", "nullable", *KNOWN})


def schemas(walk: Walk, side: Side, old: Any, new: Any, subject: str) -> Iterator[Difference]:
    """The differences of two schemas; `subject` is the way to them, like `address.city`."""
    before, after = plain(walk.old, old), plain(walk.new, new)
    yield from _steps(walk, side, facets.null(before, after), subject)
    if before.reference and after.reference:
        yield from walk.rest(before.beside, after.beside, _KNOWN_BESIDE, subject)
        yield from _components(walk, side, before, after)
    else:
        yield from _inline(walk, side, before, after, subject)


def _components(walk: Walk, side: Side, old: Plain, new: Plain) -> Iterator[Difference]:
    if not walk.first("schema", side, old.reference, new.reference):
        return
    resource = walk.new.owners.get(new.reference, walk.resource)
    there = walk.at(f"schema {new.reference}", resource)
    if old.reference != new.reference:
        yield there.found("generated-name-changed", "the schema", old.reference, new.reference)
    yield from _inline(there, side, old, new, "")


def _inline(walk: Walk, side: Side, old: Plain, new: Plain, subject: str) -> Iterator[Difference]:
    moved = list(facets.moved(old, new))
    yield from _steps(walk, side, iter(moved), subject)
    yield from walk.rest({**old.words, **old.beside}, {**new.words, **new.beside}, KNOWN, subject)
    yield from _defaults(walk, side, old.words, new.words, subject)
    yield from deprecations(walk, old.words, new.words, subject)
    if any(step.aspect == "type" and step.movement == "changed" for step in moved):
        return
    yield from _members(walk, side, old.words, new.words, subject)
    yield from _items(walk, side, old.words, new.words, subject)
    yield from _others(walk, side, old.words, new.words, subject)
    for word in _CHOICES:
        yield from _choices(walk, side, old.words.get(word, []), new.words.get(word, []), f"{subject}: {word}")


def _steps(walk: Walk, side: Side, steps: Iterator[facets.Step], subject: str) -> Iterator[Difference]:
    for step in steps:
        yield walk.found(f"{side}-{step.aspect}-{step.movement}", subject, step.was, step.now)


def _defaults(walk: Walk, side: Side, old: Object, new: Object, subject: str) -> Iterator[Difference]:
    """What stands for a value that was left out: of an answer, that is a text."""
    was, now = old.get("default"), new.get("default")
    if was != now and side == "parameter":
        yield walk.found("parameter-default-changed", subject, was, now)
    elif was != now:
        yield walk.found("text-changed", f"{subject}: default")


def deprecations(walk: Walk, old: Object, new: Object, subject: str) -> Iterator[Difference]:
    """Whether it is marked as deprecated."""
    was, now = bool(old.get("deprecated")), bool(new.get("deprecated"))
    if was != now:
        yield walk.found("marked-deprecated" if now else "mark-lifted", subject)


def _members(walk: Walk, side: Side, old: Object, new: Object, subject: str) -> Iterator[Difference]:
    before, after = old.get("properties", {}), new.get("properties", {})
    needed = set(old.get("required", ())), set(new.get("required", ()))
    names = matched(before, after, as_it_stands)
    for name in names.removed:
        yield walk.found(f"{side}-removed", _under(subject, name))
    for name, renamed in names.renamed.items():
        yield walk.found(f"{side}-renamed", _under(subject, name), name, renamed)
    for name in names.added:
        code = "required-parameter-added" if side == "parameter" and name in needed[1] else f"{side}-added"
        yield walk.found(code, _under(subject, name))
    for name in names.both:
        yield from _required(walk, side, (name in needed[0], name in needed[1]), _under(subject, name))
        yield from _scopes(walk, before[name], after[name], _under(subject, name))
        yield from schemas(walk, side, before[name], after[name], _under(subject, name))


def _required(walk: Walk, side: Side, needed: tuple[bool, bool], subject: str) -> Iterator[Difference]:
    was, now = needed
    if was != now:
        yield walk.found(f"{side}-required-{'narrowed' if now else 'widened'}", subject)


def _scopes(walk: Walk, old: Any, new: Any, subject: str) -> Iterator[Difference]:
    """The scope without which a field is not there: the document has it in words."""
    was, now = scope_of(old), scope_of(new)
    if was == now:
        return
    if now:
        yield walk.found("field-scope-added", subject, was or None, now)
    else:
        yield walk.found("field-scope-removed", subject, was)


def _items(walk: Walk, side: Side, old: Object, new: Object, subject: str) -> Iterator[Difference]:
    if "items" in old or "items" in new:
        each = (
            subject if side == "parameter" else f"{subject}[]"
        )  # a list in a request is a parameter that may be repeated
        yield from schemas(walk, side, old.get("items", {}), new.get("items", {}), each)


def _others(walk: Walk, side: Side, old: Object, new: Object, subject: str) -> Iterator[Difference]:
    """Members that have no name in the document: forbidden, free, or of a schema of their own."""
    was, now = (words.get("additionalProperties", True) for words in (old, new))
    if was is True and now is True:
        return
    if was is not False and now is not False:
        yield from schemas(walk, side, was, now, _under(subject, "*"))
    elif was != now:
        yield walk.found(f"{side}-open-{'narrowed' if now is False else 'widened'}", subject)


def _choices(walk: Walk, side: Side, old: list[Any], new: list[Any], subject: str) -> Iterator[Difference]:
    """Alternatives: equal ones cancel out, in whatever order; as many as are left on each side are compared in theirs."""
    gone, come = [each for each in old if each not in new], [each for each in new if each not in old]
    if len(gone) != len(come):
        yield walk.found("unknown-changed", subject, gone or None, come or None)
        return
    for was, now in zip(gone, come, strict=True):
        yield from schemas(walk, side, was, now, subject.partition(":")[0])


def _under(subject: str, name: str) -> str:
    return f"{subject}.{name}" if subject else name
