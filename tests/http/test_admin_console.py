"""What the operator's console reads, over the admin API: right numbers, and answers while everything is down."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.callers.audit import HIDDEN
from app.metrics.history_sources import SourceNotes
from app.observations import SourceChanged, SourceFailed
from app.settings import Settings
from app.state import StateError
from app.state.issues import Tally
from tests.http.callers import CLOSED, MASKED, Shop, opened
from tests.http.test_admin import Admin, acme, admin

__all__ = ["acme", "admin"]

LIMITS = "limits: {default: {requests: 2/hour, burst: 2, rows: 100/hour}, web: {requests: 600/min}}\n"
PERSONAL = MASKED.replace("number: {column", "number: {classification: personal, column")
DATA = "shop.db"


@pytest.fixture
def clerk(acme: Shop) -> dict[str, str]:
    """The headers of somebody who may read everything."""
    return acme.headers("items:read", "items:all")


@pytest.fixture
def buried(acme: Shop) -> Iterator[Path]:
    """The shop's database, gone before anybody asked it; it is there again afterwards."""
    data, grave = acme.folder / DATA, acme.folder / "grave"
    data.rename(grave)
    yield grave
    if grave.exists():
        grave.rename(data)


def only_source(admin: Admin) -> dict[str, Any]:
    """The one source of the shop, as the overview has it."""
    (found,) = admin.get("/overview")["sources"]
    assert isinstance(found, dict)
    return found


def away(*_: object) -> Any:
    """What a state says that is gone."""
    raise StateError("state nowhere: gone")


# How it stands.


def test_before_anybody_asked_nothing_is_known(admin: Admin) -> None:
    """No source is asked for it: it is unknown, not down."""
    found = admin.get("/overview")
    assert found["versions"] == [{"name": "v1", "status": "current", "sunset_on": None, "resources": 1}]
    assert found["hour"] == {
        "requests": 0, "errors": 0, "hit_ratio": None, "p95_ms": None, "statements_per_1000_requests": None,
    }  # fmt: skip
    (source,) = found["sources"]
    assert (source["state"], source["since"], source["last_failure"], source["drift"]) == ("unknown", None, None, None)
    assert source["connections"] == {"limit": 8, "open": 0, "lost": 0}
    assert (found["title"], found["complete"]) == ("Shop", True)


def test_a_source_that_answers_is_up(acme: Shop, admin: Admin, clerk: dict[str, str]) -> None:
    """And the hour has its requests; those to the admin port are not in it."""
    for _ in range(3):
        assert acme.public.get("/v1/items/0001", headers=clerk).status_code == 200
    assert acme.public.get("/v1/nothing", headers=clerk).status_code == 404
    assert only_source(admin)["state"] == "up"
    hour = admin.get("/overview")["hour"]
    assert (hour["requests"], hour["errors"], hour["statements_per_1000_requests"]) == (4, 0, 750.0)


@pytest.mark.usefixtures("buried")
def test_a_source_that_fails_is_sick(acme: Shop, admin: Admin, clerk: dict[str, str]) -> None:
    """With what it failed, in plain words, what to do, and the request that met it."""
    answer = acme.public.get("/v1/items/0001", headers=clerk)
    assert answer.status_code == 503
    found = only_source(admin)
    assert found["state"] == "sick"
    failure = found["last_failure"]
    assert failure["error"] == "Unavailable"
    assert failure["request_id"] == answer.headers["X-Request-Id"]
    assert failure["words"] == "Nothing answers there, or the connection broke."
    assert failure["text"].startswith("there is no database file")
    assert failure["advice"]
    assert admin.get("/overview")["hour"]["errors"] == 1


