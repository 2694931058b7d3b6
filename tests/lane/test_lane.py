"""The lane by itself: bytes to bytes, by the rules of the other doors."""

from __future__ import annotations

import socket
from contextlib import closing
from typing import Any

import pytest
from gunicorn.http import wsgi
from gunicorn.http.parser import RequestParser

from app.exchange import Answer
from app.stages.authenticate import MOMENT
from app.web import lane as lanes
from app.web import wire
from app.web.bridge import STATUS, media_headers
from app.web.lane import Lane, Read
from tests.lane.inside import Memory, kept, lane
from tests.lane.test_heads import CONFIG
from tests.security.raw import parsed

CLIENT, SERVER = ("127.0.0.1", 40_000), ("127.0.0.1", 8080)
PATH = "/v2/parts/A%2F7"
ANSWERS = {
    PATH: kept(),
    "/v2/parts": kept(b"x" * 40_000, ("Vary", "Accept")),
    "/v2/same": Answer(304, b"", "", (("ETag", '"1"'),)),
    "/v2/none": Answer(404, b"{}", "application/problem+json", (("Content-Length", "2"),)),
}


def asked(*lines: str, path: str = PATH, method: str = "GET") -> bytes:
    """A request under an identifier of its own."""
    said = [f"{method} {path} HTTP/1.1", "Host: shop.example", "X-Request-Id: mine", *lines, "", ""]
    return "\r\n".join(said).encode()


def sent(found: Lane, data: bytes, client: Any = CLIENT, server: Any = SERVER) -> bytes:
    """Head and body of the lane's answer; nothing where it has none."""
    answer = found.answer(data, client, server)
    return b"" if answer is None or isinstance(answer, Read) else b"".join(answer)


