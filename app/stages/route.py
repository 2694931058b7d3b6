"""Route: a raw path to a version, a resource and perhaps a key. The paths are the plan's, so nothing is registered twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from app.callers.link import PATH as LINKS
from app.exchange import decoded
from app.plan.model import Plan, Resource, Version
from app.problems import ProblemError

LINK: Final = f"{LINKS}{{link}}"  # the route of links, whatever they lead to


@dataclass(frozen=True, slots=True)
class Route:
    """Where a path leads: a list (`segment` None) or an item; `segment` is the key, still percent-encoded.

    `canonical` is the path without a trailing slash where the request had one, else empty.
    """

    version: Version
    resource: Resource
    segment: str | None = None
    canonical: str = ""

    @property
    def route(self) -> str:
        """The path as the document has it, with the key left out: `/v1/orders/{key}`."""
        return self.resource.path if self.segment is None else f"{self.resource.path}/{{key}}"


def route(plan: Plan, path: str) -> Route:
    """Match `/v1/orders` or `/v1/orders/KEY`. Raises ProblemError `not-found` or `malformed-request`."""
    if "%" in path or not (path.isascii() and path.isprintable()):
        _check_encoding(path)
    _, name, *rest = path.split("/", 3) if path.startswith("/") else ("", "")
    version = plan.versions.get(name)
    resource = version.resources.get(rest[0]) if version is not None and rest else None
    if version is None or resource is None:
        raise ProblemError("not-found", "no resource has this path")
    segment = rest[1] if len(rest) > 1 else None
    if segment is not None and path.endswith("/"):
        return Route(version, resource, segment.rstrip("/") or None, path.rstrip("/"))
    return Route(version, resource, segment)


def _check_encoding(path: str) -> None:
    try:
        text = decoded(path)
    except UnicodeError:
        raise ProblemError("malformed-request", "the path is not valid UTF-8") from None
    if "\0" in text:
        raise ProblemError("malformed-request", "the path holds a NUL character")
    if any(character < " " or character == "\x7f" for character in path):
        raise ProblemError("malformed-request", "the path holds a control character that is not percent-encoded")
