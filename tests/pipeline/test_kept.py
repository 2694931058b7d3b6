"""Whole requests over kept answers: their headers and codings, their parts, what is old, and what is never shared."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import brotli
import orjson
import pytest
import zstandard

from adapters.port import Missing, Quiet, TimedOut, Unavailable
from app.exchange import ANYBODY
from app.keeping import key
from app.observations import SourceFailed
from app.plan import query as queries
from app.settings import Settings
from tests.http import callers
from tests.kept.test_store import Place
from tests.pipeline.kept_scene import CALLERS, CLOSED, ORDERS, Scene, cache_status, items, opened
from tests.plan.depot import body, header
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


# Parts.


def test_pages_of_one_list_share_their_count(scene: Scene) -> None:
    """It is read with the first page, and once for each filter."""
    cursor = ""
    for page in range(4):
        answer = scene.get(f"{PAGE}&count=exact{cursor}")
        assert body(answer)["page"]["total"] == 20
        assert scene.asked()[0] == (1 if page else 2)
        cursor = f"&cursor={body(answer)['page']['next']}"
    assert body(scene.get(f"{PAGE}&count=exact&customer=AA"))["page"]["total"] == 10
    assert scene.asked()[0] == 2


def test_a_count_is_kept_as_long_as_its_list(scene: Scene) -> None:
    """After that it is read anew, with the page that needs it."""
    scene.get(f"{PAGE}&count=exact")
    scene.later(30)
    scene.asked()
    scene.get("/v2/orders?limit=6&count=exact")
    assert scene.asked()[0] == 2


def test_an_expansion_is_kept_as_long_as_its_own_resource_says(scene: Scene) -> None:
    """A page that is read anew reads its lines anew when theirs is over, and not before."""
    first = items(scene.get(EXPANDED))
    assert scene.asked() == (1, 1)
    scene.later(31)
    assert items(scene.get("/v2/orders?limit=5&expand=lines&fields=number,lines"))[0]["lines"] == first[0]["lines"]
    assert scene.asked() == (1, 0)
    scene.later(70)
    scene.get("/v2/orders?limit=5&expand=lines&fields=customer,lines")
    assert scene.asked() == (1, 1)


def test_what_the_contract_does_not_keep_is_no_part(scene: Scene) -> None:
    """Each page that shows it reads it; and a page that is not kept has kept parts all the same."""
    for fields in ("number,notes", "customer,notes"):
        assert items(scene.get(f"{PAGE}&expand=notes&fields={fields}"))[3]["notes"] == [{"order": 4, "note": "Note"}]
        assert scene.asked() == (1, 1)
    for expected in ((0, 2), (0, 1)):
        answer = scene.get("/v1/notes?expand=lines")
        assert len(items(answer)[0]["lines"]) == 2
        assert (cache_status(answer), scene.asked()) == ({"fwd": "bypass"}, expected)


def test_data_is_as_old_as_its_oldest_part(scene: Scene) -> None:
    """A page that was read now with lines of a minute ago says so; a page without them is of now."""
    scene.get(EXPANDED)
    scene.later(61)
    now = scene.get("/v2/orders?limit=5&fields=number")
    parts = scene.get("/v2/orders?limit=5&expand=lines&fields=number,lines")
    assert cache_status(parts)["fwd"] == "uri-miss"
    ages = [datetime.fromisoformat(header(each, "Data-As-Of") or "") for each in (parts, now)]
    assert timedelta(seconds=59) < ages[1] - ages[0] < timedelta(seconds=75)


def test_a_purge_of_what_is_expanded_reaches_the_page(scene: Scene) -> None:
    """Page and part are read anew; a page that does not show it is not."""
    for path in (EXPANDED, PAGE):
        scene.get(path)
    scene.asked()
    scene.purge("resource:v2/lines")
    assert cache_status(scene.get(PAGE))["hit"]
    assert cache_status(scene.get(EXPANDED))["fwd"] == "uri-miss"
    assert scene.asked() == (1, 1)


@pytest.mark.parametrize(
    ("tag", "gone"),
    [
        ("everything", True),
        ("source:main", True),
        ("source:side", False),
        ("resource:v2/orders", True),
        ("resource:v1/orders", False),
        ("item:v2/orders/4", True),
        ("item:v2/orders/5", False),
        ("table:main/ORDHDR", True),
    ],
)
def test_a_purge_reaches_what_it_names(scene: Scene, tag: str, gone: bool) -> None:  # noqa: FBT001  # a row of the table
    """The next request reads anew what shows it, and nothing else."""
    scene.get("/v2/orders/4")
    scene.purge(tag)
    assert ("fwd" in cache_status(scene.get("/v2/orders/4"))) == gone


def test_bounds_hold_for_parts_too(scene: Scene) -> None:
    """Too many related rows are not served, whether they were counted now or a moment ago; fewer are."""
    small = replace(scene.gateway, settings=replace(Settings(), max_expanded_rows=6))
    scene = replace(scene, gateway=small)
    for fields in ("number,lines", "customer,lines"):
        answer = scene.get(f"{PAGE}&expand=lines&fields={fields}")
        assert items(answer)[0]["_issues"] == {"lines": "too-many-rows"}
        assert cache_status(answer) == {"fwd": "uri-miss"}
    assert len(items(scene.get("/v2/orders?limit=3&expand=lines"))[2]["lines"]) == 2


def test_budgets_hold_for_parts_too(scene: Scene) -> None:
    """What a request may bring from a source, it may bring from it with parts; what is kept costs nothing of it."""
    scene = replace(scene, gateway=replace(scene.gateway, budgets={"side": 6}))
    assert items(scene.get(EXPANDED))[0]["_issues"] == {"lines": "too-many-rows"}
    assert len(items(scene.get("/v2/orders?limit=3&expand=lines"))[2]["lines"]) == 2
    scene.asked()
    assert len(items(scene.get("/v2/orders?limit=3&expand=lines&fields=lines"))[2]["lines"]) == 2
    assert scene.asked() == (1, 0)


def test_callers_with_other_rights_never_share_a_part(closed: Scene) -> None:
    """Rows and fields of one caller are in no count and no batch of another, in whatever order they ask."""
    path = "/v2/orders?limit=20&expand=lines&count=exact"
    for _ in range(2):
        for name in ("all", "a", "masked", "b"):
            answer, caller = closed.get(path, name), CALLERS[f"bascule_{name}"]
            wanted = set(caller.claims.get("customer", ("AA", "BB")))
            lines = [line for order in items(answer) for line in order["lines"]]
            assert {each["customer"] for each in items(answer)} == wanted
            assert {line["customer"] for line in lines} == wanted
            assert body(answer)["page"]["total"] == 10 * len(wanted)
            assert {"margin" in each for each in (*items(answer), *lines)} == {name == "all"}
    assert closed.asked() == (8, 4), "each right has its page, its count and its lines: read once"


def test_a_part_that_will_soon_be_old_is_read_for_nobody(scene: Scene) -> None:
    """Behind the requests, in the background of the source, and not at the cost of the request that showed it."""
    scene.get(EXPANDED)
    scene.later(85)
    scene.asked()
    answer = scene.get("/v2/orders?limit=5&expand=lines&fields=number,lines")
    assert "side" not in (header(answer, "Server-Timing") or "")
    assert scene.line.work() == 1
    assert (scene.side.asked, scene.main.asked) == (["background"], ["interactive"])
    scene.later(31)
    scene.get("/v2/orders?limit=5&expand=lines&fields=customer,lines")
    assert len(scene.side.asked) == 1


@pytest.mark.parametrize("orders", [ORDERS, re.sub("cache: .*", "", ORDERS)], ids=["kept", "not kept"])
def test_a_part_that_somebody_else_reads_too_slowly_is_a_hole(tmp_path: Path, orders: str) -> None:
    """The item answers without it, as it does where the source itself is too slow; whether the item is kept or not."""
    with opened(tmp_path / "kept", orders=orders) as scene:
        late, answers = replace(scene, gateway=replace(scene.gateway, deadlines={"main": 20.0, "side": 0.0})), []
        scene.side.before = lambda: answers.append(late.get(f"{EXPANDED}&fields=number,lines"))
        assert items(scene.get(EXPANDED))[0]["lines"]
    (answer,) = answers
    assert items(answer)[0] == {"number": 1, "lines": None, "_issues": {"lines": "source-timeout"}}
    assert header(answer, "Cache-Control") == "no-store"


# What is old.


def test_an_outage_is_not_seen(scene: Scene) -> None:
    """For as long as the contract lets an old answer serve: with its age, its data's time and the reason; then it is told."""
    first = scene.get(PAGE)
    scene.main.failure = Unavailable("main")
    scene.later(41)
    _work_at_once(scene)
    answer = scene.get(PAGE)
    assert (answer.status, answer.body) == (200, first.body)
    said = cache_status(answer)
    assert (said["hit"], said["detail"], -12 <= said["ttl"] <= -11) == (True, "source-unavailable", True)
    assert 41 <= int(header(answer, "Age") or "") <= 42
    assert header(answer, "Data-As-Of") == header(first, "Data-As-Of")
    assert scene.main.asked[1:] == ["background"]
    scene.later(60)
    gone = scene.get(PAGE)
    assert (gone.status, body(gone)["code"], header(gone, "Cache-Status")) == (503, "source-unavailable", None)
    assert [each.error for each in scene.told if isinstance(each, SourceFailed)] == ["Unavailable"] * 2


