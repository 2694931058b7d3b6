"""A small plan of every type, and a source in memory behind it: doors, documents and pages without a database.

Its conversions keep API values as they are; what a conversion does is tested elsewhere. Its tables, columns and source have
names that can be told from everything else, so that a test can look for them where they must not be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from adapters.port import (
    All,
    Catalog,
    Column,
    ColumnType,
    Compare,
    Health,
    Lane,
    Listed,
    Predicate,
    Rows,
    Shape,
    SourceError,
    Traits,
)
from app.contract.model import CacheSpec, PageSpec
from app.conversions.base import ApiType, BadValue, Conversion, Stored
from app.gateway import Gateway
from app.observations import Observatory, Reader
from app.plan.cursor import Cursors
from app.plan.filters import operators_of
from app.plan.model import Change, Expansion, Field, Filter, Plan, Resource, Version
from app.settings import Settings
from app.stages.cache import alone

TRAITS = Traits(pads_char=True, nulls_first=True, row_values=True, max_parameters=500)
SOURCE = "qqhost"
LEGACY = ("ZZORDHDR", "ZZORDLIN", "ZZPARTS", SOURCE)


class Kept(Conversion):
    """A value as it is, described by the schema given."""

    name = "native"
    searchable = True

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._schema = schema
        self.searchable = schema["type"] == "string" and not {"format", "enum"} & schema.keys()

    def read(self, *stored: Any) -> Any:
        """The value."""
        return stored[0]

    def write(self, value: Any) -> Stored:
        """The value."""
        return (value,)

    def parse(self, text: str) -> Any:
        """Text as it is, numbers and booleans by their JSON spelling."""
        if self._schema["type"] == "boolean":
            return _one_of(text, {"true": True, "false": False})
        if self._schema["type"] in {"integer", "number"}:
            return _number(text, int if self._schema["type"] == "integer" else float)
        return text if "enum" not in self._schema else _one_of(text, {word: word for word in self._schema["enum"]})

    @property
    def schema(self) -> dict[str, Any]:
        """What was given."""
        return dict(self._schema)


def _one_of(text: str, words: Mapping[str, Any]) -> Any:
    if text not in words:
        raise BadValue(f"one of {', '.join(words)}")
    return words[text]


def _number(text: str, kind: type[int | float]) -> int | float:
    try:
        return kind(text)
    except ValueError:
        raise BadValue("a number", "12") from None


DATE = {"type": "string", "format": "date", "example": "2026-01-31"}
MOMENT = {"type": "string", "format": "date-time", "example": "2026-01-31T09:30:05-05:00"}
DECIMAL = {"type": "string", "format": "decimal", "pattern": r"^-?\d+\.\d{2}$", "example": "12.50"}
STATUS = {"type": "string", "enum": ["entered", "released", "shipped"], "example": "released"}
WEEK = {"type": "string", "pattern": r"^\d{4}-W\d{2}$", "example": "2026-W05"}


def a_field(
    name: str, kind: ApiType, schema: Mapping[str, Any], *, nullable: bool = True, example: Any = None
) -> Field:
    """A field kept in a column whose name no document may show."""
    column = Column(f"ZZ{name.upper()}", ColumnType("varchar", 30), nullable)
    return Field(name, kind, (column,), Kept(schema), nullable, description=f"The {name}.", example=example)


ORDER_FIELDS = (
    a_field("number", "string", {"type": "string", "maxLength": 10}, nullable=False, example="4711"),
    a_field("customer", "string", {"type": "string", "maxLength": 8}, example="C1001"),
    a_field("status", "enum", STATUS),
    a_field("ordered_on", "date", DATE),
    a_field("promised_at", "datetime", MOMENT),
    a_field("due_week", "week", WEEK),
    a_field("total", "decimal", DECIMAL),
    a_field("weight", "number", {"type": "number", "exclusiveMinimum": 0, "example": 2.5}),
    a_field("copies", "integer", {"type": "integer", "minimum": 0, "maximum": 9999, "example": 2}, nullable=False),
    a_field("rush", "boolean", {"type": "boolean"}),
    a_field("picture", "binary", {"type": "string", "format": "byte", "example": "QkFTQw=="}),
)
LINE_FIELDS = (
    a_field("order", "string", {"type": "string", "maxLength": 10}, nullable=False, example="4711"),
    a_field("line", "integer", {"type": "integer", "minimum": 1, "example": 1}, nullable=False),
    a_field("part", "string", {"type": "string"}, example="A/7"),
)
PART_FIELDS = (a_field("name", "string", {"type": "string"}, nullable=False, example="A/7"),)


def a_resource(
    version: str, name: str, table: str, key: tuple[str, ...], fields: Sequence[Field], **more: Any
) -> Resource:
    """A resource that can be filtered by every field, as each field's type allows."""
    filters = {each.parameter: each for each in _filters(fields)}
    return Resource(
        name,
        version,
        SOURCE,
        key,
        {each.name: each for each in fields},
        TRAITS,
        table,
        None,
        filters,
        sorts=key,
        **more,
    )