def test_a_source_that_is_back_is_up_and_its_failure_is_remembered(
    acme: Shop, admin: Admin, clerk: dict[str, str], buried: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two minutes later it is no longer sick; with what it failed last can still be read."""
    acme.public.get("/v1/items/0001", headers=clerk)
    buried.rename(acme.folder / DATA)
    now = time.time() + 180.0
    monkeypatch.setattr(acme.gateway.history, "_clock", lambda: now)
    monkeypatch.setattr("app.web.admin.console.time.time", lambda: now)
    assert acme.public.get("/v1/items/0001", headers=clerk).status_code == 200
    found = only_source(admin)
    assert (found["state"], found["last_failure"]["error"]) == ("up", "Unavailable")


def test_what_another_worker_has_met_is_told_too(acme: Shop, admin: Admin) -> None:
    """It stands in the state; of two failures the newer one, whoever met it."""
    state, own = acme.gateway.state, acme.gateway.notes
    assert state is not None
    assert own is not None
    now = time.time()
    other = SourceNotes(state.note_sources, lambda: now - 60)
    other(SourceFailed("shop", "TimedOut", "given up at its deadline", "r7"))
    other(SourceChanged("shop", "closed"))
    other.close()
    acme.gateway.observatory.tell(SourceChanged("shop", "retried"))
    assert only_source(admin)["last_failure"]["request_id"] == "r7"
    own(SourceFailed("shop", "Refused", "no such user", "r8"))
    assert only_source(admin)["last_failure"]["error"] == "Refused"


def test_everything_is_told_while_the_source_hangs(acme: Shop, admin: Admin, monkeypatch: pytest.MonkeyPatch) -> None:
    """No operation of the console asks a source for anything."""

    def hang(*_: object, **__: object) -> None:
        raise AssertionError("the source was asked")

    source = acme.gateway.sources["shop"]
    for name in ("run", "ping", "catalog", "tables", "explain"):
        monkeypatch.setattr(type(source), name, hang)
    for path in ("/overview", "/history", "/costs", "/callers", "/issues", "/map"):
        admin.get(path)


def test_without_the_state_it_is_told_what_one_worker_knows(
    acme: Shop, admin: Admin, clerk: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer says so; what only the state has cannot be told."""
    acme.public.get("/v1/items/0001", headers=clerk)
    acme.gateway.observatory.tell(SourceFailed("shop", "Locked", "database is locked", "r1"))
    monkeypatch.setattr("app.state.state.State.history", away)
    monkeypatch.setattr("app.state.state.State.costs", away)
    found = admin.get("/overview")
    assert (found["complete"], found["hour"]["requests"]) == (False, 1)
    assert (found["sources"][0]["state"], found["sources"][0]["last_failure"]["error"]) == ("up", "Locked")
    chart = admin.get("/history")
    assert (chart["complete"], sum(chart["requests"])) == (False, 1)
    costs = admin.get("/costs")
    assert (costs["complete"], [each["name"] for each in costs["callers"]]) == (False, [""])
    assert costs["callers"][0]["requests"] == 1


# Charts.


@pytest.mark.parametrize(("span", "points", "step"), [("hour", 60, 60), ("day", 96, 900)])
def test_a_chart_has_a_number_for_each_point(
    acme: Shop, admin: Admin, clerk: dict[str, str], span: str, points: int, step: int
) -> None:
    """All rows are as long; what was served just now is in the last point."""
    acme.public.get("/v1/items/0001", headers=clerk)
    acme.public.get("/v1/items", headers=clerk)
    found = admin.get(f"/history?span={span}")
    source = found["sources"].pop("shop")
    rows = {name: row for name, row in (*found.items(), *source.items()) if isinstance(row, list)}
    assert {len(row) for row in rows.values()} == {points}
    assert (found["span"], found["step"], found["from"]) == (span, step, found["at"][0])
    assert [sum(row) for row in (found["requests"], source["statements"], found["errors"])] == [2, 2, 0]
    assert sum(each is not None for each in found["p95_ms"]) in {1, 2}  # the minute may have ended between them


def test_no_other_span_is_charted(admin: Admin) -> None:
    """The mistake is told, with the words that there are."""
    for path in ("/history", "/costs", "/callers"):
        problem = admin.get(f"{path}?span=year", 422)
        assert problem["errors"][0]["parameter"] == "span"
        assert "hour" in problem["errors"][0]["detail"]


# Costs and callers.


def test_what_callers_and_resources_cost(acme: Shop, admin: Admin, clerk: dict[str, str]) -> None:
    """By the name of whose key it is; what was written and what waits to be are one sum."""
    history = acme.gateway.history
    assert history is not None
    for _ in range(2):
        acme.public.get("/v1/items/0001", headers=clerk)
        acme.public.get("/v1/items", headers=clerk)
        history.flush()
    acme.public.get("/v1/items", headers=clerk)
    acme.public.get(acme.link())
    found = admin.get("/costs")
    assert found["counted"] is True
    by_key, links = sorted(found["callers"], key=lambda each: -each["requests"])
    assert (by_key["name"], by_key["requests"], by_key["statements"], by_key["rows"]) == ("ACME", 5, 5, 11)
    assert (links["caller"], links["name"], links["sources"]["shop"]["statements"]) == ("links", "", 1)
    assert by_key["share"] + links["share"] == pytest.approx(1.0, abs=0.001)
    assert {each["route"]: each["requests"] for each in found["resources"]} == {
        "/v1/items": 3,
        "/v1/items/{key}": 2,
        "/links/{link}": 1,
    }


def test_where_nobody_is_counted_that_is_said(tmp_path: Path) -> None:
    """No caller and no cost, and the map has no calls."""
    with opened(tmp_path / "shop", usage_days=0) as acme:
        admin = Admin(acme)
        acme.public.get("/v1/items", headers=acme.headers("items:read", "items:all"))
        assert admin.get("/costs")["counted"] is False
        assert admin.get("/callers")["data"] == []
        assert admin.get("/map")["days"] is None
        assert admin.get("/overview")["hour"]["requests"] == 1


def test_who_called_and_what_each_is_granted(tmp_path: Path) -> None:
    """The busiest first, with the key to revoke, its class of limits, and how often it came too often."""
    with opened(tmp_path / "shop", CLOSED + LIMITS) as acme:
        headers = acme.headers("items:read", "items:all")
        statuses = [acme.public.get("/v1/items", headers=headers).status_code for _ in range(4)]
        assert statuses == [200, 200, 429, 429]
        acme.public.get("/v1/items")
        admin = Admin(acme)
        (caller,) = admin.get("/callers")["data"]
        keys = {each["id"]: each for each in admin.get("/keys")["data"]}
        assert (caller["kind"], caller["name"], caller["state"]) == ("key", "ACME", "active")
        assert (caller["requests"], caller["refused"], caller["statements"]) == (2, 2, 2)
        assert caller["limits"] == {
            "name": "default",
            "requests": {"amount": 2, "seconds": 3600.0},
            "burst": 2,
            "rows": {"amount": 100, "seconds": 3600.0},
            "milliseconds": None,
        }
        assert admin.acme.admin.post(f"/keys/{caller['key']}/revoke", headers=acme.headers()).status_code == 200
        assert caller["key"] in keys


# Data issues, and the map.


def test_what_does_not_decode_is_told(acme: Shop, admin: Admin) -> None:
    """The most frequent first, with keys of rows."""
    assert acme.gateway.state is not None
    acme.gateway.state.add_issues(
        {
            ("v1", "items", "since", "bad-date"): Tally(3, {"0003": None, "0004": None}),
            ("v1", "items", "name", "bad-character"): Tally(9, {"0001": None}),
        }
    )
    name, since = admin.get("/issues")["data"]
    assert (name["field"], name["seen"]) == ("name", 9)
    assert (since["issue"], since["seen"], since["keys"]) == ("bad-date", 3, ["0003", "0004"])


@pytest.mark.parametrize("resource", ["items", "gone"])
def test_keys_that_may_not_be_shown_are_not(tmp_path: Path, resource: str) -> None:
    """Where a key is classified now, whatever it was when it was noted; and where nobody can tell."""
    with opened(tmp_path / "shop", items=PERSONAL) as acme:
        assert acme.gateway.state is not None
        acme.gateway.state.add_issues({("v1", resource, "since", "bad-date"): Tally(1, {"0003": None})})
        (issue,) = Admin(acme).get("/issues")["data"]
        assert issue["keys"] == [HIDDEN]


def test_the_map_has_who_reads(acme: Shop, admin: Admin, clerk: dict[str, str]) -> None:
    """From the source to the caller, by whose key it is."""
    acme.public.get("/v1/items", headers=clerk)
    assert acme.gateway.usage is not None
    acme.gateway.usage.flush()
    found = admin.get("/map")
    (source,) = found["sources"]
    (table,) = source["tables"]
    (resource,) = table["resources"]
    (version,) = resource["versions"]
    assert (found["days"], source["name"], table["name"], resource["name"]) == (30, "shop", "ITEM", "items")
    (caller,) = version["callers"]
    assert (version["calls"], caller["name"], caller["calls"]) == (1, "ACME", 1)


def test_a_gateway_without_a_memory_says_what_it_knows(acme: Shop) -> None:
    """Nothing of the past; nothing fails."""
    bare = replace(acme.gateway, state=None, history=None, notes=None, usage=None, settings=Settings())
    console = Admin(Shop(bare, acme.folder))
    assert console.get("/overview")["complete"] is False
    assert console.get("/history")["requests"] == [0] * 60
    assert (console.get("/costs")["callers"], console.get("/issues")["data"]) == ([], [])
    assert console.get("/map")["days"] is None
