"""nginx before a gateway, keeping what is public: what is kept, for how long, and what is told of it."""

from __future__ import annotations

import gzip
import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from time import monotonic

import brotli
import pytest

from tests import shop
from tests.adapters.guard.fakes import eventually
from tests.deploy.nginx import NAME, Nginx, required_nginx
from tests.deploy.upstream import upstream
from tests.security.raw import Reply, connected
from tests.serving.running import ROOT, Running, environment

SETTINGS = {"BASCULE_TRUSTED_PROXIES": "127.0.0.1", "BASCULE_HOSTS": NAME, "BASCULE_LOG_LEVEL": "debug"}
ORIGIN = "https://portal.example"
LASTING = "cache: {fresh: 1h, negative: 100ms}\n"
PASSING = "cache: {fresh: 4s}\n"
PUBLIC = "Cache-Control: public, max-age=86400"
MANY = "/v1/items?number[prefix]=1"
HIT = "Cache-Status: bascule; hit; ttl=3600"
VARY = "Vary: Accept, Accept-Encoding"

JUDGED = {
    "public": (True, [PUBLIC, HIT, VARY]),
    "of any coding": (True, [PUBLIC, HIT, "Vary: Accept"]),
    "for web pages": (True, [PUBLIC, HIT, VARY + ", Origin"]),
    "private": (False, ["Cache-Control: private, max-age=60", HIT, VARY + ", Authorization, X-Api-Key"]),
    "private, whatever it varies by": (False, ["Cache-Control: private, max-age=60", HIT, VARY]),
    "public, by caller": (False, [PUBLIC, HIT, VARY + ", Authorization, X-Api-Key"]),
    "by something new": (False, [PUBLIC, HIT, "Vary: Accept-Language"]),
    "by nothing that is known": (False, [PUBLIC, HIT]),
    "to be asked for": (False, ["Cache-Control: public, no-cache", HIT, VARY]),
    "a part missing": (False, ["Cache-Control: no-store", HIT, VARY]),
    "no word of others": (False, [HIT, VARY]),
    "asked for once": (False, [PUBLIC, "Cache-Status: bascule; fwd=uri-miss; stored", VARY]),
    "its last second": (False, [PUBLIC, "Cache-Status: bascule; hit; ttl=0", VARY]),
    "stale": (False, [PUBLIC, "Cache-Status: bascule; hit; ttl=-3; detail=source-unavailable", VARY]),
    "of a cache unknown": (False, [PUBLIC, "Cache-Status: other; hit; ttl=3600", VARY]),
    "with a cookie": (False, [PUBLIC, HIT, VARY, "Set-Cookie: a=b"]),
}  # whether such an answer is kept, and its headers


def answer(*headers: str, status: str = "200 OK", body: str = "{}") -> bytes:
    """An answer of a gateway."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers, "", body]
    return "\r\n".join(lines).encode()


def asked(nginx: Nginx, target: str, *headers: str, method: str = "GET") -> Reply:
    """The answer to a request over TLS."""
    head = [f"{method} {target} HTTP/1.1", f"Host: {NAME}", "Connection: close", *headers, "", ""]
    with connected(nginx.secure, nginx.tls) as connection:
        connection.send("\r\n".join(head).encode())
        reply = connection.reply()
    assert reply is not None
    return reply


def caches(reply: Reply) -> str:
    """What the last cache on the way says of itself."""
    return reply.headers.get_all("Cache-Status", [])[-1]


def hits(nginx: Nginx, target: str) -> Reply:
    """An answer that nginx has kept, as soon as it keeps one."""
    replies: list[Reply] = []

    def kept() -> bool:
        replies.append(asked(nginx, target))
        return caches(replies[-1]) == "nginx; hit"

    eventually(kept)
    return replies[-1]


def refuses(nginx: Nginx, status: int) -> bool:
    """Whether that is the status of an answer."""
    return asked(nginx, "/v1/items").status == status


@contextmanager
def keeping(folder: Path, port: int) -> Iterator[Nginx]:
    """nginx before a gateway, keeping public answers."""
    folder.mkdir(exist_ok=True)
    started = Nginx.start(folder, port, keeps=True)
    try:
        yield started
    finally:
        started.end()


@contextmanager
def selling(folder: Path, cache: str, security: str = "") -> Iterator[Running]:
    """The shop, served; its items are kept."""
    required_nginx()
    shop.build(folder / "shop", open_=not security)
    with (folder / "shop" / "gateway.yaml").open("a", encoding="utf-8") as file:
        file.write(security)
    shop.write_items(folder / "shop", shop.ITEMS + cache)
    with closing(sqlite3.connect(folder / "shop" / "shop.db")) as connection:
        connection.executemany(
            "INSERT INTO ITEM VALUES (?, 'Washer', 1260131)", [(str(each),) for each in range(1000, 1050)]
        )
        connection.commit()
    settings = {**SETTINGS, "BASCULE_CORS_ORIGINS": ORIGIN}
    started = Running.start(folder / "shop", folder / "log", "--workers", "1", settings=settings, patiently=True)
    try:
        yield started
    finally:
        started.end()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the gateway and nginx are."""
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(scope="module")
def gateway(folder: Path) -> Iterator[Running]:
    """The shop, whose items stay fresh for longer than any test lasts."""
    with selling(folder, LASTING) as started:
        yield started