def _filters(fields: Sequence[Field]) -> Iterator[Filter]:
    for field in fields:
        for operator in operators_of(field):
            yield Filter(field.name if operator == "eq" else f"{field.name}[{operator}]", field, operator)


def resources(version: str) -> dict[str, Resource]:
    """Orders with their lines, lines with their part, a part whose name holds a slash."""
    lines = {"lines": Expansion("lines", "order-lines", ("number",), ("order",), many=True)}
    part = {"item": Expansion("item", "parts", ("part",), ("name",), many=False)}
    made = (
        a_resource(
            version, "orders", "ZZORDHDR", ("number",), ORDER_FIELDS, expansions=lines, cache=CacheSpec(30.0),
            page=PageSpec(20, 100), summary="Customer orders", owner="order-desk@example.com",
        ),
        a_resource(version, "order-lines", "ZZORDLIN", ("order", "line"), LINE_FIELDS, expansions=part, summary="Lines"),
        a_resource(version, "parts", "ZZPARTS", ("name",), PART_FIELDS, summary="Parts"),
    )  # fmt: skip
    return {each.name: each for each in made}


def plan() -> Plan:
    """v1, deprecated, and v2, current."""
    old = Version(
        "v1", "deprecated", resources("v1"), date(2025, 10, 1), date(2026, 9, 1), date(2099, 9, 1), successor="v2"
    )
    change = Change("orders", "`client` is now `customer`", "one word for it across the API")
    new = Version("v2", "current", resources("v2"), date(2026, 9, 1), changes=(change,))
    return Plan("Test plant", "A plant for tests.", {"v1": old, "v2": new}, "0123456789abcdef")


ORDER = {
    "number": "4711", "customer": "C1001", "status": "released", "ordered_on": "2026-01-31", "due_week": "2026-W05",
    "promised_at": "2026-02-03T10:00:00-05:00", "total": "12.50", "weight": 2.5, "copies": 2, "rush": False, "picture": None,
}  # fmt: skip
DATA: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "ZZORDHDR": [ORDER, {**ORDER, "number": "4712", "customer": None, "status": None, "rush": None, "total": None}],
    "ZZORDLIN": [{"order": "4711", "line": 1, "part": "A/7"}, {"order": "4711", "line": 2, "part": "Ü,1"}],
    "ZZPARTS": [{"name": "A/7"}, {"name": "Ü,1"}],
}


@dataclass
class Memory:
    """A source in memory. It understands equality alone, and lets every row through any other predicate."""

    name: str = SOURCE
    kind: str = "memory"
    traits: Traits = TRAITS
    failure: SourceError | None = None

    def run(
        self, shape: Shape, values: Sequence[Any], deadline: float | None = None, lane: Lane = "interactive"
    ) -> Rows:
        """The rows whose columns equal the values that come first."""
        del deadline, lane
        if self.failure is not None:
            raise self.failure
        wanted = dict(zip(_compared(shape.where), values, strict=False))
        rows = [{f"ZZ{name.upper()}": value for name, value in row.items()} for row in DATA[shape.table or ""]]
        found = [row for row in rows if all(row[column] == value for column, value in wanted.items())]
        if shape.count:
            return Rows([(len(found),)], "SELECT")
        return Rows([tuple(row[column] for column in shape.columns) for row in found], "SELECT")

    def tables(self) -> Sequence[Listed]:
        """All that it has."""
        return [Listed(name) for name in DATA]

    def health(self) -> Health:
        """Always well."""
        return Health("ok")

    def learn(self, catalog: Catalog, queries: Mapping[str, str] | None = None) -> None:
        """Nothing to learn."""

    def render(self, shape: Shape, values: Sequence[Any]) -> str:
        """No SQL."""
        del shape, values
        return ""

    def explain(self, shape: Shape, values: Sequence[Any]) -> str:
        """No plan."""
        del shape, values
        return ""

    def catalog(self, tables: Sequence[str] | None = None, queries: Mapping[str, str] | None = None) -> Catalog:
        """No catalog."""
        del tables, queries
        return Catalog({})

    def ping(self, deadline: float | None = None) -> None:
        """Raise the failure, if there is one."""
        del deadline
        if self.failure is not None:
            raise self.failure

    def close(self) -> None:
        """Nothing to close."""


def _compared(predicate: Predicate) -> list[str]:
    if isinstance(predicate, Compare) and predicate.op == "=":
        return [predicate.column]
    return [column for term in predicate.terms for column in _compared(term)] if isinstance(predicate, All) else []


def gateway(*readers: Reader, settings: Settings | None = None, failure: SourceError | None = None) -> Gateway:
    """A gateway over the plan and the source in memory."""
    return Gateway(
        plan=plan(),
        settings=settings or Settings(),
        observatory=Observatory(*readers),
        sources={SOURCE: Memory(failure=failure)},
        deadlines={SOURCE: 5.0},
        cursors=Cursors(b"a secret of the tests"),
        cache=alone(1_000_000),
    )


def retired() -> Plan:
    """The plan after v1's end."""
    found = plan()
    old = replace(found.versions["v1"], status="retired", sunset_on=date(2026, 1, 1))
    return replace(found, versions={**found.versions, "v1": old})
