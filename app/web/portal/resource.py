"""One resource in words: what its page shows beside an example.

In charge of telling a person what the OpenAPI document tells a program: fields, filters, order, expansions, age, owner. It must not
know HTML, nor what lies behind a field.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from app.contract.model import CacheSpec
from app.describe import examples
from app.describe.parameters import paths
from app.describe.prose import spelled
from app.plan.model import OPERATORS, Field, Filter, Operator, Resource, Version

CLASSES: Final[Mapping[str, str]] = {
    "public": "Public: anybody may know it.",
    "internal": "For use inside the company.",
    "confidential": "Confidential: never shown in examples, logs or the audit.",
    "personal": "Data about a person: never shown in examples, logs or the audit.",
}
SHOWN_CODES: Final = 40  # names of an enum that a page lists


@dataclass(frozen=True, slots=True)
class ShownField:
    """A field as its row shows it. `example` is JSON text; empty for a classified field, whose values are shown nowhere."""

    name: str
    type: str
    description: str
    example: str
    values: tuple[str, ...]
    more_values: int
    open: bool
    nullable: bool
    key: bool
    sortable: bool
    operators: tuple[Operator, ...]
    scope: str
    classification: str


@dataclass(frozen=True, slots=True)
class ShownFilter:
    """The query parameters that filter by one field, and how one of them is written; empty for a classified field."""

    field: str
    parameters: tuple[str, ...]
    example: str


@dataclass(frozen=True, slots=True)
class ShownExpansion:
    """Related items that a request may bring along. `deeper` are paths below it."""

    name: str
    resource: str
    many: bool
    deeper: tuple[str, ...]


def fields(resource: Resource) -> list[ShownField]:
    """Every field, in the order of answers."""
    return [_field(each, resource) for each in resource.fields.values()]


def _field(each: Field, resource: Resource) -> ShownField:
    schema = each.schema
    names = schema.get("enum") or schema.get("examples", ()) if each.type == "enum" else ()
    values = () if each.classified else tuple(map(str, names))
    return ShownField(
        name=each.name,
        type=type_of(each),
        description=each.description,
        example="" if each.classified else _json(examples.value(each)),
        values=values[:SHOWN_CODES],
        more_values=max(0, len(values) - SHOWN_CODES),
        open=each.type == "enum" and "enum" not in schema,
        nullable=each.nullable,
        key=each.name in resource.key,
        sortable=each.name in resource.sorts,
        operators=tuple(one.operator for one in resource.filters.values() if one.field.name == each.name),
        scope=each.scope,
        classification=each.classification,
    )


def type_of(each: Field) -> str:
    """The type of a field in a few words: `string, at most 7 characters`, `decimal`, `integer, 0 to 999`."""
    return ", ".join((each.type, *_bounds(each.schema)))


def _bounds(schema: Mapping[str, Any]) -> Iterator[str]:
    if "maxLength" in schema and "format" not in schema:
        least, most = schema.get("minLength", 0), schema["maxLength"]
        yield f"{most} characters" if least == most else f"at most {most} characters"
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        yield f"{low} to {high}"
    elif low is not None:
        yield f"at least {low}"
    elif high is not None:
        yield f"at most {high}"


def filters(resource: Resource) -> list[ShownFilter]:
    """Every filter, by its field, in the order of the contract."""
    return [_filter(list(each)) for _, each in groupby(resource.filters.values(), key=lambda each: each.field.name)]


def _filter(alike: Sequence[Filter]) -> ShownFilter:
    first, parameters = alike[0], tuple(each.parameter for each in alike)
    value = value_of(first.field, first.operator)
    return ShownFilter(first.field.name, parameters, f"{first.parameter}={value}" if value else "")


def operators(resource: Resource) -> list[tuple[str, str]]:
    """What the operators of its filters mean, each once: as it is written (`[gte]`, empty for equality), and in words."""
    used = {each.operator for each in resource.filters.values()}
    return [("" if name == "eq" else f"[{name}]", meaning) for name, meaning in OPERATORS.items() if name in used]


def value_of(field: Field, operator: Operator = "eq") -> str:
    """A value to filter by, as it stands in a query; empty for a classified field."""
    if field.classified:
        return ""
    if operator == "null":
        return "true"
    value = examples.value(field)
    text = {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
    return text[:3].strip() or text if operator in {"prefix", "contains"} else text


def expansions(resource: Resource, version: Version) -> list[ShownExpansion]:
    """What a request may bring along."""
    deeper = [path for path in paths(resource, version) if "." in path]
    return [
        ShownExpansion(
            each.name,
            each.resource,
            each.many,
            tuple(path for path in deeper if path.partition(".")[0] == each.name),
        )
        for each in resource.expansions.values()
    ]


def freshness(cache: CacheSpec | None) -> str:
    """How old an answer may be, in a sentence without its full stop."""
    if cache is None:
        return "read from the source with each request"
    parts = [f"at most {spelled(cache.fresh)} old"]
    if cache.stale_while_revalidate:
        parts.append(f"up to {spelled(cache.stale_while_revalidate)} more while a new one is read")
    if cache.stale_if_error:
        parts.append(f"up to {spelled(cache.stale_if_error)} if the source is asleep, and says so")
    return "; ".join(parts)


def elsewhere(resource: Resource, versions: Mapping[str, Version]) -> list[str]:
    """The other versions that have a resource of this name."""
    return [name for name, each in versions.items() if name != resource.version and resource.name in each.resources]


def shown(resource: Resource, version: Version, versions: Mapping[str, Version]) -> dict[str, Any]:
    """Everything that the page of a resource says of it."""
    return {
        "resource": resource,
        "version": version,
        "fields": fields(resource),
        "operators": operators(resource),
        "filters": filters(resource),
        "expansions": expansions(resource, version),
        "freshness": freshness(resource.cache),
        "classes": sorted({each.classification for each in resource.fields.values()}, key=list(CLASSES).index),
        "meanings": CLASSES,
        "elsewhere": elsewhere(resource, versions),
    }


def _json(value: Any) -> str:
    """A value as it stands in JSON."""
    return json.dumps(value, ensure_ascii=False)
