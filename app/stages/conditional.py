"""Conditional: whether the caller has this answer already (RFC 9110, 13.1.2: weak comparison)."""

from __future__ import annotations


def not_modified(if_none_match: str | None, etag: str) -> bool:
    """Whether `If-None-Match` names the ETag, or any."""
    if not if_none_match:
        return False
    if if_none_match.strip() == "*":
        return True
    ours = etag.removeprefix("W/")
    return any(theirs.strip().removeprefix("W/") == ours for theirs in if_none_match.split(","))
