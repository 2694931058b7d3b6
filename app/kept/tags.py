"""Tags: what a kept answer shows, and what a purge names. Both are spelled here, so that they cannot disagree.

    everything            every answer
    source:erp            what was read from a source
    table:erp/ORDHDR      what was read from a table of it
    resource:v1/orders    what shows a resource: its items, its lists, what is expanded by it
    item:v1/orders/4711   what is one item of it, whatever it is expanded by; also that there is none
    lists:v1/orders       what shows items of it and is none: lists, counts, what is expanded by it

In charge of these names, and of checking against the plan what somebody wants to purge. It must not know what is purged, or kept.

A resource that reads a query has no table here. Each version's resources are resources of their own, over the same tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.plan import keys
from app.plan.model import Plan, Resource
from app.problems import ProblemError
from app.shapes import nearest

EVERYTHING: Final = "everything"


def tags_of(resource: Resource, expanded: Iterable[Resource] = (), key: Sequence[Any] | None = None) -> tuple[str, ...]:
    """The tags of an answer about `resource`: the least that has to be purged for it to be purged is one of them.

    `expanded` are the resources of all expansions that were asked for, at any depth, also where no row was found: one may come.
    `key` is that of an item, a value for each field of `resource.key` as `keys.read` gives them, also where there is no such
    item; None for a list or a count of it. A caller's view of a resource has the tags of the whole. EVERYTHING is no tag of an
    answer: `Purges.valid` knows it.
    """
    own = _lists(resource) if key is None else _item(resource, key)
    lists = (_lists(each) for each in expanded)
    return tuple(dict.fromkeys([own, *_whole(resource), *(tag for each in expanded for tag in _whole(each)), *lists]))


def _whole(resource: Resource) -> Iterator[str]:
    yield f"resource:{_named(resource)}"
    if resource.table is not None:
        yield f"table:{resource.source}/{resource.table}"
    yield f"source:{resource.source}"


def _item(resource: Resource, key: Sequence[Any]) -> str:
    return f"item:{_named(resource)}/{keys.write(key)}"


def _lists(resource: Resource) -> str:
    return f"lists:{_named(resource)}"


def _named(resource: Resource) -> str:
    return f"{resource.version}/{resource.name}"


# What somebody wants to purge.


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be purged: `erp`, `erp/ORDHDR`, `v1/orders`, `v1/orders/4711`; paths with or without a slash before them."""

    everything: bool = False
    sources: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wrong:
    """What cannot be purged: the number `at` of a word of Wanted; without a word, that nothing is named at all."""

    word: str
    at: int
    text: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.text} — {self.hint}" if self.hint else self.text


class BadPurge(ValueError):
    """What is to be purged is not there; `wrong` has every mistake."""

    def __init__(self, wrong: Sequence[Wrong]) -> None:
        super().__init__("; ".join(map(str, wrong)))
        self.wrong = tuple(wrong)


class _Unknown(Exception):
    """A text and a hint."""


def tags_to_purge(plan: Plan, wanted: Wanted) -> tuple[str, ...]:
    """The tags that are purged. Raises BadPurge for names that the plan does not have, the nearest beside each."""
    found = [EVERYTHING] if wanted.everything else []
    wrong = []
    for word, tags in _WORDS.items():
        for at, name in enumerate(getattr(wanted, word)):
            try:
                found += tags(plan, name)
            except _Unknown as unknown:
                wrong.append(Wrong(word, at, *unknown.args))
    if wanted == Wanted():
        wrong = [Wrong("", 0, "nothing is named that is to be purged")]
    if wrong:
        raise BadPurge(wrong)
    return tuple(dict.fromkeys(found))


def _of_source(plan: Plan, name: str) -> tuple[str, ...]:
    _picked("source", name, {each.source for each in _resources(plan)})
    return (f"source:{name}",)


def _of_table(plan: Plan, name: str) -> tuple[str, ...]:
    _picked("table", name, {f"{each.source}/{each.table}" for each in _resources(plan) if each.table is not None})
    return (f"table:{name}",)


def _of_resource(plan: Plan, name: str) -> tuple[str, ...]:
    return (f"resource:{_named(_resource(plan, name))}",)


def _of_item(plan: Plan, name: str) -> tuple[str, ...]:
    """The item, and all that shows items of its resource: the item may be among them, or may now have to be."""
    version, slash, rest = name.removeprefix("/").partition("/")
    of, _, key = rest.partition("/")
    if not key or "?" in key:
        raise _Unknown(f"{name!r} is not the path of an item: v1/orders/4711")
    resource = _resource(plan, version + slash + of)
    return _item(resource, _key(resource, key)), _lists(resource)


def _key(resource: Resource, text: str) -> tuple[Any, ...]:
    """The values of a key, percent-encoded or as it is."""
    try:
        return keys.read(resource, text.encode().decode("latin-1"))
    except UnicodeError:
        raise _Unknown("the key is not valid UTF-8") from None
    except ProblemError as error:
        wrong = [f"{each.parameter}: {each.detail}{each.hint and f' — {each.hint}'}" for each in error.errors]
        raise _Unknown("; ".join([error.detail, *wrong])) from None


def _resource(plan: Plan, name: str) -> Resource:
    known = {_named(each): each for each in _resources(plan)}
    return known[_picked("resource", name.removeprefix("/"), known)]


def _resources(plan: Plan) -> Iterator[Resource]:
    return (each for version in plan.versions.values() for each in version.resources.values())


def _picked(what: str, name: str, known: Iterable[str]) -> str:
    """The name, if it is known. Raises _Unknown."""
    names = list(known)
    if name not in names:
        raise _Unknown(f"there is no {what} {name!r}", nearest(name, names))
    return name


_WORDS: Final[Mapping[str, Callable[[Plan, str], tuple[str, ...]]]] = {
    "sources": _of_source,
    "tables": _of_table,
    "resources": _of_resource,
    "items": _of_item,
}  # how each word of Wanted is read


# What of a purge may be written down.


def written(plan: Plan, tag: str, pseudonym: Callable[[str], str]) -> str:
    """A tag of `tags_to_purge` for the audit, a classified key in it by its pseudonym."""
    kind, _, name = tag.partition(":")
    if kind != "item":
        return tag
    version, of, key = name.split("/", 2)
    return f"{kind}:{version}/{of}/{pseudonym(key)}" if plan.versions[version].resources[of].key_classified else tag