@pytest.fixture(scope="module")
def nginx(folder: Path, gateway: Running) -> Iterator[Nginx]:
    """nginx before it."""
    with keeping(folder / "nginx", gateway.port) as started:
        yield started


def arrived(gateway: Running, reply: Reply) -> bool:
    """Whether the gateway answered that request: it has written its identifier down before it answers."""
    return f"request_id='{reply.headers['X-Request-Id']}'" in gateway.log()


def test_many_requests_and_two_for_the_gateway(nginx: Nginx, gateway: Running) -> None:
    """The first is read, the second found in the gateway and kept; no other of them reaches it."""
    replies = [asked(nginx, "/v1/items?limit=2") for _ in range(20)]
    assert [arrived(gateway, reply) for reply in replies] == [True, True] + [False] * 18
    assert {reply.body for reply in replies} == {replies[0].body}
    assert [caches(reply) for reply in replies] == ["nginx; fwd=uri-miss"] * 2 + ["nginx; hit"] * 18


def test_what_is_told_of_a_kept_answer(nginx: Nginx) -> None:
    """When its data was read, and the way it came; not an age that nginx does not count, nor what was another request's."""
    began = monotonic()
    first, second, third = (asked(nginx, "/v1/items/0001") for _ in range(3))
    assert all(0 <= int(reply.headers["Age"]) <= monotonic() - began for reply in (first, second))
    assert third.headers["Data-As-Of"] == first.headers["Data-As-Of"]
    assert third.headers["ETag"] == first.headers["ETag"]
    assert third.headers["Cache-Control"] == "public, no-cache", "who keeps it behind nginx has to ask nginx"
    assert third.headers["X-Request-Id"] not in {None, first.headers["X-Request-Id"], second.headers["X-Request-Id"]}
    assert [third.headers[name] for name in ("Age", "Server-Timing")] == [None, None]
    assert [said.partition("; ttl")[0] for said in third.headers.get_all("Cache-Status", [])] == [
        "bascule; hit",
        "nginx; hit",
    ]


def test_a_condition_is_met_by_nginx(nginx: Nginx, gateway: Running) -> None:
    """Who has the answer already is told 304, and the gateway does not hear of it."""
    first, _ = (asked(nginx, "/v1/items/0002") for _ in range(2))
    etag = first.headers["ETag"]
    reply = asked(nginx, "/v1/items/0002", f"If-None-Match: {etag}")
    assert (reply.status, reply.body, caches(reply)) == (304, b"", "nginx; hit")
    assert reply.headers["Data-As-Of"]
    assert not arrived(gateway, reply)


def test_whoever_has_a_credential_goes_past(nginx: Nginx, gateway: Running) -> None:
    """A request with a key or a token is the gateway's own, 304 included, and nothing of it is kept."""
    etag = [asked(nginx, "/v1/items/0001") for _ in range(3)][-1].headers["ETag"]
    for credential in ("X-Api-Key: k", "Authorization: Bearer t", "X-Api-Key: 0"):
        replies = [asked(nginx, "/v1/items/0001", credential) for _ in range(3)]
        replies.append(asked(nginx, "/v1/items/0001", credential, f"If-None-Match: {etag}"))
        assert [reply.status for reply in replies] == [200, 200, 200, 304]
        assert all(arrived(gateway, reply) for reply in replies)
        assert replies[0].headers["Cache-Control"].startswith("public, max-age=")


