"""An OpenAPI document as generators of clients see it: resources with a list and an item, their parameters, their examples.

In charge of reading the document, references resolved, so that no generator walks it by itself. It reads nothing else: what a
client says is what the document says, and a name that is not in the document stands in no client.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

Object = Mapping[str, Any]

SUCCESS: Final = "200"
FORMAT: Final = "format"  # the parameter that programs do without: a client in code reads JSON


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter. `many` may be given several times; `example` is one value, not a list of one."""

    name: str
    description: str
    schema: Object
    example: Any
    many: bool


@dataclass(frozen=True, slots=True)
class Example:
    """One answer: its status, what it is, its media type, and its body."""

    status: int
    about: str
    media_type: str
    body: Any


@dataclass(frozen=True, slots=True)
class Operation:
    """One GET. `path` is a template below the server's address; `security` are scopes by the name of a scheme."""

    identifier: str
    path: str
    summary: str
    description: str
    deprecated: bool
    key: tuple[Parameter, ...]
    query: tuple[Parameter, ...]
    headers: tuple[Parameter, ...]
    security: tuple[Mapping[str, list[str]], ...]
    examples: tuple[Example, ...]

    @property
    def options(self) -> tuple[Parameter, ...]:
        """What a program may say in the query."""
        return tuple(each for each in self.query if each.name != FORMAT)

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes that a credential must have."""
        return tuple(next(iter(self.security[0].values()))) if self.security else ()


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource. `schema` names the schema of one item."""

    name: str
    description: str
    schema: str
    list: Operation
    item: Operation


@dataclass(frozen=True, slots=True)
class Api:
    """A version. `schemes` are the ways to show a credential, the best first; empty where everybody may call."""

    title: str
    version: str
    description: str
    server: str
    resources: tuple[Resource, ...]
    schemas: Mapping[str, Object]
    schemes: Mapping[str, Object]

    @property
    def name(self) -> str:
        """What the version is called among other APIs."""
        return f"{self.title} {self.version}"


def read(document: Object) -> Api:
    """Read an OpenAPI document that this gateway made."""
    info, components = document["info"], document["components"]
    return Api(
        info["title"],
        info["version"],
        info["description"],
        document["servers"][0]["url"].rstrip("/"),
        tuple(_resources(document)),
        components.get("schemas", {}),
        components.get("securitySchemes", {}),
    )


def described(text: str) -> str:
    """A description on one line, without characters that do not print: it may stand in a comment of any language."""
    line = " ".join(text.split())
    return line if line.isprintable() else "".join(letter for letter in line if letter.isprintable())


@lru_cache(maxsize=1024)  # what a resource says of its fields, it says again of its filters
def wrapped(text: str, width: int) -> tuple[str, ...]:
    """The lines of a text, none wider than `width`."""
    return tuple(textwrap.wrap(text, width))


def _resources(document: Object) -> Iterator[Resource]:
    """The resources in the order of their tags. The path of an item has braces; no name of a resource does."""
    about = {tag["name"]: tag["description"] for tag in document["tags"]}
    items = {}
    for path, found in document["paths"].items():
        items[found["get"]["tags"][0], "{" in path] = path
    for name, description in about.items():
        listed, item = (_operation(items[name, one], document) for one in (False, True))
        schema = document["paths"][items[name, True]]["get"]["responses"][SUCCESS]["content"]
        reference: str = next(iter(schema.values()))["schema"]["$ref"]
        yield Resource(name, description, reference.rpartition("/")[2], listed, item)


def _operation(path: str, document: Object) -> Operation:
    shared = document["paths"][path].get("parameters", ())
    found = document["paths"][path]["get"]
    parameters = [_resolved(each, document) for each in (*shared, *found.get("parameters", ()))]
    placed = {place: tuple(_placed(parameters, place)) for place in ("path", "query", "header")}
    return Operation(
        found["operationId"],
        path,
        found["summary"],
        found.get("description", ""),
        found.get("deprecated", False),
        placed["path"],
        placed["query"],
        placed["header"],
        tuple(found.get("security", ())),
        tuple(_examples(found["responses"], document)),
    )


def _placed(parameters: list[Object], place: str) -> Iterator[Parameter]:
    for each in parameters:
        if each["in"] == place:
            schema, example = each["schema"], each.get("example", "")
            many = schema.get("type") == "array"
            yield Parameter(
                each["name"],
                each.get("description", ""),
                schema["items"] if many else schema,
                example[0] if many and example else example,
                many,
            )


def _examples(responses: Object, document: Object) -> Iterator[Example]:
    """One answer of each status that has a body."""
    for status, response in responses.items():
        for media_type, content in _resolved(response, document).get("content", {}).items():
            shown = next(iter(content.get("examples", {}).values()), None)
            if shown is not None:
                yield Example(int(status), shown["summary"], media_type, shown["value"])
            elif "example" in content:
                yield Example(int(status), "An answer", media_type, content["example"])


def _resolved(part: Object, document: Object) -> Object:
    """The part itself, or the component that it refers to."""
    if "$ref" not in part:
        return part
    _, _, kind, name = part["$ref"].split("/")
    found: Object = document["components"][kind][name]
    return found
