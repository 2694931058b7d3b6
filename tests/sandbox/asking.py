"""Asking a gateway in process, and walking through all that it has."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from app.assembly import Compiled, compile_folder, open_gateway
from app.exchange import Answer, Inbound
from app.gateway import Gateway
from app.observations import Observatory
from app.pipeline import respond
from app.plan import keys
from app.plan.model import Resource
from app.sandbox import Recipe
from app.settings import Settings


def mocked(folder: Path, recipe: Recipe | None = None) -> Compiled:
    """A folder as `bascule mock` compiles it, without one variable in the environment."""
    return compile_folder(folder, {}, recipe=recipe or Recipe())


def mock(folder: Path, recipe: Recipe | None = None) -> Gateway:
    """The gateway of `bascule mock`."""
    return open_gateway(mocked(folder, recipe), Settings(), Observatory())


def get(gateway: Gateway, path: str, query: str = "", key: str = "") -> Answer:
    """The answer to a GET, with a key if there is one."""
    headers = {"authorization": f"Bearer {key}"} if key else {}
    return respond(gateway, Inbound("GET", path, query, headers, client="192.0.2.1"))


def body(answer: Answer) -> Any:
    """What an answer says."""
    return json.loads(answer.body)


def items(gateway: Gateway, path: str, query: str = "", key: str = "") -> list[dict[str, Any]]:
    """All items of a list, page by page."""
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        answer = get(gateway, path, "&".join(filter(None, (query, f"cursor={cursor}" if cursor else ""))), key)
        assert answer.status == 200, answer.body
        page = body(answer)
        found += page["data"]
        cursor = page["page"].get("next")
        if not cursor:
            return found


def resources(gateway: Gateway) -> Iterator[Resource]:
    """Every resource of every version that is served."""
    return (each for version in gateway.plan.versions.values() for each in version.resources.values())


def segment(resource: Resource, item: Mapping[str, Any]) -> str:
    """Where an item is, below its resource."""
    return keys.write([item[name] for name in resource.key])


def header(answer: Answer, name: str) -> str | None:
    """A header of an answer."""
    return dict(answer.headers).get(name)
