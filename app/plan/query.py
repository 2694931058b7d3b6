"""A request's query string, understood: every parameter checked, every value an API value. All mistakes come at once.

In charge of what a list or an item can be asked, and of the texts of 422. It converts nothing to stored values and must
not know SQL. An unknown parameter, operator or value is refused with the nearest valid one: nothing is ignored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.conversions.base import BadValue
from app.conversions.text import checked
from app.exchange import decoded
from app.plan.model import Filter, Resource, Version
from app.problems import Detail, ProblemError
from app.shapes import nearest

LIST_PARAMETERS = ("sort", "fields", "limit", "cursor", "count", "expand", "format")
WORDS = ("sort", "fields", "expand")  # parameters that take several words, separated by commas
ITEM_PARAMETERS = ("fields", "expand", "format")
FORMATS = ("json",)

Pairs = Sequence[tuple[str, str]]
Tree = Mapping[str, Any]  # expansion -> its own expansions


@dataclass(frozen=True, eq=False, slots=True)
class Query:
    """What a list or an item was asked. `fields` are real fields only; `expand` is a tree; `limit` 0 means one item."""

    resource: Resource
    fields: tuple[str, ...]
    expand: Tree = field(default_factory=dict)
    filters: tuple[tuple[Filter, tuple[Any, ...]], ...] = ()
    sort: tuple[tuple[str, bool], ...] = ()  # field, descending
    limit: int = 0
    cursor: str = ""
    count: bool = False
    format: str = ""  # what `format` asks for; empty: `Accept` decides

    @property
    def scope(self) -> str:
        """The filters and the sort in one canonical text: what a cursor is bound to."""
        filters = sorted(f"{each.parameter}={sorted(map(repr, values))}" for each, values in self.filters)
        return "\n".join([self.resource.path, *filters, repr(self.sort)])

    @property
    def text(self) -> str:
        """The whole query in one canonical text: what a kept answer is found by."""
        rest = (self.fields, self.expand, self.limit, self.cursor, self.count)
        return f"{self.scope}\n{rest!r}"


def pairs(query: str, max_parameters: int) -> list[tuple[str, str]]:
    """The parameters of a raw query string, decoded. Raises ProblemError `malformed-request` or `too-many-values`."""
    if not query:
        return []
    parts = [part for part in query.split("&") if part]
    if len(parts) > max_parameters:
        raise ProblemError("too-many-values", f"{len(parts)} parameters; at most {max_parameters} are read")
    try:
        found = [(_decoded(name), _decoded(value)) for name, _, value in (part.partition("=") for part in parts)]
    except UnicodeError:
        raise ProblemError("malformed-request", "the query string is not valid UTF-8") from None
    if any("\0" in name or "\0" in value for name, value in found):
        raise ProblemError("malformed-request", "the query string holds a NUL character")
    return found


def _decoded(raw: str) -> str:
    """A plus is a blank, as HTML forms write it."""
    return raw if raw.isascii() and "%" not in raw and "+" not in raw else decoded(raw.replace("+", " "))


def names(part: str, parameter: str) -> bool:
    """Whether a part of a raw query string, known to be sound, gives a value to `parameter`."""
    return _decoded(part.partition("=")[0]) == parameter


def sources(version: Version, resource: Resource, expand: Tree) -> set[str]:
    """The sources that a read of `resource` with its expansions asks."""
    found = {resource.source}
    for name, below in expand.items():
        found |= sources(version, version.resources[resource.expansions[name].resource], below)
    return found


def asked(version: Version, query: Query) -> tuple[str, ...]:
    """The sources that a query asks, in order."""
    if not query.expand:
        return (query.resource.source,)
    return tuple(sorted(sources(version, query.resource, query.expand)))


def understood(version: Version, resource: Resource, parameters: Pairs, *, item: bool) -> Query:
    """What an item or a list was asked. Raises ProblemError with every mistake."""
    return (item_query if item else list_query)(version, resource, parameters)


def item_query(version: Version, resource: Resource, parameters: Pairs) -> Query:
    """What an item was asked. Raises ProblemError with every mistake."""
    if not parameters:
        return _plain_item(resource)
    return _Reader(version, resource, ITEM_PARAMETERS, {}).read(parameters, limit=0)


def list_query(version: Version, resource: Resource, parameters: Pairs) -> Query:
    """What a list was asked. Raises ProblemError with every mistake."""
    return _Reader(version, resource, LIST_PARAMETERS, resource.filters).read(parameters, limit=resource.page.default)


def _plain_item(resource: Resource) -> Query:
    return Query(resource, tuple(resource.fields))


class _Reader:
    """Reads the parameters of one request; collects what is wrong."""

    def __init__(
        self, version: Version, resource: Resource, known: tuple[str, ...], filters: Mapping[str, Filter]
    ) -> None:
        self.version = version
        self.resource = resource
        self.known = known
        self.filters = filters
        self.errors: list[Detail] = []

    def read(self, parameters: Pairs, limit: int) -> Query:
        """The query. Raises ProblemError."""
        given: dict[str, list[str]] = {}
        for name, value in parameters:
            given.setdefault(name, []).append(value)
        filters = tuple(self._filter(name, values) for name, values in given.items() if name in self.filters)
        single = {name: values for name, values in given.items() if name not in self.filters and self._known(name)}
        said = {name: self._said(name, values) for name, values in single.items()}
        expand = self._expand(said.get("expand"))
        query = Query(
            self.resource,
            self._fields(said.get("fields"), expand),
            self._wanted(expand, said.get("fields")),
            filters,
            self._sort(said.get("sort")),
            self._limit(said["limit"]) if "limit" in said else limit,
            self._cursor(said),
            self._word("count", said, ("exact",)) == "exact",
            self._word("format", said, FORMATS),
        )
        if self.errors:
            raise ProblemError(self.errors[0].code, _summary(self.errors), tuple(self.errors))
        return query

    def _wrong(self, parameter: str, detail: str, hint: str = "", code: str = "invalid-value") -> None:
        self.errors.append(Detail(detail, parameter, code, hint))

    def _known(self, name: str) -> bool:
        if name in self.known:
            return True
        field_name, bracket, operator = name.partition("[")
        operators = {each.operator for each in self.filters.values() if each.field.name == field_name}
        if bracket and operators:
            operator = operator.removesuffix("]")
            plain = operator == "eq" and field_name in self.filters
            hint = f"did you mean {field_name!r}?" if plain else nearest(operator, operators.difference({"eq"}))
            self._wrong(name, f"{field_name} has no operator [{operator}]", hint, "unknown-operator")
        else:
            is_field = field_name in self.resource.fields
            reason = f"{field_name} cannot be filtered by" if is_field else "there is no such parameter"
            self._wrong(name, reason, nearest(name, (*self.filters, *self.known)), "unknown-parameter")
        return False

    def _said(self, name: str, values: list[str]) -> str:
        """The one value, or the words of a parameter that takes several: many clients repeat it for each word."""
        if name in WORDS:
            return ",".join(values)
        if len(values) > 1:
            self._wrong(name, "expected once")
        return values[0]

    def _filter(self, name: str, values: list[str]) -> tuple[Filter, tuple[Any, ...]]:
        each = self.filters[name]
        if len(values) > 1 and not each.many:
            self._wrong(name, "expected once")
        converted = [self._value(each, value) for value in values]
        return each, tuple(dict.fromkeys(converted))

    def _value(self, each: Filter, text: str) -> Any:
        if each.operator == "null":
            if text not in {"true", "false"}:
                self._wrong(each.parameter, "expected true or false", nearest(text, ("true", "false")))
            return text == "true"
        searched = each.operator in {"prefix", "contains"}
        if searched and not text:
            self._wrong(each.parameter, "expected at least one character")
        try:
            return checked(text, None) if searched else each.field.conversion.parse(text)
        except BadValue as bad:
            self._wrong(each.parameter, f"expected {bad.expected}", bad.hint)
            return None

    def _fields(self, text: str | None, expand: Tree) -> tuple[str, ...]:
        if text is None:
            return tuple(self.resource.fields)
        names = list(dict.fromkeys(text.split(",")))
        for name in names:
            if name in self.resource.expansions and name not in expand:
                self._wrong("fields", f"{name} is not expanded", f"add expand={name}")
            elif name not in self.resource.fields and name not in expand:
                known = (*self.resource.fields, *self.resource.expansions)
                self._wrong("fields", f"there is no field {name!r}", nearest(name, known))
        return tuple(name for name in self.resource.fields if name in names)

    @staticmethod
    def _wanted(expand: Tree, fields: str | None) -> Tree:
        """An expansion that `fields` leaves out is not read."""
        return expand if fields is None else {name: tree for name, tree in expand.items() if name in fields.split(",")}

    def _expand(self, text: str | None) -> Tree:
        tree: dict[str, Any] = {}
        for path in () if text is None else text.split(","):
            branch, resource = tree, self.resource
            for name in path.split("."):
                expansion = resource.expansions.get(name)
                if expansion is None:
                    detail = f"{resource.name} has no expansion {name!r}"
                    self._wrong("expand", detail, nearest(name, resource.expansions))
                    break
                branch = branch.setdefault(name, {})
                resource = self.version.resources[expansion.resource]
        return tree

    def _sort(self, text: str | None) -> tuple[tuple[str, bool], ...]:
        words = () if text is None else text.split(",")
        sort = [(name.removeprefix("-"), name.startswith("-")) for name in words]
        names = [name for name, _ in sort]
        for name in dict.fromkeys(names):
            if name not in self.resource.sorts:
                self._wrong("sort", f"{name!r} cannot be sorted by", nearest(name, self.resource.sorts))
            elif names.count(name) > 1:
                self._wrong("sort", f"{name!r} stands twice")
        return tuple(sort)

    def _limit(self, text: str) -> int:
        maximum = self.resource.page.max
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 100 else 0
        if not 1 <= number <= maximum:
            hint = f"the most is limit={maximum}" if number else ""
            self._wrong("limit", f"expected a whole number from 1 to {maximum}", hint)
        return number

    def _cursor(self, said: Mapping[str, str]) -> str:
        """The cursor. An empty one would begin again, and a client that passes on what it is given would never end."""
        if said.get("cursor") == "":
            self._wrong("cursor", "expected `page.next` of the page before", "leave it out for the first page")
        return said.get("cursor", "")

    def _word(self, name: str, said: Mapping[str, str], words: tuple[str, ...]) -> str:
        word = said.get(name, "")
        if name in said and word not in words:
            self._wrong(name, f"expected {' or '.join(words)}", nearest(word, words))
        return word


def _summary(errors: Sequence[Detail]) -> str:
    first = errors[0]
    more = f", and {len(errors) - 1} more" if len(errors) > 1 else ""
    return f"{first.parameter}: {first.detail}{more}"
