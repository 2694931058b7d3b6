"""What developers take home: collections of requests, types and clients, all made of a version's OpenAPI document.

In charge of the list of what there is. One input makes them all, so that none of them can say anything that the document does not.

    api          the document as generators see it        names, types   names and types in any language
    requests     what collections have in common          postman, bruno
    python, typescript     types, before a runtime that is the same for every contract
    as_yaml      the document itself, as YAML
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from app.describe.addresses import PLACE, Addressed, cut, in_json
from app.describe.clients import bruno, postman, python, typescript
from app.describe.clients.api import Api, read
from app.describe.clients.as_yaml import as_yaml, scalar
from app.describe.clients.types import literal

TEXT: Final = "text/plain"


@dataclass(frozen=True, slots=True)
class Download:
    """One file: its name, its media type, what it is for, and what makes it of a document that is rendered for `PLACE`.

    `absolute` are files that have to know the gateway's whole address: they do not come from there when they are used.
    """

    name: str
    media_type: str
    about: str
    make: Callable[[bytes], Addressed]
    absolute: bool = True


def _made(make: Callable[[Api], Addressed]) -> Callable[[bytes], Addressed]:
    return lambda document: make(read(json.loads(document)))


def _source(write: Callable[[Api], str]) -> Callable[[bytes], Addressed]:
    """What makes a client in code: there an address is a literal."""
    written = {literal(PLACE): lambda address: literal(address.rstrip("/"))}
    return _made(lambda api: cut(write(api).encode(), written))


def _yaml(document: bytes) -> Addressed:
    return cut(as_yaml(json.loads(document)).encode(), {scalar(PLACE): scalar})


DOWNLOADS: Final = {
    each.name: each
    for each in (
        Download("openapi.json", "application/json", "The OpenAPI document.", in_json, absolute=False),
        Download(
            "openapi.yaml",
            "application/yaml",  # RFC 9512
            "The OpenAPI document as YAML.",
            _yaml,
            absolute=False,
        ),
        Download("postman.json", "application/json", "A collection for Postman.", _made(postman.anywhere)),
        Download("bruno.zip", "application/zip", "A collection for Bruno.", _made(bruno.anywhere)),
        Download("types.ts", TEXT, "Types and a client for TypeScript.", _source(typescript.client)),
        Download("client.py", TEXT, "A client for Python, types and all.", _source(python.client)),
    )
}
