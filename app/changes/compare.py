"""Two documents compared: addresses that went and came, every operation that both have, and what is said of the whole.

In charge of what belongs together in the old and the new one. It must not know where documents come from, or who reads the differences.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final
from urllib.parse import urlsplit

from app.changes.access import schemes
from app.changes.document import Document, Object, Operation, plain
from app.changes.model import Difference, gathered
from app.changes.operations import operations
from app.changes.renames import matched
from app.changes.standing import said_of, standings
from app.changes.walk import Walk

Path = Mapping[str, Operation]

_KNOWN: Final = frozenset({"info", "servers", "tags", "paths", "components", "security"})


def compare(old: Object, new: Object, version: str, today: date) -> tuple[Difference, ...]:
    """Every difference between two OpenAPI documents, the worst first, as those of `version`. `today` tells which sunsets are past."""
    walk = Walk(Document(old), Document(new), version)
    return gathered((*standings(walk, said_of(old), said_of(new), today), *_heads(walk), *schemes(walk), *_paths(walk)))


def _heads(walk: Walk) -> Iterator[Difference]:
    """What is said of the whole: titles and groups are texts, an address is not."""
    old, new = walk.old.content, walk.new.content
    was, now = old.get("info", {}), new.get("info", {})
    for word in {**was, **now}:
        if was.get(word) != now.get(word):
            yield walk.found("text-changed", f"info: {word}")
    if old.get("tags") != new.get("tags"):
        yield walk.found("text-changed", "tags")
    if _urls(old) != _urls(new):
        yield walk.found("server-changed", "", _urls(old), _urls(new))
    elif old.get("servers") != new.get("servers"):
        yield walk.found("text-changed", "servers")
    yield from walk.rest(old, new, _KNOWN)


def _urls(document: Object) -> list[str]:
    """The addresses of the servers without the host: a running gateway writes the one by which it was asked."""
    return [urlsplit(str(server.get("url", ""))).path or "/" for server in document.get("servers", ())]


def _paths(walk: Walk) -> Iterator[Difference]:
    names = matched(_prints(walk.old), _prints(walk.new), lambda _, print_: str(print_))
    for name in names.removed:
        yield _whole(walk, "path-removed", walk.old.paths[name])
    for name in names.added:
        yield _whole(walk, "path-added", walk.new.paths[name])
    for was, now in ((name, name) for name in names.both):
        yield from _path(walk, walk.old.paths[was], walk.new.paths[now])
    for was, now in names.renamed.items():
        old, new = walk.old.paths[was], walk.new.paths[now]
        before, after = _first(old), _first(new)
        yield walk.at(after.path, after.resource).found("path-renamed", before.path, before.path, after.path)
        yield from _path(walk, old, new)


def _first(path: Path) -> Operation:
    return next(iter(path.values()))


def _whole(walk: Walk, code: str, path: Path) -> Difference:
    first = _first(path)
    return walk.at(first.path, first.resource).found(code, first.path)


def _path(walk: Walk, old: Path, new: Path) -> Iterator[Difference]:
    for method in old.keys() - new.keys():
        yield walk.at(old[method].place, old[method].resource).found("operation-removed", old[method].place)
    for method in new.keys() - old.keys():
        yield walk.at(new[method].place, new[method].resource).found("operation-added", new[method].place)
    for method in old.keys() & new.keys():
        yield from operations(walk, old[method], new[method])


def _prints(document: Document) -> Mapping[str, str]:
    return {name: _print(document, path) for name, path in document.paths.items()}


def _print(document: Document, path: Path) -> str:
    """The finger-print of a path: what its operations take, and the names of the fields that they answer with."""
    return json.dumps(
        {
            method: [sorted(":".join(key) for key in each.parameters), sorted(_fields(document, each))]
            for method, each in sorted(path.items())
        }
    )


def _fields(document: Document, operation: Operation) -> Iterator[str]:
    """The members of the first answer, those of a list's items after them."""
    media = document.resolved(operation.content.get("responses", {}).get("200"))[1].get("content", {})
    for each in media.values():
        members = plain(document, each.get("schema")).words.get("properties", {})
        for name, member in members.items():
            yield name
            items = plain(document, plain(document, member).words.get("items")).words
            yield from (f"{name}.{inner}" for inner in items.get("properties", {}))
