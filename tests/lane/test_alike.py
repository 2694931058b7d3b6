"""With the lane and without: the same bytes to the same request, whatever it is and however it comes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.callers.key_manager import Grant, KeyManager
from app.callers.key_text import pepper_of
from app.state import State
from tests import shop
from tests.lane.both import Both
from tests.security.corpus import ROWS

KEY = b"the key"  # stands for one that is given out when the folder is made
CACHE = "cache: {fresh: 1h, negative: 1h}\n"  # longer than any test lasts: neither gateway is the first to read anew
LIMITS = "security: closed\nlimits:\n  default: {requests: 100000/min, burst: 100000}\n"
GUARDED = {
    "BASCULE_TRUSTED_PROXIES": "127.0.0.0/8",
    "BASCULE_HOSTS": "shop.example,api.example",
    "BASCULE_CORS_ORIGINS": "https://portal.example",
}

LONG = b"/v1/items?limit=100"
TARGETS = (
    b"/v1/items/0001", b"/v1/items/0002", LONG, b"/v1/items", b"/v1/items?limit=2", b"/v1/items/0001?fields=name", b"/v1/items/000%31",
    b"/v1/items?name=Spring&limit=1", b"/v1/items/9999", b"/v1/items/", b"/v1/items?limt=2", b"/v1//items", b"/v1/nothing",
    b"/v1/items/%ff", b"/v1/items/0001?", b"/v1/items/0001#x", b"//v1/items", b"/v1/items/a%2Fb", b"/livez", b"/v1", b"*",
    b"http://shop.example/v1/items/0001", b"http://other.example/v1/items", b"/v1/items?cursor=forged", b"/v1/items/\xff",
)  # fmt: skip
LINES = (
    b"Accept: application/json", b"Accept: text/csv", b"Accept: */*", b"Accept:", b"accept: text/html, */*;q=0.1",
    b"Accept-Encoding: gzip", b"Accept-Encoding: br, zstd", b"ACCEPT-ENCODING: identity;q=0", b"Accept-Language: de",
    b"If-None-Match: *", b'If-None-Match: "x"', b'If-None-Match: W/"x", "y"', b"If-Modified-Since: Sat, 21 Nov 2026 19:38:30 GMT",
    b"Cache-Control: no-cache", b"Range: bytes=0-1", b"Expect: 100-continue", b"Expect: tea", b"Connection: close",
    b"Connection: keep-alive", b"Connection:Keep-Alive ", b"Connection: keep-alive, x", b"Content-Length: 0", b"Content-Type: a/b",
    b"Transfer-Encoding: chunked", b"X-Request-Id: mine", b"X-Request-Id: not mine", b"X-Request-Id:", b"Host: shop.example",
    b"Host: other.example", b"Origin: https://portal.example", b"Origin: https://other.example", b"X-Forwarded-Proto: https",
    b"X-Forwarded-Host: api.example", b"X-Forwarded-Host: a b", b"X-Forwarded-For: 192.0.2.1, 10.0.0.1", b"X_Forwarded_For: 192.0.2.1",
    b"X-Api-Key: " + KEY, b"x-api-key:\t" + KEY + b"\t", b"Authorization: Bearer " + KEY, b"Authorization: Basic eDp5", b"X-Api-Key: x",
    b"X-Api-Key: " + KEY[:-1], b"Cookie: a=b; c=d", b"X-A: \xe9", b"X-A: a\x0bb", b"X-A : a", b" X-A: a", b"X-A", b"X-A: " + b"a" * 9_000,
    b"Access-Control-Request-Method: GET", b"Upgrade: h2c", b"Traceparent: 00-" + b"a" * 32 + b"-" + b"b" * 16 + b"-01",
)  # fmt: skip


def request(method: bytes, target: bytes, version: bytes, lines: list[bytes]) -> bytes:
    """A request as it stands on the wire."""
    return b"\r\n".join([method + b" " + target + b" " + version, *lines, b"", b""])


methods = st.sampled_from([b"GET"] * 6 + [b"HEAD"] * 2 + [b"OPTIONS", b"POST", b"PUT", b"get", b"TRACE"])
versions = st.sampled_from([b"HTTP/1.1"] * 8 + [b"HTTP/1.0", b"HTTP/2.0"])
hosts = st.sampled_from(
    [[b"Host: shop.example"]] * 8 + [[], [b"hOST:\tshop.example "], [b"Host: other.example:81"], [b"Host: a b"]]
)
heads = st.builds(
    lambda host, key, more: host + key + more,
    hosts,
    st.sampled_from([[], [b"X-Api-Key: " + KEY], [b"X-Api-Key: " + KEY], [b"Authorization: Bearer " + KEY]]),
    st.lists(st.sampled_from(LINES), max_size=3),
).flatmap(st.permutations)
requests = st.builds(request, methods, st.sampled_from((TARGETS[0],) * 8 + TARGETS), versions, heads)
plain = st.builds(
    request,
    st.just(b"GET"),
    st.sampled_from(TARGETS[:6]),
    st.just(b"HTTP/1.1"),
    st.just([b"Host: shop.example", b"X-Api-Key: " + KEY]),
)
modest = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Served:
    """Both gateways, and the key to them."""

    def __init__(self, both: Both, key: bytes) -> None:
        self.both, self.key = both, key

    def alike(self, *pieces: bytes) -> bytes:
        """What both say to the pieces, the key in its place."""
        return self.both.alike(*[piece.replace(KEY, self.key) for piece in pieces]).said


def closed(folder: Path) -> bytes:
    """Write a contract that serves who has a key, and give one out."""
    (folder / "gateway.yaml").write_text(shop.GATEWAY + LIMITS, encoding="utf-8")
    state = State("sqlite:///state.db", folder)
    text, _ = KeyManager(state, pepper_of("", state)).create(Grant("a caller", ()))
    state.close()
    return text.encode()


@pytest.fixture(scope="module", params=["open", "closed"])
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The shop, whose items are kept for an hour: open to everybody; or closed, with limits, behind a proxy, for pages of a portal."""
    place = tmp_path_factory.mktemp(request.param)
    folder = shop.build(place / "shop")
    shop.write_items(folder, shop.ITEMS + CACHE)
    with closing(sqlite3.connect(folder / "shop.db")) as connection, connection:
        connection.executemany(
            "INSERT INTO ITEM VALUES (?, 'Washer', 1260131)", [(f"1{each:03}",) for each in range(200)]
        )
    guarded = request.param == "closed"
    key = closed(folder) if guarded else b"anything"
    both = Both.start(folder, place, GUARDED if guarded else None)
    answered = every = 0
    try:
        yield Served(both, key)
    finally:
        answered, every = both.end()
    assert 50 < answered < every - 50, "either way has answered much of it"


