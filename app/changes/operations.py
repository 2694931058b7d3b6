"""Operations of two documents, compared: parameters, bodies, answers, credentials.

In charge of one operation and of what it refers to. It must not know which operations belong together, nor how a schema is compared.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from app.changes.access import requirements
from app.changes.document import TEXTS, Object, Operation, parts
from app.changes.model import Difference
from app.changes.renames import as_it_stands, matched
from app.changes.schemas import deprecations, schemas
from app.changes.table import KINDS
from app.changes.walk import Walk

_KNOWN: Final = frozenset(
    {"parameters", "requestBody", "responses", "security", "operationId", "tags", "deprecated"}
)  # of an operation
_PARAMETER: Final = frozenset({"name", "in", "required", "schema", "deprecated", "style", "explode", "allowReserved"})
_RESPONSE: Final = frozenset({"headers", "content"})
_MEDIA: Final = frozenset({"schema"})
_HEADER: Final = frozenset({"schema", "required"})
_BODY: Final = frozenset({"required", "content"})
_STYLES: Final = {"query": "form", "cookie": "form", "path": "simple", "header": "simple"}  # OpenAPI 3.1, 4.8.12.2

Parameters = Mapping[tuple[str, str], Object]


def operations(walk: Walk, old: Operation, new: Operation) -> Iterator[Difference]:
    """The differences of two operations."""
    here = walk.at(new.place, new.resource)
    before, after = old.content, new.content
    yield from _names(here, before, after)
    yield from here.rest(before, after, _KNOWN)
    yield from deprecations(here, before, after, "the operation")
    yield from _parameters(here, old, new)
    yield from _bodies(here, before.get("requestBody"), after.get("requestBody"))
    yield from _responses(here, before.get("responses", {}), after.get("responses", {}))
    yield from requirements(here, before, after)


def _names(walk: Walk, old: Object, new: Object) -> Iterator[Difference]:
    for word, about in (("operationId", "the operation"), ("tags", "the group")):
        if old.get(word) != new.get(word):
            yield walk.found("generated-name-changed", about, old.get(word), new.get(word))


def _parameters(walk: Walk, old: Operation, new: Operation) -> Iterator[Difference]:
    for was, now in zip(parts(old.path), parts(new.path), strict=True):
        if was != now:
            yield walk.found("key-renamed", now, was, now)
    before, after = old.parameters, new.parameters
    names = matched(before, after, _print)
    for key in names.removed:
        yield walk.found("parameter-removed", _called(before[key]))
    for key, renamed in names.renamed.items():
        was, now = _called(before[key]), _called(after[renamed])
        yield walk.found("parameter-renamed", was, was, now)
    for key in names.added:
        code = "required-parameter-added" if after[key].get("required") else "parameter-added"
        yield walk.found(code, _called(after[key]))
    for key in names.both:
        yield from _parameter(walk, before[key], after[key])


def _print(key: tuple[str, str], parameter: Object) -> str:
    return as_it_stands(key[1], parameter)


def _called(parameter: Object) -> str:
    """Its name, with the place if it is not the query."""
    where = parameter.get("in")
    return f"{parameter.get('name')}" if where in {"query", "path"} else f"{parameter.get('name')} ({where})"


def _parameter(walk: Walk, old: Object, new: Object) -> Iterator[Difference]:
    name = _called(new)
    was, now = bool(old.get("required")), bool(new.get("required"))
    if was != now:
        yield walk.found(f"parameter-required-{'narrowed' if now else 'widened'}", name)
    if _style(old) != _style(new):
        yield walk.found("parameter-style-changed", name, _style(old), _style(new))
    yield from deprecations(walk, old, new, name)
    yield from walk.rest(old, new, _PARAMETER, name)
    for each in schemas(walk, "parameter", old.get("schema", {}), new.get("schema", {}), name):
        yield _of_page(each)


def _of_page(each: Difference) -> Difference:
    """A lower maximum of `limit` has a kind of its own: it is a word of the contract."""
    if each.kind.code != "parameter-range-narrowed" or each.subject != "limit" or "maximum" not in str(each.now):
        return each
    was, now = (None if value is None else str(value).removeprefix("maximum ") for value in (each.was, each.now))
    return replace(each, kind=KINDS["page-limit-lowered"], was=was, now=now)


def _style(parameter: Object) -> str:
    """How values are written; what is not said is the default of where it stands."""
    style = parameter.get("style", _STYLES.get(str(parameter.get("in")), "form"))
    words = [style, "exploded" if parameter.get("explode", style == "form") else "separated"]
    return " ".join([*words, *(["with reserved characters"] if parameter.get("allowReserved") else [])])


def _bodies(walk: Walk, old: Any, new: Any) -> Iterator[Difference]:
    """A body of a request is a parameter without a name, one for each media type."""
    before, after = walk.old.resolved(old)[1], walk.new.resolved(new)[1]
    was, now = bool(before.get("required")), bool(after.get("required"))
    if old is not None and new is not None:
        if was != now:
            yield walk.found(f"parameter-required-{'narrowed' if now else 'widened'}", "the body")
        yield from walk.rest(before, after, _BODY, "the body")
    contents = before.get("content", {}), after.get("content", {})
    for media in contents[0].keys() - contents[1].keys():
        yield walk.found("parameter-removed", f"the body as {media}")
    for media in contents[1].keys() - contents[0].keys():
        code = "required-parameter-added" if now and old is None else "parameter-added"
        yield walk.found(code, f"the body as {media}")
    for media in contents[0].keys() & contents[1].keys():
        yield from walk.rest(contents[0][media], contents[1][media], _MEDIA, "the body")
        yield from schemas(
            walk, "parameter", contents[0][media].get("schema", {}), contents[1][media].get("schema", {}), ""
        )


def _responses(walk: Walk, old: Object, new: Object) -> Iterator[Difference]:
    for status in old.keys() - new.keys():
        yield walk.found(f"{_class(status)}-removed", status)
    for status in new.keys() - old.keys():
        yield walk.found(f"{_class(status)}-added", status)
    for status in old.keys() & new.keys():
        yield from _response(walk, old[status], new[status], status)


def _class(status: str) -> str:
    """A client is told by an error what it cannot have; anything else it has to do something with."""
    return "status" if status[0] in "123" else "error"


def _response(walk: Walk, old: Any, new: Any, status: str) -> Iterator[Difference]:
    (was, before), (now, after) = walk.old.resolved(old), walk.new.resolved(new)
    if was and now:
        if not walk.first("response", was, now):
            return
        walk = walk.at(f"response {now}", "")
    yield from walk.rest(before, after, _RESPONSE, status)
    yield from _headers(walk, before.get("headers", {}), after.get("headers", {}))
    yield from _contents(walk, before.get("content", {}), after.get("content", {}), status)


def _headers(walk: Walk, old: Object, new: Object) -> Iterator[Difference]:
    for name in old.keys() - new.keys():
        yield walk.found("header-removed", name)
    for name in new.keys() - old.keys():
        yield walk.found("header-added", name)
    for name in old.keys() & new.keys():
        (was, before), (now, after) = walk.old.resolved(old[name]), walk.new.resolved(new[name])
        if not (was and now) or walk.first("header", was, now):
            yield from _header(walk, before, after, name)


def _header(walk: Walk, old: Object, new: Object, name: str) -> Iterator[Difference]:
    was, now = _shape(old), _shape(new)
    if was != now:
        yield walk.found("header-changed", name, was, now)
    yield from walk.rest(old, new, _HEADER, name)
    yield from walk.rest(
        {word: value for word, value in old.get("schema", {}).items() if word in TEXTS},
        {word: value for word, value in new.get("schema", {}).items() if word in TEXTS},
        (),
        name,
    )


def _shape(header: Object) -> str:
    """A header's schema without its texts, and whether it is always there."""
    schema = {word: value for word, value in header.get("schema", {}).items() if word not in TEXTS}
    return f"{'required' if header.get('required') else 'optional'}, {json.dumps(schema, sort_keys=True)}"


def _contents(walk: Walk, old: Object, new: Object, status: str) -> Iterator[Difference]:
    for media in old.keys() - new.keys():
        yield walk.found("media-type-removed", media)
    for media in new.keys() - old.keys():
        yield walk.found("media-type-added", media)
    for media in old.keys() & new.keys():
        yield from walk.rest(old[media], new[media], _MEDIA, status)
        yield from schemas(walk, "field", old[media].get("schema", {}), new[media].get("schema", {}), "")