def _work_at_once(scene: Scene) -> None:
    submit = scene.line.submit
    scene.line.submit = lambda work: submit(work) and scene.line.work() == 1  # type: ignore[method-assign]  # for this test


@pytest.mark.parametrize("failure", [TimedOut("slow"), Missing("ORDHDR"), Quiet("quiet")])
def test_whatever_fails_at_the_source_the_old_answer_serves(scene: Scene, failure: Exception) -> None:
    """All that is told with 5xx, a contract that does not fit any more among it."""
    scene.get(PAGE)
    scene.later(41)
    scene.main.failure = failure
    _work_at_once(scene)
    assert cache_status(scene.get(PAGE))["hit"]


def test_a_quiet_window_is_not_seen_either(scene: Scene) -> None:
    """Nothing is asked in it, by nobody; what served at its start serves on, whichever of its sources rests."""
    scene.get(EXPANDED)
    scene.asked()
    scene.later(25)
    scene.get(EXPANDED)
    assert len(scene.line.waiting) == 1, "it would be read anew soon"
    scene.line.waiting.clear()
    scene.gateway.cache.forked()
    scene.later(7200)
    scene.side.quiet = 7210.0
    answer = scene.get(EXPANDED)
    assert cache_status(answer)["detail"] == "quiet"
    assert (scene.line.waiting, scene.asked()) == ([], (0, 0))
    scene.side.quiet = 0.0
    scene.later(1)
    assert cache_status(scene.get(EXPANDED))["fwd"] == "stale"


