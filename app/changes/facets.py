"""What two schemas of one value say differently: types, values, formats, patterns, bounds.

In charge of whether the new schema takes more, less, or something else. Whether that is good depends on who sends the value:
it must not know whether a request or an answer has it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

from app.changes.document import Object, Plain

Movement = Literal["changed", "narrowed", "widened"]

_LOWER: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_ENCODINGS: Final = ("contentEncoding", "contentMediaType")

WORDS: Final = frozenset(
    {"enum", "format", "pattern", "not", "const", "multipleOf", "uniqueItems", *_LOWER, *_UPPER, *_ENCODINGS}
)


@dataclass(frozen=True, slots=True)
class Step:
    """One facet that moved."""

    aspect: str
    movement: Movement
    was: Any
    now: Any


def null(old: Plain, new: Plain) -> Iterator[Step]:
    """Whether null is a value."""
    if old.nullable != new.nullable:
        yield Step("null", "widened" if new.nullable else "narrowed", None, None)


def types(old: Plain, new: Plain) -> Iterator[Step]:
    """The types but null. Every integer is a number; without a word every type is meant."""
    if old.types == new.types:
        return
    less, more = _wide(old.types), _wide(new.types)
    was, now = " or ".join(sorted(old.types)) or "any", " or ".join(sorted(new.types)) or "any"
    yield Step("type", _movement(_within(less, more), _within(more, less)), was, now)


def _wide(said: frozenset[str]) -> frozenset[str]:
    return said | {"integer"} if "number" in said else said


def _within(inner: frozenset[str], outer: frozenset[str]) -> bool:
    return not outer or bool(inner and inner <= outer)


def _movement(fits: bool, fitted: bool) -> Movement:  # noqa: FBT001 - two answers to one question, side by side
    """`fits`: the old is within the new; `fitted`: the new is within the old."""
    if fits and not fitted:
        return "widened"
    return "narrowed" if fitted and not fits else "changed"


def values(old: Object, new: Object) -> Iterator[Step]:
    """The values that are named one by one; without a word each will do."""
    before, after = _named(old), _named(new)
    if before is None or after is None:
        if before != after:
            yield Step("enum", "narrowed" if before is None else "widened", before or ["any"], after or ["any"])
        return
    gone, come = [each for each in before if each not in after], [each for each in after if each not in before]
    if gone:
        yield Step("enum", "narrowed", gone, None)
    if come:
        yield Step("enum", "widened", None, come)


def _named(words: Object) -> list[Any] | None:
    return [words["const"]] if "const" in words else words.get("enum")


def format_(old: Object, new: Object) -> Iterator[Step]:
    """What the text stands for: a date, a decimal, bytes in base 64."""
    for word in ("format", *_ENCODINGS):
        yield from _said(word, "format", old, new)


def pattern(old: Object, new: Object) -> Iterator[Step]:
    """The regular expression. Whether one takes what another takes is not decided here."""
    yield from _said("pattern", "pattern", old, new)


def exclusion(old: Object, new: Object) -> Iterator[Step]:
    """What it is not: a schema that is not taken apart."""
    yield from _said("not", "exclusion", old, new)


def _said(word: str, aspect: str, old: Object, new: Object) -> Iterator[Step]:
    """A word that narrows where it is set, widens where it is lifted, and is not compared with another."""
    was, now = old.get(word), new.get(word)
    if was != now:
        yield Step(aspect, _movement(now is None, was is None), was, now)


def ranges(old: Object, new: Object) -> Iterator[Step]:
    """The bounds of numbers, lengths and counts, each by itself."""
    for words, narrower in ((_LOWER, _greater), (_UPPER, _less)):
        for word in words:
            yield from _bound(word, narrower, old, new)
    yield from _bound("multipleOf", _multiple, old, new)
    yield from _unique(bool(old.get("uniqueItems")), bool(new.get("uniqueItems")))


def _bound(word: str, narrower: Callable[[Any, Any], bool], old: Object, new: Object) -> Iterator[Step]:
    was, now = old.get(word), new.get(word)
    if was == now:
        return
    movement: Movement = "narrowed" if now is not None and (was is None or narrower(was, now)) else "widened"
    yield Step("range", movement, *(None if value is None else f"{word} {value}" for value in (was, now)))


def _unique(was: bool, now: bool) -> Iterator[Step]:  # noqa: FBT001 - the word's two values, old and new
    if was != now:
        said = {True: "uniqueItems", False: None}
        yield Step("range", "narrowed" if now else "widened", said[was], said[now])


def _greater(was: Any, now: Any) -> bool:
    return bool(now > was)


def _less(was: Any, now: Any) -> bool:
    return bool(now < was)


def _multiple(was: Any, now: Any) -> bool:
    """Whether a number that divides less: anything but a divisor of the old one takes some values away."""
    return bool(was % now)


def moved(old: Plain, new: Plain) -> Iterator[Step]:
    """Every facet but null that moved; where the type is another one, that is all there is to say."""
    if old == new:
        return
    retyped = list(types(old, new))
    yield from retyped
    if not any(step.movement == "changed" for step in retyped):
        for facet in (values, format_, pattern, exclusion, ranges):
            yield from facet(old.words, new.words)