def test_what_is_private_is_never_kept(tmp_path: Path) -> None:
    """Of a closed contract nothing is: neither what a key was given, nor what is refused without one."""
    with (
        selling(tmp_path, LASTING, "security: closed\n") as gateway,
        keeping(tmp_path / "nginx", gateway.port) as nginx,
    ):
        create = [sys.executable, "-m", "app", "keys", "create", str(tmp_path / "shop"), "--owner", "Shop"]
        key = subprocess.run(create, cwd=ROOT, env=environment(), check=True, capture_output=True, text=True).stdout
        credential = f"X-Api-Key: {key.strip()}"
        eventually(lambda: asked(nginx, "/v1/items/0001", credential).status == 200)
        served = [asked(nginx, "/v1/items/0001", credential) for _ in range(3)]
        refused = [asked(nginx, "/v1/items/0001") for _ in range(3)]
        assert [reply.status for reply in (*served, *refused)] == [200] * 3 + [401] * 3
        assert {reply.headers["Cache-Control"].partition(",")[0] for reply in served} == {"private"}
        assert all(arrived(gateway, reply) for reply in (*served, *refused))


def test_each_coding_is_an_answer_of_its_own(nginx: Nginx) -> None:
    """Three forms are kept, whatever words they are asked for in, and nobody gets one that they cannot read."""
    plain = asked(nginx, MANY).body
    for said, coding, read in (
        ("Accept-Encoding: gzip, deflate", "gzip", gzip.decompress),
        ("Accept-Encoding: gzip;q=1.0,deflate;q=0.6", "gzip", gzip.decompress),
        ("Accept-Encoding: gzip, deflate, br, zstd", "br", brotli.decompress),
        ("Accept-Encoding: br;q=0, deflate", None, bytes),
        ("Accept-Encoding: gzip;q=0", None, bytes),
        ("Accept-Encoding: identity", None, bytes),
    ):
        reply = [asked(nginx, MANY, said) for _ in range(3)][-1]
        assert (reply.headers["Content-Encoding"], caches(reply)) == (coding, "nginx; hit")
        assert json.loads(read(reply.body)) == json.loads(plain)


def test_formats_are_told_apart(nginx: Nginx) -> None:
    """Who takes no JSON gets 406 also where JSON is kept; the usual spellings of a wish for JSON share an answer."""
    kept = [asked(nginx, "/v1/items/0003", "Accept: application/json") for _ in range(3)][-1]
    for accept in ("*/*", "application/json, text/plain, */*"):
        assert caches(asked(nginx, "/v1/items/0003", f"Accept: {accept}")) == caches(kept) == "nginx; hit"
    assert asked(nginx, "/v1/items/0003", "Accept: image/png").status == 406


def test_a_web_page_gets_its_own(nginx: Nginx) -> None:
    """An answer says which origin may read it: that of one is not given to another."""
    for origin, allowed in ((ORIGIN, ORIGIN), ("https://evil.example", None)):
        replies = [asked(nginx, "/v1/items?limit=1", f"Origin: {origin}") for _ in range(3)]
        assert caches(replies[-1]) == "nginx; hit"
        assert {reply.headers["Access-Control-Allow-Origin"] for reply in replies} == {allowed}


def test_head_is_answered_from_what_is_kept(nginx: Nginx, gateway: Running) -> None:
    """HEAD has the headers of GET and no body, whichever of the two filled the cache."""
    replies = [asked(nginx, "/v1/items?limit=3", method=method) for method in ("HEAD", "HEAD", "HEAD", "GET")]
    assert [arrived(gateway, reply) for reply in replies] == [True, True, False, False]
    assert [len(reply.body) > 0 for reply in replies] == [False, False, False, True]
    assert replies[2].headers["ETag"] == replies[3].headers["ETag"]
    assert int(replies[2].headers["Content-Length"]) == len(replies[3].body)


