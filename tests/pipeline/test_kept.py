"""Whole requests over kept answers: their codings, validators and headers, and what each is found by."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import brotli
import orjson
import pytest
import zstandard

from app.exchange import ANYBODY
from app.keeping import key
from app.plan import query as queries
from tests.http import callers
from tests.pipeline.kept_scene import CALLERS, CLOSED, ORDERS, Scene, cache_status, items, opened
from tests.plan.depot import header
from tests.stages.cache_scene import status_of

DECODED = {
    "br": brotli.decompress,
    "zstd": lambda data: zstandard.ZstdDecompressor().decompress(data),
    "gzip": lambda data: zlib.decompress(data, 31),
}
PAGE = "/v2/orders?limit=5"
EXPANDED = "/v2/orders?limit=5&expand=lines"


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """An open gateway that keeps nothing yet."""
    with opened(tmp_path / "kept") as found:
        yield found


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Scene]:
    """A gateway with callers."""
    with opened(tmp_path / "kept", CLOSED) as found:
        yield found


@pytest.mark.parametrize("path", ["/v2/orders/4", PAGE])
@pytest.mark.parametrize("coding", DECODED)
def test_a_coded_answer_is_the_same_answer(scene: Scene, path: str, coding: str) -> None:
    """Its bytes are those of the plain one; what HTTP wants said of it is said, to HEAD too."""
    plain, coded = scene.get(path), scene.get(path, accept_encoding=f"{coding}, identity;q=0.5")
    assert DECODED[coding](coded.body) == plain.body
    assert (header(coded, "Content-Encoding"), header(plain, "Content-Encoding")) == (coding, None)
    assert header(coded, "Content-Length") == str(len(coded.body))
    assert {header(each, "Vary") for each in (plain, coded)} == {"Accept, Accept-Encoding"}
    headed = scene.get(path, method="HEAD", accept_encoding=coding)
    assert (headed.status, headed.body) == (200, b"")
    for name in ("ETag", "Content-Encoding", "Content-Length", "Vary", "Data-As-Of"):
        assert header(headed, name) == header(coded, name)
    assert scene.asked() == (1, 0)


def test_a_strong_etag_names_bytes_and_a_weak_one_what_they_say(scene: Scene) -> None:
    """Items have another one in each coding, lists the same; any of them is known again in every coding."""
    items_, lists = (
        {coding: header(scene.get(path, accept_encoding=coding), "ETag") or "" for coding in ("", *DECODED)}
        for path in ("/v2/orders/4", PAGE)
    )
    assert len(set(items_.values())) == 4
    assert not any(each.startswith("W/") for each in items_.values())
    assert len(set(lists.values())) == 1
    assert lists[""].startswith("W/")
    for path, etags in (("/v2/orders/4", items_), (PAGE, lists)):
        for etag in etags.values():
            for coding, own in etags.items():
                for said in (etag, f'"other", {etag}', f"W/{etag.removeprefix('W/')}"):
                    answer = scene.get(path, accept_encoding=coding, if_none_match=said)
                    assert (answer.status, header(answer, "ETag")) == (304, own)
                    assert header(answer, "Content-Encoding") is None
            assert scene.get(path, if_none_match=etag[:-2] + '"').status == 200
    assert scene.get("/v2/orders/5", if_none_match=items_["br"]).status == 200


def test_what_is_small_or_not_kept_is_sent_as_it_is(scene: Scene) -> None:
    """A coding is made once for all who ask: there is none for a packet's worth, nor for what is read each time."""
    small = scene.get("/v2/orders/4?fields=number", accept_encoding="gzip")
    assert (header(small, "Content-Encoding"), header(small, "Vary")) == (None, "Accept, Accept-Encoding")
    bypassed = scene.get("/v2/remarks", accept_encoding="gzip")
    assert (header(bypassed, "Content-Encoding"), header(bypassed, "Vary")) == (None, "Accept")


def test_every_cache_status_is_one_of_the_rfc(scene: Scene) -> None:
    """RFC 9211: read, kept, early, stale, bypassed, on demand; a ttl goes down with time, and below 0."""
    assert cache_status(scene.get(PAGE)) == {"fwd": "uri-miss", "stored": True}
    ttls = []
    for seconds in (0, 10, 17, 8):
        scene.later(seconds)
        answer = scene.get(PAGE)
        said = cache_status(answer)
        assert said["hit"]
        assert int(header(answer, "Age") or "") + said["ttl"] in {29, 30}
        ttls.append(said["ttl"])
    assert ttls == sorted(ttls, reverse=True)
    assert ttls[-1] < 0
    assert cache_status(scene.get("/v2/remarks")) == {"fwd": "bypass"}


def test_what_everybody_sees_is_public_and_the_rest_private(scene: Scene, tmp_path: Path) -> None:
    """An open contract's answers may be kept by a proxy for all; a caller's by that caller alone."""
    assert header(scene.get(PAGE), "Cache-Control") == "public, max-age=30"
    assert header(scene.get("/v2/remarks"), "Cache-Control") == "no-cache"
    with opened(tmp_path / "closed", CLOSED) as closed:
        for name in ("a", "all"):
            answer = closed.get(PAGE, name)
            assert header(answer, "Cache-Control") == "private, max-age=30"
            assert header(answer, "Vary") == "Accept, Accept-Encoding, Authorization, X-Api-Key"
        assert header(closed.get("/v2/remarks", "a"), "Cache-Control") == "private, no-cache"
        assert closed.get(PAGE).status == 401


