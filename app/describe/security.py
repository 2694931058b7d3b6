"""Security: the schemes of credentials, and which scope an operation takes.

In charge of what the document says of who may call. Claims and row scopes are the operator's, and not told.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from app.plan.model import Resource, Version

SCHEMES: Final[Mapping[str, dict[str, Any]]] = {
    "credential": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key, or an access token, as `Authorization: Bearer …`.",
    },
    "key": {"type": "apiKey", "in": "header", "name": "X-Api-Key", "description": "An API key."},
}


def schemes(version: Version) -> Mapping[str, dict[str, Any]]:
    """The schemes of a version; none where everybody may call."""
    return SCHEMES if version.closed else {}


def of(resource: Resource) -> list[dict[str, list[str]]]:
    """What an operation takes: one of the schemes, with the resource's scope."""
    scopes = [resource.access.read] if resource.access.read else []
    return [{name: scopes} for name in SCHEMES]
