"""Every operation of the documents, and the requests that the suite makes of each: an operation that is added joins by itself.

Nothing here knows what an operation does: its path, its parameters and their schemas stand in the document. Values come from
the rows of the tenants where a parameter is named like a field of theirs, and from the document where it is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final
from urllib.parse import quote

from app.web.documents import document
from tests.security.tenants import ABSENT, TRUTH, A, B, Item, Owner, Row, original
from tests.security.world import compiled

Document = Mapping[str, Any]
METHODS: Final = ("get", "head", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Parameter:
    """A parameter of an operation. `words` are all the values that it takes, where the document lists them."""

    name: str
    place: str
    schema: Document = field(repr=False)
    example: Any = field(default=None, repr=False)

    @property
    def words(self) -> tuple[str, ...]:
        """The words that the document lists."""
        items = self.schema.get("items", self.schema)
        return tuple(map(str, items.get("enum", ())))

    @property
    def field_name(self) -> str:
        """The field that it is about, if it is about one: `ordered_on[gte]` is about `ordered_on`."""
        return self.name.partition("[")[0]

    @property
    def operator(self) -> str:
        """What is asked of that field: `gte`; `eq` where nothing is said."""
        return self.name.partition("[")[2].rstrip("]") or "eq"


@dataclass(frozen=True)
class Operation:
    """One operation of one document."""

    version: str
    method: str
    path: str
    parameters: tuple[Parameter, ...] = field(repr=False)
    security: Any = field(repr=False)
    said: Document = field(repr=False)

    def __str__(self) -> str:
        """What a test is called."""
        return f"{self.method.upper()} {self.path}"

    @property
    def resource(self) -> str:
        """The resource that the path is about."""
        return self.path.split("/")[2]

    @property
    def key(self) -> tuple[str, ...]:
        """The parameters of the path."""
        return tuple(each.name for each in self.parameters if each.place == "path")

    @property
    def query(self) -> tuple[Parameter, ...]:
        """The parameters of the query."""
        return tuple(each for each in self.parameters if each.place == "query")

    @property
    def rows(self) -> Sequence[Row]:
        """The rows of the resource, as this version shows them."""
        return TRUTH[self.version][self.resource]

    @property
    def filters(self) -> tuple[Parameter, ...]:
        """The parameters that are named like fields."""
        return tuple(each for each in self.query if each.field_name in self.rows[0].item)

    def parameter(self, name: str) -> Parameter | None:
        """The parameter of that name."""
        return next((each for each in self.query if each.name == name), None)

    def words(self, name: str) -> tuple[str, ...]:
        """The words that a parameter takes; none where there is no such parameter."""
        found = self.parameter(name)
        return () if found is None else found.words

    def at(self, key: Item) -> str:
        """The path with the parts of a key in it; the path itself where it has none."""
        path = self.path
        for name in self.key:
            path = path.replace("{" + name + "}", quote(str(key[name]), safe=""))
        return path

    @property
    def absent(self) -> str:
        """The path with a key that no row has."""
        return self.at(ABSENT[original(self.resource)])


def owned(operation: Operation, *owners: Owner) -> list[Row]:
    """The rows of these owners."""
    return [row for row in operation.rows if row.owner in owners]


def _resolved(part: Document, whole: Document) -> Document:
    while "$ref" in part:
        found: Any = whole
        for step in part["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        part = found
    return part


def _parameter(said: Document) -> Parameter:
    return Parameter(said["name"], said["in"], said.get("schema", {}), said.get("example"))


def _operations(version: str, whole: Document) -> Iterator[Operation]:
    for path, item in whole["paths"].items():
        for method in METHODS:
            if method in item:
                said = item[method]
                every = [_resolved(each, whole) for each in (*item.get("parameters", ()), *said.get("parameters", ()))]
                security = said.get("security", whole.get("security"))
                yield Operation(version, method, path, tuple(map(_parameter, every)), security, said)


@cache
def documents() -> Mapping[str, Document]:
    """The document of each version."""
    plan = compiled().plan
    return {name: document(plan, name) for name in plan.versions}


@cache
def operations() -> tuple[Operation, ...]:
    """Every operation of every document."""
    return tuple(each for version, whole in documents().items() for each in _operations(version, whole))


def reads(*, key: bool) -> list[Operation]:
    """The operations that read one item (`key`), or many."""
    return [each for each in operations() if each.method == "get" and bool(each.key) is key]


def values(operation: Operation, parameter: Parameter, *owners: Owner) -> list[str]:
    """Values for a parameter that these owners' rows have; else what the document lists, or gives as its example."""
    if parameter.words:
        return list(parameter.words)
    if parameter.operator == "null":
        return ["true", "false"]
    found = [row.item.get(parameter.field_name) for row in owned(operation, *owners)]
    texts = list(dict.fromkeys(str(value) for value in found if value is not None))
    if texts and parameter.operator in {"prefix", "contains"}:
        texts = [text[:6] for text in texts[:1]]
    return texts or _examples(parameter)


def _examples(parameter: Parameter) -> list[str]:
    example = parameter.example[0] if isinstance(parameter.example, list) else parameter.example
    return [] if example is None else [str(example)]


def queries(operation: Operation) -> Iterator[str]:
    """Queries with each parameter alone, with the values of both tenants; then what reaches furthest."""
    yield ""
    expand, fields = operation.words("expand"), operation.words("fields")
    for parameter in operation.query:
        for value in values(operation, parameter, A, B):
            more = f"&expand={value}" if parameter.name == "fields" and value in expand else ""
            yield f"{quote(parameter.name, safe='')}={quote(value, safe='')}{more}"
    if expand:
        yield f"expand={','.join(expand)}"
        first = next(name for name in fields if name not in expand)
        yield f"expand={','.join(expand)}&fields={','.join([first, *(each for each in expand if '.' not in each)])}"
    if operation.parameter("limit"):
        yield "limit=50&count=exact"
        yield "limit=1&count=exact"
