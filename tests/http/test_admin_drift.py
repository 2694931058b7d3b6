"""Drift over the admin API: what the last look at each source has found, for who may administer."""

from __future__ import annotations

import json
from dataclasses import replace

from app.drift.findings import Finding
from app.drift.uses import Use
from tests.http.callers import Shop
from tests.http.test_admin import Admin, acme, admin

__all__ = ["acme", "admin"]

FOUND = Finding(
    "column-removed",
    "breaking",
    "shop",
    "ITEM",
    "the column is gone",
    ("NAME",),
    (Use("v1", "items", fields=("name",)),),
)


def test_nothing_before_the_first_look(admin: Admin) -> None:
    """No source has been looked at."""
    assert admin.get("/drift") == {"data": []}


def test_the_last_look(acme: Shop, admin: Admin) -> None:
    """Each finding with what stands on it; after a look that failed, those of the one before, and why it failed."""
    state, basis = acme.gateway.state, acme.gateway.basis
    assert state is not None
    claimed = state.claim_look("shop", basis, 60.0)
    assert claimed is not None
    begun = admin.get("/drift")["data"][0]
    assert (begun["checked_at"], begun["findings"], begun["breaking"]) == (None, [], 0)
    looked = replace(claimed, checked_at=1_795_090_200.0, breaking=1, findings=json.dumps([FOUND.plain()]))
    state.note_look(looked)
    said = admin.get("/drift")["data"][0]
    assert (said["source"], said["checked_at"], said["breaking"]) == ("shop", "2026-11-19T12:10:00Z", 1)
    assert said["findings"] == [json.loads(json.dumps(FOUND.plain()))]
    state.note_look(replace(looked, failures=1, failure="Unavailable"))
    assert admin.get("/drift")["data"][0] == {**said, "failure": "Unavailable"}


def test_looks_of_another_plan_are_not_shown(acme: Shop, admin: Admin) -> None:
    """What was found of a contract that is no longer served says nothing of this one."""
    state = acme.gateway.state
    assert state is not None
    assert state.claim_look("shop", "another", 60.0) is not None
    assert admin.get("/drift") == {"data": []}
