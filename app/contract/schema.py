"""`openapi/contract.schema.json`: the shapes of all files as one JSON Schema, for editors.

In charge of putting them together. It must not know a word.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from adapters.port import Kind
from app.contract.catalog_file import CATALOG
from app.contract.sources import Source
from app.contract.words import LENS, RESOURCE, VERSION, gateway
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


def document(kinds: Mapping[str, Kind]) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12). A file is any of `$defs`; an editor may also point at one of them."""
    definitions = {
        name: {"title": title, "description": description, **shape.json_schema()}
        for name, (title, description, shape) in files(kinds).items()
    }
    return {
        "$schema": DIALECT,
        "title": "A file of a Bascule contract",
        "description": "Generated from the shapes that the gateway itself validates with.",
        "anyOf": [{"$ref": f"#/$defs/{name}"} for name in definitions],
        "$defs": definitions,
    }


def text(kinds: Mapping[str, Kind]) -> str:
    """The document as it is published."""
    return json.dumps(document(kinds), indent=2, ensure_ascii=False) + "\n"