def by_wire(found: Lane, data: bytes, answer: Answer) -> bytes:
    """The same answer as gunicorn sends it: through the surface and `wire.Response`."""
    here, there = socket.socketpair()
    with closing(here), closing(there):
        request = next(RequestParser(CONFIG, iter([data]), CLIENT))
        response, made = wsgi.create(request, there, CLIENT, SERVER, CONFIG, response_class=wire.Response)
        environ = dict(made)
        assert found.surface.refusal(environ) is None
        headers = [*media_headers(answer.media_type), *answer.headers, ("X-Request-Id", "mine")]
        response.start_response(STATUS[answer.status], found.surface.dressing(environ)(headers))
        response.write(answer.body)
        response.close()
        there.shutdown(socket.SHUT_WR)
        with here.makefile("rb") as reading:
            return reading.read()


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", ANSWERS)
@pytest.mark.parametrize("origin", ["Origin: https://portal.example", "Origin: https://other.example", "X: y"])
def test_the_bytes_are_those_of_the_wire(method: str, path: str, origin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Status line, every header in its place, and the body."""
    monkeypatch.setattr("time.time", lambda: 1_790_000_000.0)
    monkeypatch.setattr(lanes, "time", lambda: 1_790_000_000.9)
    found = lane(Memory(ANSWERS), cors_origins="https://portal.example")
    data = asked(origin, path=path, method=method)
    assert sent(found, data) == by_wire(found, data, ANSWERS[path]) != b""


@pytest.mark.parametrize(
    ("settings", "line", "address", "taken"),
    [
        ({"hosts": "api.example"}, "X: y", "127.0.0.1", False),
        ({"hosts": "shop.example"}, "X: y", "127.0.0.1", True),
        ({"trusted_proxies": "127.0.0.1", "hosts": "api.example"}, "X-Forwarded-Host: api.example", "127.0.0.1", True),
        ({"trusted_proxies": "127.0.0.1", "hosts": "api.example"}, "X-Forwarded-Host: api.example", "127.0.0.2", False),
        ({"trusted_proxies": "127.0.0.1"}, "X-Forwarded-Host: a b", "127.0.0.1", True),
        ({}, "Content-Length: 0", "127.0.0.1", False),
    ],
)
def test_what_the_surface_refuses_is_left(settings: dict[str, Any], line: str, address: str, taken: bool) -> None:  # noqa: FBT001  # a row of the table
    """Hosts and proxies are the surface's to judge, and a refusal is the surface's to write."""
    assert bool(sent(lane(Memory(ANSWERS), **settings), asked(line), (address, 40_000))) is taken


def test_a_trusted_proxys_word_reaches_the_answer() -> None:
    """Behind TLS an answer says so, as by the ordinary way."""
    found = lane(Memory(ANSWERS), trusted_proxies="127.0.0.1")
    assert parsed(sent(found, asked("X-Forwarded-Proto: https"))).headers["Strict-Transport-Security"] is not None
    assert parsed(sent(found, asked())).headers["Strict-Transport-Security"] is None


def test_each_request_has_its_own_identifier() -> None:
    """The caller's where it is a decent one; else a fresh one each time, also for a head that is known."""
    found, named, bad = lane(Memory(ANSWERS)), asked(), asked().replace(b"mine", b"not mine")
    unnamed = named.replace(b"X-Request-Id: mine\r\n", b"")
    assert {parsed(sent(found, named)).headers["X-Request-Id"] for _ in range(3)} == {"mine"}
    for said in (unnamed, bad):
        assert len({parsed(sent(found, said)).headers["X-Request-Id"] for _ in range(3)} - {"mine"}) == 3


def test_a_head_is_known_again_for_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its meaning is asked for once a moment and address, and nothing of it is held longer once another request has come."""
    now = 100.0
    monkeypatch.setattr(lanes, "monotonic", lambda: now)
    memory = Memory(ANSWERS)
    found = lane(memory)
    for _ in range(3):
        sent(found, asked())
    sent(found, asked(), ("127.0.0.2", 1))
    assert len(memory.known) == 2
    now += MOMENT
    sent(found, asked("X: y"))
    assert len(memory.known) == 3
    assert len(found._seen) == 1
    sent(found, asked())
    assert len(memory.known) == 4


def test_heads_are_known_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many heads a moment brings, so many bytes of them are held; the others are answered all the same."""
    monkeypatch.setattr(lanes, "MOST_BYTES", 1_000)
    monkeypatch.setattr(lanes, "monotonic", lambda: 100.0)
    found = lane(Memory(ANSWERS))
    assert all(sent(found, asked(f"X: {number}")) for number in range(50))
    assert sum(len(data) for data, _ in found._seen) <= 1_000
    assert len(found._seen) > 5


def test_no_head_lies_about_where_nobody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    """An idle worker drops the heads of its last requests, which may hold credentials; and none before its moment is over."""
    now = 100.0
    monkeypatch.setattr(lanes, "monotonic", lambda: now)
    found = lane(Memory(ANSWERS))
    assert sent(found, asked())
    found.tidy()
    assert found._seen
    now += MOMENT
    found.tidy()
    assert not found._seen


def test_what_is_not_known_is_asked_for_each_time() -> None:
    """A request that memory does not know yet, it may know the next time."""
    memory = Memory({})
    found = lane(memory)
    assert sent(found, asked()) == b""
    memory.answers = ANSWERS
    assert sent(found, asked()) != b""


def test_the_admin_port_is_not_the_lanes() -> None:
    """It is told by the port of the listening socket alone."""
    assert not lane(Memory(ANSWERS), admin_port=8081).serves(("127.0.0.1", 8081))
    assert lane(Memory(ANSWERS), admin_port=8081).serves(("127.0.0.1", 8080))
    assert lane(Memory(ANSWERS)).serves(("::1", 8081, 0, 0))


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\n", "\x00", "\x7f"])
def test_a_header_that_cannot_be_sent_is_not_sent(value: str) -> None:
    """Whatever would end a line is a failure of the gateway, which the ordinary way answers."""
    with pytest.raises(ValueError, match="cannot be sent"):
        sent(lane(Memory({PATH: kept(b"", ("X", value))})), asked())