def test_what_is_not_there_is_never_kept(nginx: Nginx, gateway: Running, folder: Path) -> None:
    """A 404 is the gateway's each time, which keeps it for as long as the contract says."""
    replies = [asked(nginx, "/v1/items/0009") for _ in range(3)]
    assert [(reply.status, arrived(gateway, reply)) for reply in replies] == [(404, True)] * 3
    with closing(sqlite3.connect(folder / "shop" / "shop.db")) as connection:
        connection.execute("INSERT INTO ITEM VALUES ('0009', 'Gasket', 1260131)")
        connection.commit()
    eventually(lambda: asked(nginx, "/v1/items/0009").status == 200)


def test_all_of_it_can_be_deleted(nginx: Nginx, gateway: Running) -> None:
    """What lies on disk may go while nginx runs, as the how-to page says: then the gateway is asked."""
    kept = [asked(nginx, "/v1/items?limit=4") for _ in range(3)][-1]
    assert caches(kept) == "nginx; hit"
    for file in (nginx.folder / "kept").rglob("*"):
        if file.is_file():
            file.unlink()
    reply = asked(nginx, "/v1/items?limit=4")
    assert (reply.status, caches(reply), arrived(gateway, reply)) == (200, "nginx; fwd=uri-miss", True)


@pytest.mark.parametrize("case", JUDGED)
def test_what_is_kept(case: str, tmp_path: Path) -> None:
    """Only what the gateway says is the same for everybody, depends on what the key has, and has a while left."""
    kept, headers = JUDGED[case]
    with upstream(answer(*headers)) as found, keeping(tmp_path, found.port) as nginx:
        replies = [asked(nginx, "/v1/items") for _ in range(3)]
        assert [reply.status for reply in replies] == [200] * 3
        assert len(found.heads) == (1 if kept else 3)


@pytest.mark.parametrize("status", ["404 Not Found", "429 Too Many Requests", "500 No", "503 No", "301 Moved"])
def test_only_what_went_well_is_kept(status: str, tmp_path: Path) -> None:
    """Any other status goes past, whatever stands beside it."""
    with upstream(answer(PUBLIC, HIT, VARY, status=status)) as found, keeping(tmp_path, found.port) as nginx:
        assert {str(asked(nginx, "/v1/items").status) for _ in range(3)} == {status[:3]}
        assert len(found.heads) == 3


def test_what_is_left_counts(tmp_path: Path) -> None:
    """An answer of a day that has a second left is kept for that second: a change at the gateway is seen then."""
    short = (PUBLIC, "Cache-Status: bascule; hit; ttl=1", VARY)
    with upstream(answer(*short, body="old")) as found, keeping(tmp_path, found.port) as nginx:
        asked(nginx, "/v1/items")
        found.answer = answer(*short, body="new")
        eventually(lambda: asked(nginx, "/v1/items").body == b"new")


def test_a_source_that_is_down_is_the_gateways_to_bridge(tmp_path: Path) -> None:
    """How old an answer may be then stands in the contract: nginx passes its refusals on."""
    short = (PUBLIC, "Cache-Status: bascule; hit; ttl=1", VARY)
    for status in (502, 503, 504):
        with upstream(answer(*short)) as found, keeping(tmp_path / str(status), found.port) as nginx:
            assert asked(nginx, "/v1/items").status == 200
            found.answer = answer("Cache-Control: no-store", status=f"{status} No")
            eventually(partial(refuses, nginx, status))


def test_a_gateway_that_is_down_is_bridged(tmp_path: Path) -> None:
    """What was kept is served, and says that it is stale; what was not kept is 502."""
    with selling(tmp_path, PASSING) as gateway, keeping(tmp_path / "nginx", gateway.port) as nginx:
        kept = hits(nginx, "/v1/items/0001")
        gateway.end()
        eventually(lambda: caches(asked(nginx, "/v1/items/0001")) == "nginx; hit; detail=stale")
        stale = asked(nginx, "/v1/items/0001")
        assert (stale.status, stale.body) == (200, kept.body)
        assert stale.headers["Data-As-Of"] == kept.headers["Data-As-Of"]
        assert asked(nginx, "/v1/items/0002").status == 502
