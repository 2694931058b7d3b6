"""Purges over the admin API: what is purged, who is told, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.state import PurgeRecord, StateError
from tests.http.callers import MASKED, Shop, opened
from tests.http.test_admin import Admin, acme, admin

__all__ = ["acme", "admin"]

PERSONAL = MASKED.replace("number: {column", "number: {classification: personal, column")


def newest(acme: Shop) -> list[PurgeRecord]:
    """What was purged."""
    assert acme.gateway.purges is not None
    return acme.gateway.purges.newest(100)


@pytest.mark.parametrize(
    ("said", "purged"),
    [
        ({"everything": True}, ["everything"]),
        ({"sources": ["shop"], "everything": False}, ["source:shop"]),
        ({"tables": ["shop/ITEM"]}, ["table:shop/ITEM"]),
        ({"resources": ["v1/items", "/v1/items"]}, ["resource:v1/items"]),
        ({"items": ["v1/items/0001", "v1/items/Ü"]}, ["item:v1/items/0001", "lists:v1/items", "item:v1/items/%C3%9C"]),
        ({"items": ["v1/items/0001"], "sources": ["shop"]}, ["source:shop", "item:v1/items/0001", "lists:v1/items"]),
    ],
)
def test_what_is_said_is_purged(acme: Shop, admin: Admin, said: dict[str, Any], purged: list[str]) -> None:
    """At once in this worker; the answer has the names, and the id of the last one."""
    purges = acme.gateway.purges
    assert purges is not None
    begun = purges.generation()
    answer = admin.post("/cache/purge", said)
    assert answer == {"purged": purged, "id": purges.generation()}
    assert answer["id"] > begun
    assert not any(purges.valid((tag,), begun) for tag in purged)
    assert purges.valid(tuple(purged), answer["id"])


def test_other_hosts_are_told(acme: Shop, admin: Admin) -> None:
    """Once for each purge, after it was written; for none that was refused."""
    told: list[list[str]] = []
    assert acme.gateway.purges is not None
    acme.gateway.purges.tell = lambda: told.append([each.tag for each in newest(acme)])
    admin.post("/cache/purge", {"sources": ["shop"]})
    admin.post("/cache/purge", {"sources": ["shpo"]}, 422)
    assert told == [["source:shop"]]


def test_purges_are_listed(admin: Admin) -> None:
    """The newest first, with who it was; as many as are wanted."""
    admin.post("/cache/purge", {"sources": ["shop"]})
    made = admin.post("/cache/purge", {"items": ["v1/items/0001"]})
    found = admin.get("/cache/purges")["data"]
    assert [each["tag"] for each in found] == ["lists:v1/items", "item:v1/items/0001", "source:shop"]
    assert found[0]["id"] == made["id"]
    assert {each["who"] for each in found} == {f"key:{each['id']}" for each in admin.get("/keys")["data"]}
    assert admin.get("/cache/purges?limit=1")["data"] == found[:1]
    assert admin.get("/cache/purges?limit=0", 422)["errors"][0]["parameter"] == "limit"


@pytest.mark.parametrize(
    ("said", "places", "hint"),
    [
        (None, set(), "nothing is named"),
        ({}, set(), "nothing is named"),
        ({"everything": False}, set(), "nothing is named"),
        ({"everything": "yes"}, {"everything"}, ""),
        ({"source": ["shop"]}, {"source"}, "did you mean 'sources'?"),
        ({"sources": "shop"}, {"sources"}, ""),
        ({"sources": [1]}, {"sources.0"}, ""),
        ({"sources": ["shop"] * 1001}, {"sources"}, ""),
        ({"sources": ["shop", "shpo"], "items": ["v1/itens/1"]}, {"sources.1", "items.0"}, "did you mean 'shop'?"),
        ({"tables": ["shop/ITM"], "everything": True}, {"tables.0"}, "did you mean 'shop/ITEM'?"),
        ({"resources": ["v2/items"]}, {"resources.0"}, "did you mean 'v1/items'?"),
        ({"items": ["v1/items"]}, {"items.0"}, "is not the path of an item"),
        ({"items": ["v1/items/%FF"]}, {"items.0"}, "not valid UTF-8"),
    ],
)
def test_every_mistake_is_told(acme: Shop, admin: Admin, said: Any, places: set[str], hint: str) -> None:
    """All at once, each with its place and the nearest name; nothing is purged."""
    problem = admin.post("/cache/purge", said, 422)
    assert problem["code"] == "invalid-value"
    assert {each["parameter"] for each in problem["errors"] if "parameter" in each} == places
    assert hint in str(problem)
    assert newest(acme) == []


def test_a_purge_is_written_down(acme: Shop, admin: Admin) -> None:
    """Who, what, and from which door; also of one that is refused."""
    admin.post("/cache/purge", {"items": ["v1/items/0001"]})
    admin.get("/cache/purges")
    acme.admin.post("/cache/purge", json={"everything": True})
    acme.admin.post("/cache/purge", json={"everything": True}, headers=acme.headers("items:read"))
    events = acme.events()[1:]
    assert [(each["method"], each["path"], each["status"]) for each in events] == [
        ("POST", "admin:/cache/purge", 200),
        ("GET", "admin:/cache/purges", 200),
        ("POST", "admin:/cache/purge", 401),
        ("POST", "admin:/cache/purge", 403),
    ]
    assert events[0]["keys"] == ["item:v1/items/0001", "lists:v1/items"]
    assert [each.who for each in newest(acme)] == [events[0]["caller"]] * 2


def test_a_classified_key_is_written_down_by_its_pseudonym(tmp_path: Path) -> None:
    """The one that its reads have; the key itself is in no line."""
    with opened(tmp_path / "shop", items=PERSONAL, pepper="a pepper of the tests") as acme:
        admin = Admin(acme)
        admin.post("/cache/purge", {"items": ["v1/items/0001"]})
        assert acme.gateway.audit is not None
        pseudonym = acme.gateway.audit.seals.pseudonym("0001")
        assert acme.events()[-1]["keys"] == [f"item:v1/items/{pseudonym}", "lists:v1/items"]
        assert "0001" not in acme.audit


def test_without_an_audit_it_purges_all_the_same(acme: Shop) -> None:
    """As every other operation."""
    unwatched = Shop(replace(acme.gateway, audit=None), acme.folder)
    Admin(unwatched).post("/cache/purge", {"everything": True})
    assert [each.tag for each in newest(acme)] == ["everything"]


def test_a_state_that_is_away_is_no_purge(admin: Admin, monkeypatch: pytest.MonkeyPatch) -> None:
    """503, and the same request may succeed later."""

    def away(*_: object) -> int:
        raise StateError("state nowhere: gone")

    monkeypatch.setattr("app.state.state.State.purge", away)
    assert admin.post("/cache/purge", {"everything": True}, 503)["code"] == "state-unavailable"


def test_what_became_of_requests_is_counted(acme: Shop, admin: Admin) -> None:
    """By outcome, with the statements that each source was sent, and the headline figure of both."""
    caller = acme.headers("items:read", "items:all")
    before = admin.get("/cache")
    for _ in range(3):
        assert acme.public.get("/v1/items/0001", headers=caller).status_code == 200
    after = admin.get("/cache")
    grown = {word: after["requests"][word] - before["requests"][word] for word in after["requests"]}
    assert grown["bypass"] == 3
    assert grown["requests"] == 3, "who looks at them is not among them"
    assert after["statements"]["shop"] - before["statements"]["shop"] == 3
    assert after["statements_per_1000_requests"] == pytest.approx(
        1000 * after["statements"]["shop"] / after["requests"]["requests"]
    )
    assert admin.get("/overview")["hour"]["statements_per_1000_requests"] == after["statements_per_1000_requests"]
    assert 0 <= after["host"]["used"] <= after["host"]["bytes"]
