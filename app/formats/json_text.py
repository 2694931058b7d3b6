"""JSON: items to bytes. Values are ready for JSON when they come; nothing is converted here."""

from __future__ import annotations

from typing import Any

import orjson

MEDIA_TYPE = "application/json"

encode = orjson.dumps


def page(items: list[dict[str, Any]], limit: int, cursor: str | None, total: int | None) -> bytes:
    """The body of a list."""
    about: dict[str, Any] = {"limit": limit, "next": cursor}
    if total is not None:
        about["total"] = total
    return encode({"data": items, "page": about})
