"""Heads: what the lane takes for a plain read, gunicorn reads in the same way; the rest is left to gunicorn."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.http import errors, wsgi
from gunicorn.http.parser import RequestParser
from hypothesis import given
from hypothesis import strategies as st

from app.settings import Settings
from app.web import heads, server
from tests.lane.inside import BOUNDS, PROCESS
from tests.security.corpus import ROWS

CLIENT, SERVER = ("192.0.2.7", 40_000), ("127.0.0.1", 8080)
NAMES = [
    "Host",
    "Accept",
    "Connection",
    "Cookie",
    "Content-Type",
    "Content-Length",
    "X-A",
    "x-a",
    "X_A",
    "Range",
    "Transfer-Encoding",
    "Expect",
]
LINES = ("GET /v1/items/0001?a=b%20c&d HTTP/1.1", "HEAD /%41//b?? HTTP/1.1", "GET /a'()*!$;=@:~\" HTTP/1.1")
ODD = (
    "GET //a HTTP/1.1", "GET /a#b HTTP/1.1", "GET /a HTTP/1.0", "get /a HTTP/1.1", "GET * HTTP/1.1", "GET  /a HTTP/1.1",
    "GET http://h/a HTTP/1.1", "POST /a HTTP/1.1", "GET /\xe9 HTTP/1.1", "GET /a HTTP/1.1 ", "GET a HTTP/1.1",
)  # fmt: skip
PLAIN = b"GET /v1/items/0001 HTTP/1.1\r\nHost: shop.example\r\n\r\n"

fields = st.tuples(
    st.sampled_from(NAMES) | st.text("aZ0-_.!~ :\xe9", max_size=3),
    st.sampled_from(["", ":", ": ", ":\t", " : "]),
    st.sampled_from(["keep-alive", "close", "shop.example", "0", "chunked"]) | st.text('a,\t "\x7f\xe9=;', max_size=6),
)
requests = st.tuples(
    st.sampled_from(LINES + ODD), st.lists(fields.map("".join), max_size=5), st.sampled_from(["\r\n", "\r\n", "\n"])
).map(lambda parts: (parts[2].join([parts[0], "Host: shop.example", *parts[1], "", ""])).encode("latin-1"))


def config() -> Config:
    """gunicorn's settings, as the gateway sets them."""
    found = Config()
    for name, value in server.gunicorn_settings(PROCESS, Settings()).items():
        found.set(name, value)
    server._adapt_gunicorn(Settings())
    return found


CONFIG = config()


def by_gunicorn(data: bytes) -> dict[str, Any]:
    """The environment that gunicorn makes of the bytes. Raises what its parser does."""
    parser = RequestParser(CONFIG, iter([data]), CLIENT)
    request = next(parser)
    with socket.socket() as unused:
        _, environ = wsgi.create(request, unused, CLIENT, SERVER, CONFIG)
    assert not request.should_close()
    assert parser.unreader.take_buffered() == b""
    return dict(environ)


@given(requests)
def test_what_is_read_is_what_gunicorn_reads(data: bytes) -> None:
    """Each variable is gunicorn's, no header of gunicorn's is missing, and the connection goes on."""
    found = heads.environ(data, BOUNDS, CLIENT, SERVER)
    if found is None:
        return
    theirs = by_gunicorn(data)
    assert found == {name: theirs[name] for name in found}
    assert {name for name in theirs if name.startswith(("HTTP_", "CONTENT_"))} <= set(found)


@pytest.mark.parametrize("line", LINES)
def test_a_plain_read_is_taken(line: str) -> None:
    """The property above has something to hold: reads with the fields that clients send are taken."""
    said = f"{line}\r\nhost:shop.example\r\nAccept: a, b;q=0.1\t\r\nConnection: Keep-Alive\r\ncontent-type: x\r\n\r\n"
    found = heads.environ(said.encode(), BOUNDS, CLIENT, SERVER)
    assert found is not None
    assert found == {name: by_gunicorn(said.encode())[name] for name in found}
    assert (found["HTTP_HOST"], found["HTTP_ACCEPT"], found["CONTENT_TYPE"]) == ("shop.example", "a, b;q=0.1", "x")


@pytest.mark.parametrize("line", ODD)
def test_what_can_be_read_in_two_ways_is_left(line: str) -> None:
    """Another form of target, another version, another method."""
    assert heads.environ(f"{line}\r\nHost: a\r\n\r\n".encode("latin-1"), BOUNDS, CLIENT, SERVER) is None


