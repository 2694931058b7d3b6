"""Conditional: whether the caller has this answer already (RFC 9110, 13.1.2: weak comparison)."""

from __future__ import annotations

from collections.abc import Callable


def not_modified(if_none_match: str | None, etag: str, plain: Callable[[str], str] = str) -> bool:
    """Whether `If-None-Match` names the ETag, or any. `plain` makes the ETag of a coded body that of the body itself.

    So whoever has an answer in one coding has it, whichever this one would be sent in.
    """
    if not if_none_match:
        return False
    if if_none_match.strip() == "*":
        return True
    ours = etag.removeprefix("W/")
    return any(plain(theirs.strip().removeprefix("W/")) == ours for theirs in if_none_match.split(","))
