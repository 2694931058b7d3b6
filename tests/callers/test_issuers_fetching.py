"""What the gateway asks of another server's HTTP: over real sockets on this machine."""

from __future__ import annotations

import gzip
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from time import sleep

import pytest

from app.callers import fetching
from app.callers.fetching import MOST_BYTES, NotFetched, check, fetch
from app.callers.issuers import DISCOVERY
from app.callers.tokens import Tokens
from tests.callers.issuing import PATIENT, Clock, Server, claims, jwk, private_key, server, signed, spec


@pytest.fixture
def site() -> Iterator[Server]:
    """A server on this machine."""
    with server() as running:
        yield running


def failed(url: str) -> str:
    """Why a document is not to be had."""
    with pytest.raises(NotFetched) as failure:
        fetch(url)
    return str(failure.value.args[0])


def test_a_document_is_fetched(site: Server) -> None:
    """JSON comes back as values; the request says what it is, and carries nothing else."""
    assert fetch(site.publish("/keys", {"keys": []})) == {"keys": []}
    ((path, headers),) = site.asked
    assert path == "/keys"
    assert headers["User-Agent"] == "bascule"
    assert not {"Cookie", "Authorization", "Referer"} & set(headers)


def test_an_issuer_is_asked_over_http(site: Server) -> None:
    """Discovery, keys and a token's verification work together, over sockets."""
    key = private_key("RS256")
    keys = site.publish("/keys", {"keys": [jwk(key, "RS256", kid="k")]})
    site.publish("/plant" + DISCOVERY, {"issuer": site.url + "/plant", "jwks_uri": keys})
    tokens = Tokens({"plant": spec(keys="", issuer=site.url + "/plant")}, clock=Clock())
    text = signed(claims(iss=site.url + "/plant"), key, "RS256", kid="k")
    assert tokens.caller(text).identity == "token:plant/alice"
    assert [path for path, _ in site.asked] == ["/plant" + DISCOVERY, "/keys"]


@pytest.mark.parametrize(
    "url",
    [
        "https://login.example.com/keys",
        "http://127.0.0.1:8080/keys",
        "http://127.8.9.10/keys",
        "http://[::1]/keys",
        "http://localhost:99/keys",
    ],
)
def test_https_and_this_machine_may_be_asked(url: str) -> None:
    """HTTPS goes anywhere, HTTP only to this machine itself."""
    check(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://login.example.com/keys",
        "http://10.0.0.1/keys",
        "http://169.254.169.254/latest",
        "http://127.1/keys",
        "http://127.0.0.1.example.com/keys",
        "http://localhost.example.com/keys",
        "http://[::ffff:10.0.0.1]/keys",
        "https://user:password@login.example.com/keys",
        "http://localhost@10.0.0.1/keys",
        "https:///keys",
        "https://[::1/keys",
        "https://login.example.com:port/keys",
        "//login.example.com/keys",
        "login.example.com/keys",
        "ftp://127.0.0.1/keys",
        "file:///etc/passwd",
        "data:application/json,{}",
        "javascript:1",
        "",
    ],
)
def test_other_addresses_are_not_asked(url: str) -> None:
    """Plain HTTP to another host, other schemes, and addresses that read like something else are refused."""
    with pytest.raises(NotFetched):
        check(url)
    with pytest.raises(NotFetched):
        fetch(url)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(site: Server, status: int) -> None:
    """Not to another host and not to another page: the keys stand where the contract says."""
    site.publish("/other", {"keys": []})
    site.pages["/keys"] = (status, {"Location": "/other"}, b"")
    assert failed(site.url + "/keys") == f"it answers {status}"
    assert [path for path, _ in site.asked] == ["/keys"]


