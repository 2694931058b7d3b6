"""A version as a Bruno collection: a folder of `.bru` files, in a ZIP archive that is the same bytes for the same contract.

In charge of the files and of the notation of their blocks, in the part of it that every release of Bruno reads: descriptions of
parameters stand in a request's docs. It must not know the document.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from app.describe.addresses import Addressed
from app.describe.clients.api import Api, Operation, Parameter, described
from app.describe.clients.names import Names
from app.describe.clients.requests import (
    BASE,
    CREDENTIAL,
    about,
    about_key,
    example_key,
    segments,
    table,
    text_of,
    variable,
)

ENVIRONMENT: Final = "Gateway"

TAKEN: Final = frozenset(  # folders that Bruno has for itself, and names that no file of Windows may have
    {
        "environments",
        "con",
        "prn",
        "aux",
        "nul",
        *(f"{port}{number}" for port in ("com", "lpt") for number in range(10)),
    }
)

_QUOTED: Final = frozenset(':"{} ')
_START: Final = (1980, 1, 1, 0, 0, 0)  # the earliest date of a ZIP: a later one would change the bytes each day
_PERMISSIONS: Final = 0o644 << 16
_UNIX: Final = 3


def archive(api: Api) -> bytes:
    """The collection as a ZIP archive, all of it in one folder."""
    return b"".join(anywhere(api).at(api.server))


def anywhere(api: Api) -> Addressed:
    """The archive for any address: the one file that holds it comes last."""
    root = f"{_file_name(api.name) or 'api'}/"
    kept = _with(b"", ((root + name, text) for name, text in _files(api)))
    environment, closed = f"{root}environments/{ENVIRONMENT}.bru", bool(api.schemes)

    def written(address: str) -> bytes:
        return _with(kept, [(environment, _environment(address.rstrip("/"), closed=closed))])

    return Addressed((written,), hashlib.sha256(kept).hexdigest(), len(kept))


def _with(archive: bytes, files: Iterable[tuple[str, str]]) -> bytes:
    """The archive with files after those that it has."""
    made = io.BytesIO(archive)
    with zipfile.ZipFile(made, "a", zipfile.ZIP_DEFLATED) as opened:
        for name, text in files:
            entry = zipfile.ZipInfo(name, _START)
            entry.create_system, entry.external_attr, entry.compress_type = _UNIX, _PERMISSIONS, zipfile.ZIP_DEFLATED
            opened.writestr(entry, text)
    return made.getvalue()


def _files(api: Api) -> Iterator[tuple[str, str]]:
    about_it = {"version": "1", "name": api.name, "type": "collection", "ignore": ["node_modules", ".git"]}
    yield "bruno.json", json.dumps(about_it, indent=2, ensure_ascii=False) + "\n"
    yield "collection.bru", _blocks(*_auth(api.schemes), _text("docs", api.description))
    folders = Names(TAKEN)
    for place, resource in enumerate(api.resources, 1):
        folder = folders.give(resource.name)
        meta = _pairs("meta", [("name", resource.name), ("seq", str(place))])
        yield f"{folder}/folder.bru", _blocks(meta, _text("docs", resource.description))
        for number, operation in enumerate((resource.list, resource.item), 1):
            yield f"{folder}/{operation.identifier}.bru", _request(operation, number)


def _auth(schemes: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """How the requests of the collection show a credential: as the first scheme of the document says."""
    scheme = next(iter(schemes.values()), None)
    if scheme is None:
        return (_pairs("auth", [("mode", "none")]),)
    value = f"{{{{{CREDENTIAL}}}}}"
    if scheme["type"] == "http":
        return _pairs("auth", [("mode", "bearer")]), _pairs("auth:bearer", [("token", value)])
    header = [("key", scheme["name"]), ("value", value), ("placement", "header")]
    return _pairs("auth", [("mode", "apikey")]), _pairs("auth:apikey", header)


def _environment(address: str, *, closed: bool) -> str:
    secret = f"vars:secret [\n  {CREDENTIAL}\n]" if closed else ""
    return _blocks(_pairs("vars", [(BASE, address)]), secret)


def _request(operation: Operation, place: int) -> str:
    url = "/".join((f"{{{{{BASE}}}}}", *segments(operation)))
    key = [(variable(operation), example_key(operation))] if operation.key else []
    return _blocks(
        _pairs("meta", [("name", operation.summary), ("type", "http"), ("seq", str(place))]),
        _pairs("get", [("url", url), ("body", "none"), ("auth", "inherit")]),
        _pairs("params:query", _switched_off(operation.query)),
        _pairs("params:path", key),
        _pairs("headers", [("Accept", "application/json"), *_switched_off(operation.headers)]),
        _text("docs", _docs(operation)),
    )


def _switched_off(parameters: Iterable[Parameter]) -> list[tuple[str, str]]:
    return [("~" + _key(each.name), text_of(each.example)) for each in parameters]


def _docs(operation: Operation) -> str:
    key = f"`{variable(operation)}`: {about_key(operation)}" if operation.key else ""
    return "\n\n".join(part for part in (about(operation), key, table(operation.query)) if part)


def _blocks(*blocks: str) -> str:
    return "\n\n".join(block for block in blocks if block) + "\n"


def _pairs(name: str, pairs: Iterable[tuple[str, str]]) -> str:
    """A block of names and values, a line each; no block for none."""
    lines = [f"  {key}: {_value(value)}" for key, value in pairs]
    return "\n".join((f"{name} {{", *lines, "}")) if lines else ""


def _text(name: str, text: str) -> str:
    """A block of text. Its lines are indented, so that none of them ends it."""
    return "\n".join((f"{name} {{", *(f"  {line}" for line in text.splitlines()), "}")) if text else ""


def _key(name: str) -> str:
    escaped = name.replace('"', '\\"')
    return f'"{escaped}"' if _QUOTED & set(name) else name


def _value(value: str) -> str:
    """A value on one line. Three quotes would begin a block: there the last stands apart."""
    return described(value).replace("'''", "'' '")


def _file_name(name: str) -> str:
    return "-".join(re.findall(r"\w+", name))
