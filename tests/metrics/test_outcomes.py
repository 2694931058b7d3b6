"""What became of a request, in a word."""

from __future__ import annotations

import pytest

from app.metrics.outcomes import outcome


@pytest.mark.parametrize(
    ("status", "found"),
    [
        ("bascule; hit; ttl=18", "hit"),
        ("bascule; hit; ttl=0", "hit"),
        ("bascule; hit; ttl=-4; detail=source-unavailable", "stale"),
        ("bascule; fwd=uri-miss; stored", "miss"),
        ("bascule; fwd=stale; stored", "miss"),
        ("bascule; fwd=request; stored", "miss"),
        ("bascule; fwd=uri-miss; collapsed", "collapsed"),
        ("bascule; fwd=bypass", "bypass"),
        ("", ""),
    ],
)
def test_an_outcome_is_told_by_the_status(status: str, found: str) -> None:
    """What every answer says of itself is what is counted."""
    assert outcome(status) == found
