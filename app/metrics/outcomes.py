"""Outcomes: what became of a request at the cache, in a word, by what its answer says of itself.

In charge of the words. It must not know who counts them.
"""

from __future__ import annotations

from typing import Final

OUTCOMES: Final = ("hit", "stale", "collapsed", "miss", "bypass")


def outcome(cache_status: str) -> str:
    """What became of a request, by its `Cache-Status` (RFC 9211); empty where the cache was not asked."""
    if "; hit" in cache_status:
        return "stale" if "ttl=-" in cache_status else "hit"
    if "; collapsed" in cache_status:
        return "collapsed"
    if "fwd=bypass" in cache_status:
        return "bypass"
    return "miss" if "fwd=" in cache_status else ""