@pytest.mark.parametrize(
    "field",
    [
        "Content-Length: 0", "Transfer-Encoding: chunked", "Expect: 100-continue", "Upgrade: h2c", "TE: trailers",
        "HTTP2-Settings: AAA", "Trailer: x", "Range: bytes=0-1", "Connection: close", "Connection: keep-alive, x",
        "Host: b", "X_A: b", " X: b", "X : b", "X: \xe9", "X: \x0b", "X", ": b", "X: a\rb", "X: a\nb",
    ],
)  # fmt: skip
def test_a_field_that_is_gunicorns_to_judge(field: str) -> None:
    """Framing, another protocol, a second time, another spelling: the whole request is left."""
    said = PLAIN.replace(b"\r\n\r\n", b"\r\n" + field.encode("latin-1") + b"\r\n\r\n")
    assert heads.environ(said, BOUNDS, CLIENT, SERVER) is None


def taken(data: bytes) -> bool:
    """Whether the lane reads it, of what gunicorn reads; what gunicorn refuses for its size, the lane must not read."""
    found = heads.environ(data, BOUNDS, CLIENT, SERVER) is not None
    if not found:
        with pytest.raises((errors.LimitRequestLine, errors.LimitRequestHeaders)):
            by_gunicorn(data)
    return found


def test_bounds_are_gunicorns() -> None:
    """At each bound a head is read by both; a byte or a field beyond it is refused by gunicorn and left by the lane."""
    said = CONFIG.limit_request_line, CONFIG.limit_request_fields, CONFIG.limit_request_field_size
    assert heads.Bounds(*said) == BOUNDS
    for number, size, fits in ((63, 8_190, True), (64, 10, False), (1, 8_191, False)):
        fields = b"".join(b"X-%02d: %s\r\n" % (each, b"a" * (size - len("X-00: \r\n"))) for each in range(number))
        assert taken(PLAIN[:-2] + fields + b"\r\n") is fits
    long = b"/" + b"a" * (BOUNDS.line - len("GET / HTTP/1.1"))
    assert taken(PLAIN.replace(b"/v1/items/0001", long))
    assert not taken(PLAIN.replace(b"/v1/items/0001", long + b"a"))


def test_a_mounted_gateway(monkeypatch: pytest.MonkeyPatch) -> None:
    """Below a mount point the path is told from it as gunicorn does; what is not below it is gunicorn's to refuse."""
    monkeypatch.setenv("SCRIPT_NAME", "/v1")
    found = heads.environ(PLAIN, BOUNDS, CLIENT, SERVER)
    assert found is not None
    assert (found["SCRIPT_NAME"], found["PATH_INFO"]) == ("/v1", "/items/0001")
    assert found == {name: by_gunicorn(PLAIN)[name] for name in found}
    assert heads.environ(PLAIN.replace(b"/v1", b"/v2"), BOUNDS, CLIENT, SERVER) is None


@pytest.mark.parametrize("cut", range(1, len(PLAIN)))
def test_a_beginning_is_waited_for(cut: int) -> None:
    """However much of a sound head has come, gunicorn would read on."""
    assert heads.unfinished(PLAIN[:cut], CONFIG, CLIENT)


@pytest.mark.parametrize(
    "said",
    [
        b"GET /a HTTP/1.1\nHost",
        b"get /a HTTP/1.1\r\nHo",
        b"GET /a HTTP/3.0\r\n",
        b"GET /" + b"a" * 30_000,
        b"GET /\xff HTTP/1.1\r\n",
    ],
)
def test_a_beginning_that_is_wrong_is_not_waited_for(said: bytes) -> None:
    """What gunicorn would refuse before it has the whole head, it refuses as early as without the lane."""
    assert not heads.unfinished(said, CONFIG, CLIENT)


@pytest.mark.parametrize("name", ROWS)
def test_nothing_of_the_corpus_is_a_plain_read(name: str) -> None:
    """What is no honest request, the lane never takes; what it takes of the rest, it reads as gunicorn does."""
    sent = ROWS[name].sent
    found = heads.environ(sent, BOUNDS, CLIENT, SERVER)
    if found is not None:
        assert found == {each: by_gunicorn(sent)[each] for each in found}
        assert len(ROWS[name].statuses) == 1
