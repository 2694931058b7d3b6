"""Recall: what is answered from memory is answered exactly as the ordinary way does, or not at all."""

from __future__ import annotations

import gc
import sqlite3
import weakref
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.callers.buckets import Buckets
from app.callers.limits import Limits
from app.contract.model import LimitSpec, Rate
from app.pipeline import respond
from app.recall import Recall
from tests.pipeline.kept_scene import CALLERS, CLOSED, ORDERS, asking
from tests.pipeline.recall_scene import Both, Draws, both, timeless

PAGE = "/v2/orders?limit=5"


@pytest.fixture(scope="module")
def open_(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """A gateway for everybody."""
    with both(tmp_path_factory.mktemp("open") / "kept", "security: open\n") as found:
        yield found


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """A gateway with callers and limits."""
    with both(tmp_path_factory.mktemp("closed") / "kept", CLOSED) as found:
        yield found


PATHS = ("/v1/orders", "/v2/orders", "/v2/orders/4", "/v1/orders/5", "/v2/orders/4711", "/v2/orders/x", "/v2/lines", "/v2/lines/4,1",
         "/v2/remarks", "/v2/orders/", "/v2/nothing", "/v3/orders", "/v2/orders/%34", "/v2/lines/4%2C1", "/links/abc", "/", "")  # fmt: skip
QUERIES = ("", "limit=5", "limit=0", "limit=5&count=exact", "expand=lines", "fields=number,lines&expand=lines", "fields=margin",
           "customer=AA", "customer=AA&customer=BB", "sort=-number&limit=3", "format=json", "format=xml", "x=1", "cursor=x", "limit=%35",
           "limit=5&&", "a" * 9000)  # fmt: skip
HEADERS: Mapping[str, tuple[str, ...]] = {
    "accept": ("*/*", "application/json", "text/csv", "text/html, */*;q=0.1", "application/json;q=0", ""),
    "accept-encoding": ("gzip", "br, gzip", "zstd;q=0.5, gzip", "identity", "*;q=0", ""),
    "if-none-match": ("*", '"x"', "OURS", "W/OURS", ""),
    "cache-control": ("no-cache", "max-age=0", ""),
    "x-api-key": ("bascule_a", "bascule_x", ""),
}
REQUESTS = st.builds(
    lambda method, path, query, caller, headers: (method, path, query, caller, headers),
    st.sampled_from(("GET", "GET", "GET", "HEAD", "OPTIONS", "POST")),
    st.sampled_from(PATHS),
    st.sampled_from(QUERIES),
    st.sampled_from(("a", "b", "all", "fresh", "masked", "x", "")),
    st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in HEADERS.items()}),
)


def _generated(found: Both, request: Any) -> None:
    """Whether cold, or warm from the ordinary way: alike, or left to it."""
    method, path, query, caller, headers = request
    inbound = asking(f"{path}?{query}" if query else path, caller, method)
    found.recall = Recall(found.scene.gateway)
    first = respond(found.scene.gateway, replace(inbound, method="GET"))
    etag = dict(first.headers).get("ETag", '"none"').removeprefix("W/")
    said = {**inbound.headers, **{name: value.replace("OURS", etag) for name, value in headers.items()}}
    inbound = replace(inbound, headers=said)
    respond(found.scene.gateway, inbound)  # the ordinary way makes the codings
    recalled = found.agree(inbound)
    ordinary = respond(found.scene.gateway, inbound)
    hit = "bascule; hit" in dict(ordinary.headers).get("Cache-Status", "")
    assert recalled == (hit and ordinary.status in {200, 304} and inbound.method in {"GET", "HEAD"}), ordinary


GENERATED = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@GENERATED
@given(REQUESTS)
def test_an_open_gateway_recalls_what_it_serves(open_: Both, request_: Any) -> None:
    """Whatever is asked: every hit is recalled, as the ordinary way answers it; nothing else is."""
    _generated(open_, request_)


@GENERATED
@given(REQUESTS)
def test_a_closed_gateway_recalls_what_it_serves(closed: Both, request_: Any) -> None:
    """The same, with callers of other rights, with and without their credentials, under limits."""
    _generated(closed, request_)


def test_what_is_not_kept_is_not_recalled(open_: Both) -> None:
    """Neither a cold answer, nor one that is not there, nor what nobody keeps; and no trace of the attempt."""
    for path in ("/v2/orders?limit=7", "/v2/orders/4712", "/v2/remarks"):
        inbound = asking(path)
        assert open_.recalled(inbound) is None
        respond(open_.scene.gateway, inbound)
        assert (open_.recalled(inbound) is not None) == (path == "/v2/orders?limit=7")


def test_what_has_to_be_looked_at_is_not_recalled(tmp_path: Path) -> None:
    """What is due to be read anew is the ordinary way's; while it then serves for a hold, it is recalled with its note."""
    with both(tmp_path / "kept", "security: open\n") as found:
        inbound = asking(PAGE)
        respond(found.scene.gateway, inbound)
        assert found.agree(inbound)
        for seconds in (25, 10):
            found.scene.later(seconds)
            assert found.recalled(inbound) is None
            respond(found.scene.gateway, inbound)
            assert found.agree(inbound)
        assert "detail=stale-while-revalidate" in repr(found.recalled(inbound))


