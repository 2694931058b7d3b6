"""An OpenAPI document as the comparison reads it: references followed, operations by what they are.

In charge of the words of OpenAPI 3.1 that say the same in several ways: a reference and its target, parameters of a path and of
its operations, a type with null among several. It must not know what a difference means.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

Object = Mapping[str, Any]

METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
TEXTS: Final = frozenset({"description", "summary", "title", "example", "examples", "externalDocs", "$comment"})

_PART: Final = re.compile(r"\{([^}]*)\}")
_EMPTY: Final[Object] = {}


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. `parameters` has those of its path too, by where they stand and their name; those of the address by their number."""

    method: str
    path: str
    content: Object
    parameters: Mapping[tuple[str, str], Object]

    @property
    def place(self) -> str:
        """`GET /v1/orders`."""
        return f"{self.method.upper()} {self.path}"

    @property
    def resource(self) -> str:
        """The resource that it reads: its tag, or the first word of its address after the version."""
        tags = self.content.get("tags") or [_unversioned(self.path).strip("/").partition("/")[0]]
        return str(tags[0])


@dataclass(frozen=True)
class Document:
    """A document, and its operations by their paths without the version and the names of their parts."""

    content: Object

    @cached_property
    def paths(self) -> Mapping[str, Mapping[str, Operation]]:
        """The operations by path and method: `/orders/{}` -> `get`."""
        found = {path: {each.method: each for each in self._operations(path)} for path in self.content.get("paths", {})}
        return {template(path): operations for path, operations in found.items()}

    @cached_property
    def owners(self) -> Mapping[str, str]:
        """The resource of each schema that is the whole body of an answer."""
        return {
            name: each.resource
            for paths in self.paths.values()
            for each in paths.values()
            for name in self._bodies(each)
        }

    def resolved(self, part: Any) -> tuple[str, Object]:
        """What `part` says, and the name of the component if it is a reference to one. A circle of references says nothing."""
        name = ""
        seen: set[str] = set()
        while isinstance(part, Mapping) and isinstance(part.get("$ref"), str):
            reference = part["$ref"]
            name = name or reference.rpartition("/")[2]
            if reference in seen:
                return name, _EMPTY
            seen.add(reference)
            part = self._target(reference)
        return name, part if isinstance(part, Mapping) else _EMPTY

    def _target(self, reference: str) -> Any:
        """What stands at a JSON Pointer of this document (RFC 6901); other documents are not read."""
        part: Any = self.content if reference.startswith("#/") else None
        for step in reference.removeprefix("#/").split("/"):
            name = step.replace("~1", "/").replace("~0", "~")
            part = part.get(name) if isinstance(part, Mapping) else None
        return part

    def _operations(self, path: str) -> Iterator[Operation]:
        item = self.resolved(self.content["paths"][path])[1]
        for method in METHODS:
            if method in item:
                content = item[method]
                both = (*item.get("parameters", ()), *content.get("parameters", ()))
                yield Operation(method, path, content, dict(self._parameters(path, both)))

    def _parameters(self, path: str, said: tuple[Any, ...]) -> Iterator[tuple[tuple[str, str], Object]]:
        parts = _PART.findall(path)
        for each in said:
            parameter = self.resolved(each)[1]
            name, where = str(parameter.get("name")), str(parameter.get("in"))
            known_by = str(parts.index(name)) if where == "path" and name in parts else name
            yield (where, known_by), parameter

    def _bodies(self, operation: Operation) -> Iterator[str]:
        for status, response in operation.content.get("responses", {}).items():
            if status.startswith("2"):
                for media in self.resolved(response)[1].get("content", {}).values():
                    yield self.resolved(media.get("schema"))[0]


@dataclass(frozen=True, slots=True)
class Plain:
    """A schema in one spelling. `types` is empty where any will do; `words` are its other words, those of its target if it is a reference."""

    reference: str
    types: frozenset[str]
    nullable: bool
    words: Object
    beside: Object  # the words beside a reference: texts, as a rule


def plain(document: Document, schema: Any) -> Plain:
    """The schema, with `null` taken out of `type`, `enum`, `anyOf` and `oneOf`."""
    said: Object = schema if isinstance(schema, Mapping) else _EMPTY
    inner, or_null = _or_null(said)
    name, words = document.resolved(inner)
    types = _types(words)
    nullable = or_null or "null" in types or words.get("nullable") is True
    rest = {word: value for word, value in words.items() if word not in {"type", "nullable", "enum"}}
    if "enum" in words:
        rest["enum"] = [value for value in words["enum"] if value is not None]
    beside = said if inner is not said or name else _EMPTY
    beside = {word: value for word, value in beside.items() if word not in {"$ref", "anyOf", "oneOf"}}
    return Plain(name, frozenset(types - {"null"}), nullable, rest, beside)


def _or_null(schema: Object) -> tuple[Any, bool]:
    """The one alternative beside null, or the schema as it is."""
    for word in ("anyOf", "oneOf"):
        choices = schema.get(word)
        if isinstance(choices, list) and len(choices) == 2 and {"type": "null"} in choices:
            return next((each for each in choices if each != {"type": "null"}), _EMPTY), True
    return schema, False


def _types(words: Object) -> set[str]:
    said = words.get("type", [])
    return {said} if isinstance(said, str) else set(said)


def template(path: str) -> str:
    """The path without its version and the names of its parts: `/v1/orders/{number}` is `/orders/{}`."""
    return _PART.sub("{}", _unversioned(path))


def parts(path: str) -> list[str]:
    """The names of the path's parts."""
    return _PART.findall(path)


def _unversioned(path: str) -> str:
    return re.sub(r"^/v[0-9]+(?=/|$)", "", path)


def named(said: Object) -> Object:
    """The words of an object without extensions, which promise nothing."""
    return {word: value for word, value in said.items() if not word.startswith("x-")}
