"""The same through the server process, whose own parser answers first: a clean refusal, and the gateway lives on."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from werkzeug.datastructures import Headers

from tests.http.client import Reply
from tests.http.secrets import told
from tests.serving.running import Running

HOST = b"Host: gateway.example\r\n"
MEGABYTE = 1_048_576


@pytest.fixture(scope="module")
def running(plant: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The demo plant, served."""
    started = Running.start(plant, tmp_path_factory.mktemp("served") / "gateway.log", "--workers", "1")
    yield started
    started.end()


def sent(running: Running, request: bytes) -> Reply:
    """What comes back for these very bytes. Nothing at all is a status of 0."""
    with socket.create_connection(("127.0.0.1", running.port), timeout=60) as connection:
        received = b""
        with suppress(OSError):  # a server may hang up on a request that it does not want to read to its end
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
        with suppress(OSError):
            while part := connection.recv(65_536):
                received += part
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = Headers([(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)])
    return Reply(int(first.split()[1]) if first else 0, headers, body)


def got(running: Running, target: bytes, headers: bytes = b"", method: bytes = b"GET") -> Reply:
    """The answer to a request for a target, sent as it stands."""
    return sent(running, method + b" " + target + b" HTTP/1.1\r\n" + HOST + headers + b"Connection: close\r\n\r\n")


def refused(running: Running, reply: Reply, *statuses: int) -> None:
    """The request was refused, nothing was given away, and the next one is answered."""
    assert reply.status in statuses, (reply, running.log()[-2_000:])
    assert told(reply) == []
    assert "Server" not in reply.headers
    assert running.status("/v2/orders/0021740") == 200
    assert "Traceback" not in running.log()


@pytest.mark.parametrize(
    ("target", "statuses"),
    [
        (b"/v2/orders?customer_number=" + b"x" * MEGABYTE, (414,)),
        (b"/v2/orders?" + b"&".join([b"status=released"] * 10_000), (414,)),
        (b"/v2/orders?" + b"&" * 20_000, (414,)),
        (b"/v2/orders?" + b"&".join([b"a=1"] * 500), (422,)),
        (b"/v2/orders/" + b"9" * 20_000, (422,)),
        (b"/v2/orders/" + b"9" * MEGABYTE, (414,)),
        (b"/v2/orders?customer_number=%00", (400,)),
        (b"/v2/orders?customer_number=\x00", (400,)),
        (b"/v2/orders?customer_number=%FF", (400,)),
        (b"/v2/orders?customer_number=\xff\xfe", (400,)),
        (b"/v2/orders/\xff", (400,)),
        (b"/v2/orders/%FF", (400,)),
        (b"/v2/orders/%00", (400,)),
        (b"/v2/orders/\x00", (400,)),
        (b"/v2/orders/1 2", (400,)),
        (b"/v2/orders\t", (400, 404)),
        (b"/v2/orders?limit=1000000000", (422,)),
        (b"/v2/orders?cursor=forged.cursor", (400,)),
        (b"/v2/orders?number=%27%20OR%201=1", (422,)),
        (b"/../../etc/passwd", (404,)),
        (b"/v2/../../etc/passwd", (404,)),
        (b"/static/..%2f..%2f..%2fsettings.py", (404,)),
        (b"/static/%2e%2e/%2e%2e/settings.py", (404,)),
        (b"/%00", (400, 404)),
        (b"/%FF", (400, 404)),
        (b"//v2/orders", (404,)),
        (b"v2/orders", (400, 404)),
        (b"http://[bad/v2/orders", (400, 404)),
        (b"?", (400, 404)),
    ],
    ids=lambda value: repr(value[:40]) if isinstance(value, bytes) else None,
)
def test_a_bad_target(running: Running, target: bytes, statuses: tuple[int, ...]) -> None:
    """Too long, no text, SQL, a way out of the tree: a client error, whoever answers."""
    refused(running, got(running, target), *statuses)


@pytest.mark.parametrize(
    "headers",
    [
        b"X-Long: " + b"x" * 100_000 + b"\r\n",
        b"".join(b"X-%d: x\r\n" % number for number in range(1_000)),
        b"No colon\r\n",
        b"Bad Name: x\r\n",
        b"X-Nul: a\x00b\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: 1\r\nContent-Length: 2\r\n",
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: nonsense\r\n",
    ],
    ids=lambda value: repr(value[:30]),
)
def test_bad_headers(running: Running, headers: bytes) -> None:
    """Headers that are too long, too many, malformed or in contradiction are refused by the server."""
    refused(running, got(running, b"/v2/orders?limit=1", headers), 400, 431, 501)


@pytest.mark.parametrize(
    "request_line",
    [b"GET\r\n\r\n", b"GET /v2/orders\r\n\r\n", b"GET /v2/orders HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01", b"\x00" * 100 + b"\r\n\r\n",
     b"G\xc3\x89T /v2/orders HTTP/1.1\r\n\r\n", b"GET /v2/orders HTTP/1.1 x\r\n\r\n"],
    ids=repr,
)  # fmt: skip
def test_what_is_no_request(running: Running, request_line: bytes) -> None:
    """Bytes that are no request are refused, or not answered at all."""
    refused(running, sent(running, request_line), 0, 400, 405, 505)


@pytest.mark.parametrize("method", [b"POST", b"PUT", b"DELETE", b"PATCH", b"TRACE", b"PROPFIND", b"get", b"X" * 19])
def test_other_methods(running: Running, method: bytes) -> None:
    """Methods that are not served are refused, with or without a body."""
    body = b"Content-Length: 0\r\n"
    reply = got(running, b"/v2/orders/0021740", body, method)
    refused(running, reply, 400, 405)
    assert reply.status == 400 or reply.headers["Allow"] == "GET, HEAD, OPTIONS"


def test_a_body_that_nobody_reads(running: Running) -> None:
    """A GET with a body of a megabyte is answered as one without."""
    headers = b"Content-Length: %d\r\n" % MEGABYTE
    line = b"GET /v2/orders/0021740 HTTP/1.1\r\n" + HOST + headers + b"Connection: close\r\n\r\n"
    assert sent(running, line + b"x" * MEGABYTE).status in {0, 200}
    assert running.status("/v2/orders/0021740") == 200


def test_a_host_that_is_none(running: Running) -> None:
    """Links do not repeat a host that could break out of them."""
    request = b"GET /v2/orders/1/ HTTP/1.1\r\nHost: evil.example/x?\r\nConnection: close\r\n\r\n"
    reply = sent(running, request)
    assert reply.status in {308, 400}
    assert "evil" not in str(reply.headers)