@modest
@given(requests)
def test_one_request(served: Served, data: bytes) -> None:
    """Methods, targets, versions, fields in any order and case, twice or spoiled, credentials, proxies, origins."""
    served.alike(data)
    served.alike(data)  # now it is in memory, if it can be


@modest
@given(requests, st.data())
def test_a_request_in_pieces(served: Served, data: bytes, draw: st.DataObject) -> None:
    """Cut anywhere: in the request line, in a field, before the last line feed."""
    served.alike(data)
    cuts = draw.draw(st.lists(st.integers(1, len(data) - 1), min_size=1, max_size=3, unique=True).map(sorted))
    whole = data.replace(KEY, served.key)
    served.alike(*[whole[start:end] for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)])


@modest
@given(st.lists(st.one_of(plain, plain, requests), min_size=2, max_size=3), st.booleans())
def test_requests_in_one_go(served: Served, several: list[bytes], begun: bool) -> None:  # noqa: FBT001  # hypothesis gives it
    """Two or three in one piece; or the last of them cut in its midst."""
    data = b"".join(several)
    served.alike(*([data[:-9], data[-9:]] if begun else [data]))


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize(
    ("method", "target"), [(b"GET", TARGETS[0]), (b"HEAD", TARGETS[0]), (b"GET", LONG), (b"HEAD", LONG)]
)
def test_each_field(served: Served, method: bytes, target: bytes, line: bytes) -> None:
    """Every field of the table beside a request that is kept in memory: a short answer, and one that is worth coding."""
    own = [] if line.lower().startswith((b"x-api-key", b"authorization")) else [b"X-Api-Key: " + KEY]
    served.alike(request(method, target, b"HTTP/1.1", [b"Host: shop.example", *own, line]))


@pytest.mark.parametrize("target", TARGETS)
def test_each_target(served: Served, target: bytes) -> None:
    """Every target of the table, twice: from its source, and from memory."""
    data = request(b"GET", target, b"HTTP/1.1", [b"Host: shop.example", b"X-Api-Key: " + KEY])
    assert [served.alike(data)[:13] for _ in range(2)] == [served.alike(data)[:13]] * 2


def test_what_has_not_changed(served: Served) -> None:
    """The tag of an answer that is kept is answered with 304 and no body."""
    lines = [b"Host: shop.example", b"X-Api-Key: " + KEY]
    said = served.alike(request(b"GET", TARGETS[0], b"HTTP/1.1", lines))
    tag = said.partition(b"ETag: ")[2].partition(b"\r\n")[0]
    same = served.alike(request(b"GET", TARGETS[0], b"HTTP/1.1", [*lines, b"If-None-Match: " + tag]))
    assert same.startswith(b"HTTP/1.1 304 ")


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if not row.ends])
def test_the_corpus(served: Served, name: str) -> None:
    """What is no honest request meets the same end by either way."""
    served.alike(ROWS[name].sent)