def test_a_newer_answer_takes_the_place_of_the_one_that_was_recalled(tmp_path: Path) -> None:
    """What was known of the request stays good; the answer is the newer one."""
    with both(tmp_path / "kept", CLOSED) as found:
        inbound, anew = asking(PAGE, "all"), asking(PAGE, "fresh", cache_control="no-cache")
        respond(found.scene.gateway, inbound)
        known = found.recall.know(inbound)
        assert known is not None
        first = found.recall.answer(known, inbound)
        with sqlite3.connect(tmp_path / "kept" / "main.db") as connection:
            connection.execute("UPDATE ORDHDR SET TEXT = 'newer'")
        connection.close()
        respond(found.scene.gateway, anew)
        second = found.recall.answer(known, inbound)
        assert first is not None
        assert second is not None
        assert (b"newer" in first.body, b"newer" in second.body) == (False, True)
        assert timeless(second) == timeless(respond(found.scene.gateway, inbound))


def test_who_asks_for_what_is_read_now_is_not_recalled(closed: Both) -> None:
    """With the scope for it; without it, it is an ordinary hit."""
    respond(closed.scene.gateway, asking(PAGE, "fresh"))
    assert closed.agree(asking(PAGE, "fresh"))
    assert closed.recalled(asking(PAGE, "fresh", cache_control="no-cache")) is None
    assert closed.agree(asking(PAGE, "all", cache_control="no-cache"))


def test_what_is_purged_is_not_recalled(tmp_path: Path) -> None:
    """From the moment in which this worker may know of it: the state is asked by the ordinary way alone."""
    with both(tmp_path / "kept", "security: open\n") as found:
        inbound = asking(PAGE)
        respond(found.scene.gateway, inbound)
        assert found.agree(inbound)
        found.scene.purge("resource:v1/orders")
        assert found.recalled(inbound) is None
        respond(found.scene.gateway, inbound)
        assert found.agree(inbound), "another one was purged"
        found.scene.purge("resource:v2/orders")
        assert found.recalled(inbound) is None
        assert "fwd=uri-miss" in repr(respond(found.scene.gateway, inbound).headers)


def test_a_caller_who_is_not_known_without_waiting_is_not_recalled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the state has to be asked about keys, and where a token is an issuer's; a caller of a moment ago is known."""
    monkeypatch.setattr("app.stages.authenticate.MOMENT", 60.0)
    with both(tmp_path / "kept", CLOSED) as found:
        gateway = found.scene.gateway
        inbound = asking(PAGE, "all")
        respond(gateway, inbound)
        unsettled = replace(gateway, credentials=replace(gateway.credentials, settled=lambda: False))
        again = Both(replace(found.scene, gateway=unsettled), found.draws, found.notes)
        assert again.agree(inbound)
        gateway.credentials.recent.forget()
        assert again.recalled(inbound) is None
        others = replace(
            gateway, credentials=replace(gateway.credentials, kinds=(), others=gateway.credentials.kinds[0][1])
        )
        gateway.credentials.recent.forget()
        assert Both(replace(found.scene, gateway=others), found.draws, found.notes).recalled(inbound) is None


