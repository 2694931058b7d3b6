"""Counts: what became of requests, over all processes."""

from __future__ import annotations

import os

import pytest

from app.kept.counts import ROWS, Counts, outcome
from app.observations import Served, StatementRun


def served(status: str, age: float = 0.0) -> Served:
    """A request with this Cache-Status."""
    return Served("r", "GET", "/v1/orders", 200, 0.001, cache=status, age=age)


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


def test_what_is_observed_is_counted() -> None:
    """Requests by outcome, the mean age of what was served, statements by source; anything else not at all."""
    counts = Counts(["erp", "mes"])
    for status, age in [("bascule; hit; ttl=1", 4.0), ("bascule; hit; ttl=1", 8.0), ("bascule; fwd=bypass", 0.0)]:
        counts(served(status, age))
    counts(served(""))
    counts(StatementRun("erp", "SELECT 1", 1, 0.0, 0.1))
    counts(StatementRun("elsewhere", "SELECT 1", 1, 0.0, 0.1))
    assert counts.requests() == {"requests": 4, "hit": 2, "stale": 0, "collapsed": 0, "miss": 0, "bypass": 1}
    assert counts.statements() == {"erp": 1, "mes": 0}
    assert counts.age() == 4.0


def test_nothing_has_no_age() -> None:
    """Before the first request."""
    assert Counts(["erp"]).age() == 0.0


def test_processes_count_together() -> None:
    """Each in a row of its own; what a process counted that has ended stays, and its row goes on with another."""
    counts = Counts(["erp"])
    counts(served("bascule; hit; ttl=1"))
    for _ in range(ROWS + 10):
        child = os.fork()
        if not child:
            counts(served("bascule; hit; ttl=1"))
            os._exit(0)
        os.waitpid(child, 0)
    assert counts.requests()["hit"] == ROWS + 11