def test_that_there_is_nothing_costs_one_statement(scene: Scene) -> None:
    """A crowd that asks for an item that is not there: 404 from memory, for as long as `negative` says."""
    for _ in range(3):
        answer = scene.get("/v2/orders/4711")
        assert (answer.status, body(answer)["code"]) == (404, "not-found")
        assert (header(answer, "Cache-Control"), header(answer, "ETag")) == ("no-store", None)
    assert scene.asked() == (1, 0)
    scene.later(5)
    scene.main.failure = Unavailable("main")
    assert scene.get("/v2/orders/4711").status == 503


def test_what_persists_outlasts_a_restart_in_a_quiet_window(tmp_path: Path) -> None:
    """Where answers persist, they are kept on disk for as long as they serve, and for the longest quiet window besides."""
    spoken = ORDERS.replace("negative: 5s}", "negative: 5s, persist: true}")
    with opened(tmp_path / "kept", orders=spoken) as scene:
        disk = Place()
        gateway = replace(scene.gateway, rests={"main": 3600.0, "side": 7200.0})
        gateway.cache.store = replace(gateway.cache.store, disk=disk)
        resting = replace(scene, gateway=gateway)
        for path, seconds in ((PAGE, 90 + 3600), (EXPANDED, 90 + 7200)):
            resting.get(path)
            assert disk.seconds == seconds
        scene.gateway.cache.store.memory.forked()
        scene.main.failure = Quiet("quiet")
        assert cache_status(resting.get(PAGE))["hit"]


def test_a_gateway_that_was_restarted_answers_without_its_source(tmp_path: Path) -> None:
    """A real file: what one gateway has put there the next one serves, 304 included, while the source is away."""
    spoken = ORDERS.replace("negative: 5s}", "negative: 5s, persist: true}")
    with opened(tmp_path / "kept", shared=True, orders=spoken) as scene:
        first = scene.get(PAGE)
        assert scene.get("/v2/lines?limit=1").status == 200
    with opened(tmp_path / "kept", shared=True) as scene:
        scene.main.failure = scene.side.failure = Unavailable("away")
        again = scene.get(PAGE)
        assert (again.body, cache_status(again)["hit"]) == (first.body, True)
        assert header(again, "Data-As-Of") == header(first, "Data-As-Of")
        assert scene.get(PAGE, if_none_match=header(first, "ETag") or "").status == 304
        assert scene.get("/v2/lines?limit=1").status == 503, "it does not persist"


# HTTP.


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
