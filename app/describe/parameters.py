"""The parameters of every operation, as OpenAPI parameter objects.

In charge of describing what a request may say: each filter and operator, sort, fields, page, expansions, the key. It must
not know how a request is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from app.conversions.text import REQUESTED
from app.describe import examples
from app.describe.settled import Settled
from app.plan.cursor import MAX_LENGTH as LONGEST_CURSOR
from app.plan.model import OPERATORS, Field, Filter, Resource, Version

Parameter = dict[str, Any]

IF_NONE_MATCH: Parameter = {
    "name": "If-None-Match",
    "in": "header",
    "description": "An `ETag` received before: the answer is 304 without a body if it still holds.",
    "schema": {"type": "string"},
}
REQUEST_ID: Parameter = {
    "name": "X-Request-Id",
    "in": "header",
    "description": "An identifier of your own for this request: 1 to 64 of `A-Z a-z 0-9 _ -`. It comes back in the answer"
    " and stands in the gateway's log. Anything else is replaced by a fresh one.",
    "schema": {"type": "string"},
}
COMPONENTS: Mapping[str, Parameter] = {"IfNoneMatch": IF_NONE_MATCH, "RequestId": REQUEST_ID}
FORMAT: Parameter = {
    "name": "format",
    "in": "query",
    "description": "The format of the answer; it wins over `Accept`.",
    "schema": {"type": "string", "enum": ["json"]},
    "example": "json",
}
COUNT: Parameter = {
    "name": "count",
    "in": "query",
    "description": "`exact` adds `page.total`, the number of items in all. It costs a second query.",
    "schema": {"type": "string", "enum": ["exact"]},
    "example": "exact",
}
CURSOR: Parameter = {
    "name": "cursor",
    "in": "query",
    "description": "Continues a list: `page.next` of the page before, with the same filters and sort.",
    "schema": {"type": "string", "pattern": r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$", "maxLength": LONGEST_CURSOR},
}


def of_list(resource: Resource, version: Version) -> list[Parameter | str]:
    """The parameters of a list; text names one of COMPONENTS."""
    filters = (_filter(each) for each in resource.filters.values())
    found = (*filters, *_sort(resource), _limit(resource), CURSOR, COUNT)
    return [*map(Settled, found), *of_item(resource, version)]


def of_item(resource: Resource, version: Version) -> list[Parameter | str]:
    """The parameters of one item beside its key; text names one of COMPONENTS."""
    return [*map(Settled, (_fields(resource), *_expand(resource, version), FORMAT)), *COMPONENTS]


def of_key(resource: Resource) -> list[Parameter]:
    """The path parameters: one for each part of the key."""
    return [_key_part(resource.fields[name]) for name in resource.key]


def _key_part(part: Field) -> Parameter:
    schema = _bare(part)
    encoded = ""
    if schema["type"] == "string":
        schema = {"minLength": 1, **schema}
        encoded = "Percent-encoded, with `/` as `%2F` and `,` as `%2C`"
    return {
        "name": part.name,
        "in": "path",
        "required": True,
        "description": _sentences(part.description or f"The `{part.name}` of the item", encoded),
        "schema": schema,
        "example": examples.value(part),
    }


def _bare(field: Field) -> dict[str, Any]:
    """The schema of a value in a request, without its examples: the parameter has one of its own."""
    return {word: said for word, said in field.conversion.request_schema.items() if word not in {"example", "examples"}}


def _filter(each: Filter) -> Parameter:
    scalar, example = _operand(each)
    value = "" if each.many or each.operator == "null" else " this value"
    about = f"`{each.field.name}` {OPERATORS[each.operator]}{value}."
    said = each.field.description if each.operator == "eq" else ""
    parameter = {"name": each.parameter, "in": "query", "description": _sentences(about, said)}
    if not each.many:
        return {**parameter, "schema": scalar, "example": example}
    many = {"type": "array", "items": scalar, "minItems": 1}
    return {**parameter, "style": "form", "explode": True, "schema": many, "example": [example]}


def _operand(each: Filter) -> tuple[dict[str, Any], Any]:
    """The schema of one value of a filter, and an example of it."""
    example = examples.value(each.field)
    if each.operator == "null":
        return {"type": "boolean"}, True
    if each.operator not in {"prefix", "contains"}:
        return _bare(each.field), example
    part = str(example)[:3] if each.operator == "prefix" else str(example)[1:4] or str(example)
    return {"type": "string", "minLength": 1, "pattern": REQUESTED}, part.strip() or str(example)


def _sort(resource: Resource) -> Iterator[Parameter]:
    if not resource.sorts:
        return
    words = [word for name in resource.sorts for word in (name, f"-{name}")]
    about = "The order of the items, the most important field first; `-` for descending. The key settles what is left."
    parameter = _words("sort", about, words, words[1:2])
    parameter["schema"]["uniqueItems"] = True  # a field twice is refused; elsewhere a word twice is harmless
    yield parameter


def _fields(resource: Resource) -> Parameter:
    words = [*resource.fields, *resource.expansions]
    about = "Only these fields; all where it is left out. An expansion that is asked for must be named here too."
    return _words("fields", about, words, words[:2])


def _expand(resource: Resource, version: Version) -> Iterator[Parameter]:
    words = list(paths(resource, version))
    if words:
        about = "Related items to bring along; a dot leads further: `a.b` brings the `b` of each `a`."
        yield _words("expand", about, words, words[:1])


def paths(resource: Resource, version: Version) -> Iterator[str]:
    """Every path of expansions from a resource: `lines`, `lines.item`. Finite: the compiler refuses cycles."""
    for expansion in resource.expansions.values():
        yield expansion.name
        for rest in paths(version.resources[expansion.resource], version):
            yield f"{expansion.name}.{rest}"


def _words(name: str, about: str, words: list[str], example: list[str]) -> Parameter:
    """A parameter that takes some of `words`, separated by commas."""
    return {
        "name": name,
        "in": "query",
        "description": f"{about} Words are separated by commas; repeating the parameter means the same.",
        "style": "form",
        "explode": False,
        "schema": {"type": "array", "items": {"type": "string", "enum": words}, "minItems": 1},
        "example": example,
    }


def _limit(resource: Resource) -> Parameter:
    page = resource.page
    return {
        "name": "limit",
        "in": "query",
        "description": f"How many items a page has at most. More than {page.max} are refused, not cut.",
        "schema": {"type": "integer", "minimum": 1, "maximum": page.max, "default": page.default},
        "example": min(20, page.max),
    }


def _sentences(*parts: str) -> str:
    return " ".join(part.rstrip(".") + "." for part in parts if part)
