"""`openapi/contract.schema.json`: the shapes of all files as one JSON Schema, for editors.

In charge of putting them together. It must not know a word.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from adapters.port import Kind
from app.contract.catalog_file import CATALOG, COLUMNS
from app.contract.sources import Source
from app.contract.words import FIELD, FIELD_NAME, LENS, LINE, RESOURCE, RESOURCE_NAME, TYPES, VERSION, gateway
from app.conversions.registry import STORED_AS
from app.conversions.stored_as import COMMON, ON_ISSUE_SHAPE
from app.shapes import Shape

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def files(kinds: Mapping[str, Kind]) -> Mapping[str, tuple[str, str, Shape]]:
    """Every sort of file by its name in `$defs`: title, description, shape."""
    return {
        "gateway": ("gateway.yaml", "The sources, and what holds for the whole gateway.", gateway(Source(kinds))),
        "resource": ("A resource", "One file of a version folder: what clients see, and where it lies.", RESOURCE),
        "lens": ("A changed resource", "What a version changes in a resource of the version that it extends.", LENS),
        "version": ("version.yaml", "Where a version stands in its life, and what it extends.", VERSION),
        "catalog": ("A catalog", "The reviewed snapshot of a source's tables, written by `bascule catalog`.", CATALOG),
    }


SHARED: Final[Mapping[str, Shape]] = {
    "text": LINE,
    "field-name": FIELD_NAME,
    "resource-name": RESOURCE_NAME,
    "type": TYPES,
    "on-issue": ON_ISSUE_SHAPE,
    "nulls": COMMON["nulls"],
    "stored-as": STORED_AS,
    "field": FIELD,
    "columns": COLUMNS,
}
"""Shapes that stand in many places: written once, in `$defs`, and referred to."""


def document(kinds: Mapping[str, Kind]) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12). A file is any of `$defs`; an editor may also point at one of them."""
    definitions = {
        name: {"title": title, "description": description, **shape.json_schema()}
        for name, (title, description, shape) in files(kinds).items()
    }
    shared = {name: shape.json_schema() for name, shape in SHARED.items()}
    names = {_spelled(schema): name for name, schema in shared.items()}
    return {
        "$schema": DIALECT,
        "title": "A file of a Bascule contract",
        "description": "Generated from the shapes that the gateway itself validates with.",
        "anyOf": [{"$ref": f"#/$defs/{name}"} for name in definitions],
        "$defs": {name: _shortened(schema, names) for name, schema in {**definitions, **shared}.items()},
    }


def _shortened(schema: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The schema, every part below it that is shared replaced by a reference; a description stays beside it."""
    return {word: _referred(value, names) for word, value in schema.items()}


def _referred(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_referred(item, names) for item in value]
    if not isinstance(value, dict):
        return value
    for schema in (value, {word: said for word, said in value.items() if word != "description"}):
        if name := names.get(_spelled(schema)):
            beside = {word: said for word, said in value.items() if word not in schema}
            return {**beside, "$ref": f"#/$defs/{name}"}
    return _shortened(value, names)


def _spelled(schema: Mapping[str, Any]) -> str:
    return json.dumps(schema, sort_keys=True)


def text(kinds: Mapping[str, Kind]) -> str:
    """The document as it is published."""
    return json.dumps(document(kinds), indent=2, ensure_ascii=False) + "\n"
