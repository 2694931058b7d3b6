"""Examples for the document: of a field's value, an item, a page, a problem.

In charge of values that look like the data and fit the schema beside them. It must not know operations.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.describe.schemas import NEXT
from app.describe.settled import Settled
from app.plan.model import Field, Resource
from app.problems import Detail, ProblemError, document

HOST = "https://api.example.com"
REQUEST = "7f3a9c41d2b80e65"

BY_FORMAT: Mapping[str, Any] = {
    "date": "2026-01-31",
    "date-time": "2026-01-31T09:30:05Z",
    "time": "09:30:05",
    "decimal": "12.50",
    "uuid": "3f2b8c1e-5a77-4d0e-9c1d-2f6f0f6d8a11",
    "byte": "QkFTQw==",
}
BY_TYPE: Mapping[str, Any] = {"string": "text", "integer": 12, "number": 12.5, "boolean": True}


def value(planned: Field) -> Any:
    """An example of a field's value: the contract's, the conversion's, or one of its type."""
    schema = planned.schema
    if "example" in schema:
        return schema["example"]
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("format") in BY_FORMAT:
        return BY_FORMAT[schema["format"]]
    return _fitting(schema)


def _fitting(schema: Mapping[str, Any]) -> Any:
    plain = BY_TYPE[schema["type"]]
    if isinstance(plain, str):
        return plain[: schema.get("maxLength", len(plain))].ljust(schema.get("minLength", 0), "x")
    if isinstance(plain, bool):
        return plain
    return min(max(plain, schema.get("minimum", plain)), schema.get("maximum", plain))


def item(resource: Resource) -> dict[str, Any]:
    """An example of one item, without expansions."""
    return Settled({planned.name: value(planned) for planned in resource.fields.values()})


def page(resource: Resource) -> dict[str, Any]:
    """An example of a list."""
    return {"data": [item(resource)], "page": {"limit": resource.page.default, "next": NEXT}}


DETAILS: Mapping[str, Detail] = {
    "unknown-parameter": Detail("`limitt` is not a parameter here.", "limitt", "unknown-parameter", "limit"),
    "unknown-operator": Detail("This field has no `prefix`.", "total[prefix]", "unknown-operator", "total[gte]"),
    "invalid-value": Detail("Expected a whole number of at least 1.", "limit", "invalid-value"),
}


def problem(code: str) -> dict[str, Any]:
    """An example of a problem document."""
    errors = (DETAILS[code],) if code in DETAILS else ()
    return document(ProblemError(code, errors=errors), HOST, REQUEST)