def test_a_key_that_was_revoked_is_not_recalled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the moment on in which it is not accepted any more, the ordinary way refuses it, and counts a stranger."""
    with both(tmp_path / "kept", CLOSED) as found:
        inbound = asking(PAGE, "all")
        respond(found.scene.gateway, inbound)
        assert found.agree(inbound)
        monkeypatch.delitem(CALLERS, "bascule_all")
        found.scene.gateway.credentials.recent.forget()
        assert found.recalled(inbound) is None
        assert respond(found.scene.gateway, inbound).status == 401


def test_a_version_past_its_end_is_not_recalled(tmp_path: Path) -> None:
    """From that day on it is gone, whatever is kept of it."""
    with both(tmp_path / "kept", "security: open\n") as found:
        inbound = asking("/v1/orders?limit=5")
        respond(found.scene.gateway, inbound)
        assert found.agree(inbound)
        plan = found.scene.gateway.plan
        ended = replace(plan.versions["v1"], sunset_on=date(2020, 1, 1))
        gateway = replace(found.scene.gateway, plan=replace(plan, versions={**plan.versions, "v1": ended}))
        over = Both(replace(found.scene, gateway=gateway), found.draws, found.notes)
        assert over.recalled(inbound) is None
        assert respond(gateway, inbound).status == 410


def test_what_has_to_be_written_down_is_not_recalled(tmp_path: Path) -> None:
    """An audited resource is refused where its audit cannot be written: that is waited for."""
    with both(tmp_path / "kept", CLOSED, orders=ORDERS.replace("access: {", "access: {audited: true, ")) as found:
        inbound = asking(PAGE, "all")
        for _ in range(2):
            respond(found.scene.gateway, inbound)
        assert found.recalled(inbound) is None


def test_what_has_to_be_written_down_is_kept_by_nobody_else(tmp_path: Path) -> None:
    """A cache on the way would answer without a line of the audit: it has to ask each time, also where everybody may read."""
    for name, orders in {"audited": "access: {audited: true, ", "not": "access: {"}.items():
        with both(tmp_path / name, "security: open\n", orders=ORDERS.replace("access: {", orders)) as found:
            said = dict(respond(found.scene.gateway, asking(PAGE)).headers)["Cache-Control"]
            assert said == ("private, no-cache" if name == "audited" else "public, max-age=30")


def test_limits_that_would_wait_are_not_drawn_from(tmp_path: Path) -> None:
    """Where they are counted in Redis, a draw may wait for another host."""
    draws = Draws()
    draws.waits = True  # as those of Redis do
    limits = Limits({"default": LimitSpec("default", Rate(600, 60.0), 600)}, draws)
    with both(tmp_path / "kept", CLOSED, limits) as found:
        respond(found.scene.gateway, asking(PAGE, "all"))
        draws.drawn.clear()
        assert found.recalled(asking(PAGE, "all")) is None
        assert draws.drawn == []


def test_who_has_nothing_left_is_left_to_the_ordinary_way(tmp_path: Path) -> None:
    """It refuses with 429; the attempt to recall has cost nothing. What is left of rows is looked at, too."""
    few = LimitSpec("default", Rate(3, 3600.0), 3)
    costly = LimitSpec("default", Rate(600, 60.0), 600, rows=Rate(5, 3600.0))
    for name, spec in {"few": few, "costly": costly}.items():
        with both(tmp_path / name, CLOSED, Limits({"default": spec}, Buckets())) as found:
            inbound = asking(PAGE, "all")
            assert respond(found.scene.gateway, inbound).status == 200
            if name == "few":
                assert found.recalled(inbound) is not None
                assert found.recalled(inbound) is not None
            assert found.recalled(inbound) is None
            assert respond(found.scene.gateway, inbound).status == 429


def test_callers_with_other_rights_are_never_recalled_for_each_other(closed: Both) -> None:
    """What is known of an address is known for those with the same rights alone."""
    for name in ("a", "b", "all", "masked"):
        respond(closed.scene.gateway, asking(PAGE, name))
    found = {name: closed.recalled(asking(PAGE, name)) for name in ("a", "b", "all", "masked")}
    bodies = {name: answer.body for name, answer in found.items() if answer is not None}
    assert len(set(bodies.values())) == len(found) == 4
    assert b"BB" not in bodies["a"]
    assert b"margin" not in bodies["masked"]


def test_each_request_is_answered_under_its_own_identifier(open_: Both) -> None:
    """What is known is the same for all who say the same; the identifier, and what is noted under it, is not."""
    inbound = asking(PAGE)
    respond(open_.scene.gateway, inbound)
    known = open_.recall.know(inbound)
    assert known is not None
    open_.done()
    for identifier in ("r7", "r8"):
        answer = open_.recall.answer(known, replace(inbound, request_id=identifier))
        assert answer is not None
        assert ("X-Request-Id", identifier) in (*answer.headers, *answer.passing)
        _, (noted,), (told,) = open_.done()
        assert identifier in repr(noted)
        assert told.request_id == identifier


def test_what_is_recalled_keeps_nothing_alive(tmp_path: Path) -> None:
    """The memory of answers is bounded by bytes: what it drops is gone, whoever was answered with it."""
    with both(tmp_path / "kept", "security: open\n") as found:
        inbound = asking(PAGE, accept_encoding="br")
        respond(found.scene.gateway, inbound)
        assert found.agree(inbound)
        known = found.recall.know(inbound)
        assert known is not None
        kept = weakref.ref(found.scene.gateway.cache.hit(known.target.key))
        found.scene.gateway.cache.store.memory.drop(known.target.key)
        found.done()
        gc.collect()
        assert kept() is None
        assert found.recalled(inbound) is None


def test_a_plain_read_is_recalled_at_all(open_: Both) -> None:
    """The suite is worth nothing if nothing is: an item and a page, GET and HEAD, coded, and 304."""
    for path in ("/v2/orders/4", PAGE, "/v1/orders/4", "/v2/lines/4,1"):
        first = respond(open_.scene.gateway, asking(path))
        etag = dict(first.headers)["ETag"]
        for method in ("GET", "HEAD"):
            for headers in ({}, {"accept_encoding": "br"}, {"if_none_match": etag}):
                inbound = asking(path, "", method, **headers)
                respond(open_.scene.gateway, inbound)
                assert open_.agree(inbound)


def test_a_body_that_has_yet_to_be_coded_is_not_recalled(open_: Both) -> None:
    """To code a large one takes a millisecond, in which nobody else would be answered."""
    respond(open_.scene.gateway, asking(PAGE))
    inbound = asking(PAGE, accept_encoding="zstd")
    assert open_.recalled(inbound) is None
    respond(open_.scene.gateway, inbound)
    assert open_.agree(inbound)
