"""A small OpenAPI document, and edits of it."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from app.changes import Difference, compare

Path = tuple[str | int, ...]
Edits = Mapping[Path, Any]

TODAY: Final = date(2026, 11, 21)
GONE: Final = object()  # as the value of an edit: what stands there is taken away

DOCUMENT: Final[Mapping[str, Any]] = {
    "openapi": "3.1.0",
    "info": {"title": "Shop", "version": "v1", "description": "A shop."},
    "servers": [{"url": "/", "description": "This gateway"}],
    "tags": [{"name": "orders", "description": "What was ordered."}],
    "paths": {
        "/v1/orders": {
            "get": {
                "tags": ["orders"],
                "operationId": "listOrders",
                "summary": "List orders",
                "parameters": [
                    {
                        "name": "status",
                        "in": "query",
                        "description": "`status` equals one of the values given.",
                        "style": "form",
                        "explode": True,
                        "schema": {
                            "type": "array",
                            "items": {"type": "string", "enum": ["open", "shut"]},
                            "minItems": 1,
                        },
                    },
                    {"name": "customer", "in": "query", "schema": {"type": "string", "maxLength": 8}},
                    {"name": "weight", "in": "query", "schema": {"type": "integer", "minimum": 0}},
                    {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 500, "default": 50}},
                    {"$ref": "#/components/parameters/IfNoneMatch"},
                ],
                "responses": {
                    "200": {
                        "description": "The items.",
                        "headers": {"ETag": {"$ref": "#/components/headers/ETag"}},
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/OrderList"}}},
                    },
                    "404": {"$ref": "#/components/responses/NotFound"},
                },
            }
        },
        "/v1/orders/{number}": {
            "parameters": [{"name": "number", "in": "path", "required": True, "schema": {"type": "string"}}],
            "get": {
                "tags": ["orders"],
                "operationId": "getOrder",
                "responses": {
                    "200": {
                        "description": "The item.",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}},
                    },
                    "404": {"$ref": "#/components/responses/NotFound"},
                },
            },
        },
    },
    "components": {
        "headers": {"ETag": {"description": "Names this state.", "schema": {"type": "string"}}},
        "parameters": {"IfNoneMatch": {"name": "If-None-Match", "in": "header", "schema": {"type": "string"}}},
        "responses": {
            "NotFound": {"description": "There is nothing.", "content": {"application/problem+json": {"schema": {}}}}
        },
        "schemas": {
            "Order": {
                "type": "object",
                "properties": {
                    "number": {"type": "string", "description": "Its number."},
                    "status": {"type": ["string", "null"], "enum": ["open", "shut", None]},
                    "day": {"type": "string", "format": "date"},
                    "weight": {"type": "integer"},
                    "name": {"type": "string", "maxLength": 20, "pattern": "^[a-z]*$"},
                    "part_of": {"anyOf": [{"$ref": "#/components/schemas/Order"}, {"type": "null"}]},
                },
                "required": ["number"],
                "additionalProperties": False,
            },
            "OrderList": {
                "type": "object",
                "properties": {"data": {"type": "array", "items": {"$ref": "#/components/schemas/Order"}}},
                "required": ["data"],
            },
        },
    },
}

LIST: Final[Path] = ("paths", "/v1/orders", "get")
ITEM: Final[Path] = ("paths", "/v1/orders/{number}", "get")
STATUS: Final[Path] = (*LIST, "parameters", 0)
CUSTOMER: Final[Path] = (*LIST, "parameters", 1)
WEIGHT: Final[Path] = (*LIST, "parameters", 2)
LIMIT: Final[Path] = (*LIST, "parameters", 3)
ANSWERS: Final[Path] = (*LIST, "responses")
ORDER: Final[Path] = ("components", "schemas", "Order")
FIELDS: Final[Path] = (*ORDER, "properties")


def edited(*edits: Edits, document: Mapping[str, Any] = DOCUMENT) -> dict[str, Any]:
    """A copy of the document with other values at some places; a number behind a list's end appends."""
    made: dict[str, Any] = copy.deepcopy(dict(document))
    for path, value in (item for each in edits for item in each.items()):
        _put(made, path, copy.deepcopy(value) if value is not GONE else GONE)
    return made


def _put(document: Any, path: Path, value: Any) -> None:
    *way, last = path
    for step in way:
        document = document.setdefault(step, {}) if isinstance(document, dict) else document[step]
    if value is GONE:
        del document[last]
    elif isinstance(document, list) and isinstance(last, int) and last >= len(document):
        document.append(value)
    else:
        document[last] = value


def changed(old: Edits, new: Edits) -> tuple[Difference, ...]:
    """The differences between the document with some edits and the document with others."""
    return compare(edited(old), edited(new), "v1", TODAY)