def test_who_may_have_an_answer_read_anew_may(closed: Scene) -> None:
    """`Cache-Control: no-cache` reads now for who holds the scope, and what it reads serves the others."""
    closed.get(PAGE, "all")
    for said in ("max-age=0", "no-store"):
        assert cache_status(closed.get(PAGE, "fresh", cache_control=said))["hit"]
    assert cache_status(closed.get(PAGE, "all", cache_control="no-cache"))["hit"]
    assert closed.asked() == (1, 0)
    for said in ("no-cache", "max-age=0, no-cache"):
        assert cache_status(closed.get(PAGE, "fresh", cache_control=said)) == {"fwd": "request", "stored": True}
    assert closed.asked() == (2, 0)
    assert cache_status(closed.get(PAGE, "all"))["hit"]


def test_nobody_has_an_open_answer_read_anew(scene: Scene) -> None:
    """Where nobody is known, a crowd that reloads would stand before the source."""
    scene.get(PAGE)
    assert cache_status(scene.get(PAGE, cache_control="no-cache"))["hit"]
    assert scene.asked() == (1, 0)


def test_links_are_answered_from_what_is_kept_and_kept_by_nobody(tmp_path: Path) -> None:
    """A link may be revoked: who holds it has to ask each time, and is told 304 where nothing has changed."""
    with callers.opened(tmp_path / "shop", items=callers.MASKED + "cache: {fresh: 30s}\n") as shop:
        path = shop.link()
        first, again = shop.public.get(path), shop.public.get(path)
        assert [first.status_code, again.status_code] == [200, 200]
        assert [status_of(each.headers["Cache-Status"]).get("hit") for each in (first, again)] == [None, True]
        assert {each.headers["Cache-Control"] for each in (first, again)} == {"private, no-cache"}
        assert "Age" not in again.headers
        etag = first.headers["ETag"]
        assert shop.public.get(path, headers={"If-None-Match": etag}).status_code == 304


# Keys.


def test_a_key_holds_all_that_an_answer_depends_on(closed: Scene) -> None:
    """The plan, the caller's sight, the query, the item, and whether its keys are noted for the audit."""

    def made(
        path: str, name: str = "all", digest: str = "", segment: str | None = None, *, noted: bool = False
    ) -> bytes:
        gateway = closed.gateway
        if digest:
            gateway = replace(gateway, plan=replace(gateway.plan, digest=digest))
        if noted:
            gateway = replace(gateway, audit=object())  # type: ignore[arg-type]  # that there is one is enough
        caller = ANYBODY if name == "anybody" else CALLERS[f"bascule_{name}"]
        version, _, query = path.partition("?")
        view = gateway.views.view(gateway.plan.versions[version], caller)
        ask = queries.list_query if segment is None else queries.item_query
        return key(gateway, view.version, ask(view.version, view.resource("orders"), queries.pairs(query, 99)), segment)

    different = [
        made("v2"),
        made("v2", digest="another"),
        made("v1"),
        made("v2", "a"),
        made("v2", "b"),
        made("v2", "masked"),
        made("v2?limit=5"),
        made("v2?limit=6"),
        made("v2?fields=number"),
        made("v2?count=exact"),
        made("v2?sort=-number"),
        made("v2?customer=AA"),
        made("v2?customer=AA&customer=BB"),
        made("v2?expand=lines"),
        made("v2?cursor=x"),
        made("v2", segment="4"),
        made("v2", segment="5"),
        made("v2", noted=True),
    ]
    assert len(set(different)) == len(different)
    assert made("v2?customer=BB&customer=AA") == made("v2?customer=AA&customer=BB")
    assert made("v2", "fresh") == made("v2", "all"), "the same rights, the same answer"
    assert made("v2?format=json") == made("v2")


def test_a_row_scope_of_what_is_expanded_is_in_the_key(tmp_path: Path) -> None:
    """Where everybody sees the same orders, whose lines differ their answers do."""
    orders = re.sub(r"access: .*", "access: {read: orders}", ORDERS)
    with opened(tmp_path / "kept", CLOSED, orders=orders) as scene:
        for _ in range(2):
            for name, customer in (("a", "AA"), ("b", "BB")):
                lines = [line for order in items(scene.get(EXPANDED, name)) for line in order["lines"]]
                assert {line["customer"] for line in lines} == {customer}
        assert scene.asked() == (2, 2)
        scene.get(PAGE, "a")
        assert cache_status(scene.get(PAGE, "b"))["hit"], "what they see alike they share"


def test_what_was_read_while_nobody_noted_keys_is_not_served_to_who_does(tmp_path: Path) -> None:
    """A gateway whose audit was switched on finds on disk what has no keys: it reads them."""
    folder, spoken = tmp_path / "kept", ORDERS.replace("negative: 5s}", "negative: 5s, persist: true}")
    with opened(folder, shared=True, orders=spoken) as scene:
        scene.get(PAGE)
    with opened(folder, shared=True, audit=tmp_path / "audit.jsonl") as scene:
        scene.get(PAGE)
        assert scene.gateway.audit is not None
        scene.gateway.audit.flush()
    (event,) = map(orjson.loads, (tmp_path / "audit.jsonl").read_bytes().splitlines())
    assert (event["rows"], event["keys"]) == (5, [1, 2, 3, 4, 5])