@pytest.mark.parametrize("status", [401, 404, 429, 500, 503])
def test_an_error_is_no_document(site: Server, status: int) -> None:
    """The body of an error is not read, even where it looks like keys."""
    site.pages["/keys"] = (status, {}, b'{"keys": []}')
    assert failed(site.url + "/keys") == f"it answers {status}"


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"{", b"[" * 100_000, b"\xff", gzip.compress(b"{}", mtime=0), b"{'keys': 1}"]
)
def test_what_is_not_json_is_refused(site: Server, body: bytes) -> None:
    """Error pages, half documents and hostile nesting end as a fetch that failed."""
    site.pages["/keys"] = (200, {}, body)
    assert failed(site.url + "/keys") == "its answer is not JSON"


def test_a_long_answer_is_not_read_to_its_end(site: Server) -> None:
    """Up to 1 MB is read; what is longer is refused."""
    fits = json.dumps({"keys": [], "x": ""}).encode()
    site.pages["/fits"] = (200, {}, fits + b" " * (MOST_BYTES - len(fits)))
    assert fetch(site.url + "/fits") == {"keys": [], "x": ""}
    site.pages["/long"] = (200, {}, fits + b" " * (MOST_BYTES - len(fits) + 1))
    assert failed(site.url + "/long") == f"its answer is longer than {MOST_BYTES} bytes"


def test_proxies_of_the_environment_are_not_used(site: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that was set for other programs neither sees nor makes the gateway's keys."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    assert fetch(site.publish("/keys", {"keys": []})) == {"keys": []}


def test_a_server_that_is_not_there() -> None:
    """A refused connection is a fetch that failed, and says so."""
    with socket.socket() as deaf:  # has the port, so that nobody else gets it, and does not listen
        deaf.bind(("127.0.0.1", 0))
        assert failed(f"http://127.0.0.1:{deaf.getsockname()[1]}/keys").startswith("it cannot be reached")


def _answer(listener: socket.socket, *parts: bytes, hold: threading.Event) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.recv(4096)
        for part in parts:
            connection.sendall(part)
        hold.wait(PATIENT)


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ((), "its answer takes longer than 0.1 s"),
        ((b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", b"{"), "its answer takes longer than 0.1 s"),
    ],
)
def test_a_silent_server_is_left(monkeypatch: pytest.MonkeyPatch, parts: tuple[bytes, ...], why: str) -> None:
    """A server that says nothing, or stops in the middle, is given up after the time-out."""
    monkeypatch.setattr(fetching, "TIMEOUT", 0.1)
    hold = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_answer, args=(listener, *parts), kwargs={"hold": hold})
        thread.start()
        assert failed(f"http://127.0.0.1:{listener.getsockname()[1]}/keys").startswith(why)
        hold.set()
        thread.join()


def _drip(listener: socket.socket, start: bytes, drop: bytes) -> None:
    """Answer with something, and then with a drop of it at a time for as long as somebody listens."""
    connection, _ = listener.accept()
    with connection, suppress(OSError):
        connection.recv(4096)
        connection.sendall(start)
        while True:
            connection.sendall(drop)
            sleep(0.01)


@pytest.mark.parametrize(
    ("start", "drop"),
    [
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nX-Header: ", b"x"),
        (b"HTTP/1.1 200 OK\r\n\r\n{}", b" "),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n{}", b" "),
    ],
)
def test_a_dripping_server_is_left(monkeypatch: pytest.MonkeyPatch, start: bytes, drop: bytes) -> None:
    """One byte at a time does not stretch the time-out, in the head or in the body; nor does the part that came count."""
    monkeypatch.setattr(fetching, "TIMEOUT", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_drip, args=(listener, start, drop))
        thread.start()
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/keys"
        assert failed(address) == "its answer takes longer than 0.1 s"
        thread.join()


@pytest.mark.parametrize("answer", [b"nonsense\r\n\r\n", b"HTTP/1.1 2OO OK\r\n\r\n", b""])
def test_what_is_no_http_is_refused(answer: bytes) -> None:
    """A server of another kind is a fetch that failed."""
    hold = threading.Event()
    hold.set()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_answer, args=(listener, answer), kwargs={"hold": hold})
        thread.start()
        assert failed(f"http://127.0.0.1:{listener.getsockname()[1]}/keys").startswith("it ")
        thread.join()
