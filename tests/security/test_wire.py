"""The corpus over raw sockets: what is no honest request is refused or read soundly, and never answers for another.

It is sent to a gateway with the lane and to one without. Clients that send slowly are the business of tests/lane, and of the
proxy before the gateway: tests/deploy/test_nginx.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from gunicorn.http import errors

from app.web import wire
from tests import shop
from tests.security.corpus import CANARY, GET, HOST, ROWS, SECRET, Row
from tests.security.raw import Connection, Reply, connected, parsed
from tests.serving.running import Running

NEXT = b"GET /v1/items/0002 HTTP/1.1\r\n" + HOST + b"\r\n"
BANNERS = (b"gunicorn", b"werkzeug", b"python", b"traceback", b'file "')


@pytest.fixture(scope="module", params=["on", "off"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The shop, served by one worker that logs all it has to say, where gunicorn's own word would trust everybody.

    Its items are kept for an hour, so that what is honest in a row can be answered by the lane, where there is one.
    """
    folder = tmp_path_factory.mktemp("wire")
    variables = {"BASCULE_LOG_LEVEL": "debug", "FORWARDED_ALLOW_IPS": "*"}
    options = ("--workers", "1", "--lane", request.param)
    built = shop.build(folder / "shop")
    shop.write_items(built, shop.ITEMS + "cache: {fresh: 1h}\n")
    started = Running.start(built, folder / "log", *options, settings=variables)
    assert [started.status(f"/v1/items/{item}") for item in ("0001", "0002", "0003")] == [200] * 3
    yield started
    started.end()


def gives_nothing_away(reply: Reply) -> None:
    """The answer has no banner, no traceback, no hidden item and nobody's secret, and the headers of every answer."""
    assert reply.headers["Server"] is None
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["Content-Security-Policy"] is not None
    assert CANARY not in reply.bytes
    assert SECRET not in reply.bytes
    assert [banner for banner in BANNERS if banner in reply.bytes.lower()] == []


def answered(connection: Connection, row: Row) -> list[Reply]:
    """What comes back for a row, as many answers as it asks for."""
    connection.send(row.sent, ends=row.ends)
    replies = [connection.reply() for _ in row.statuses]
    return [reply for reply in replies if reply is not None]


@pytest.mark.parametrize("name", ROWS)
def test_a_row_of_the_corpus(running: Running, name: str) -> None:
    """The statuses are the table's; then the connection is closed, or the next request on it gets its own answer."""
    row = ROWS[name]
    with connected(running.port) as connection:
        replies = answered(connection, row)
        assert tuple(reply.status for reply in replies) == row.statuses
        for reply in replies:
            gives_nothing_away(reply)
        if not row.closes:
            connection.send(NEXT)
        following = connection.reply()
    if row.closes:
        assert following is None, "what was hidden, or what came after, is answered"
    else:
        assert following is not None
        assert (following.status, b"0002" in following.body) == (200, True)


def test_a_body_that_is_too_large_ends_the_connection(running: Running) -> None:
    """A 413 says that the connection is closed, instead of reading on for the next request."""
    with connected(running.port) as connection:
        (reply,) = answered(connection, ROWS["length: a body that is too large"])
    assert (reply.status, reply.headers["Connection"]) == (413, "close")


def test_the_corpus_leaves_no_trace(running: Running) -> None:
    """After all of it the gateway serves, and its log has no traceback and no secret."""
    assert running.status("/v1/items/0001") == 200
    assert "Traceback" not in running.log()
    assert SECRET.decode() not in running.log()


def test_the_hidden_item_would_be_found(running: Running) -> None:
    """Asked for openly, the hidden item answers with its canary: the corpus would notice it."""
    with connected(running.port) as connection:
        connection.send(b"GET /v1/items/0003 HTTP/1.1\r\n" + HOST + b"\r\n")
        reply = connection.reply()
    assert reply is not None
    assert CANARY in reply.body


@pytest.mark.parametrize(
    "line",
    [
        b"X-Forwarded-Proto: https",
        b"X-Forwarded-Protocol: ssl",
        b"X-Forwarded-Ssl: on",
        b"X-Forwarded-Host: other.example",
        b"X-Forwarded-Prefix: /other",
        b"SCRIPT_NAME: /other",
        b"PATH_INFO: /other",
        b"Forwarded: for=192.0.2.1;proto=https;host=other.example",
    ],
)
def test_nobody_is_believed_unasked(running: Running, line: bytes) -> None:
    """Without the setting no header of a client changes scheme, host or path, whatever gunicorn is told."""
    with connected(running.port) as connection:
        connection.send(b"GET /v1/none HTTP/1.1\r\n" + HOST + line + b"\r\n\r\n")
        reply = connection.reply()
    assert reply is not None
    assert json.loads(reply.body)["type"] == "http://shop.example/problems/not-found"
    assert reply.headers["Strict-Transport-Security"] is None


def test_requests_in_one_go_are_answered_in_order(running: Running) -> None:
    """Three pipelined requests get three answers, each its own."""
    with connected(running.port) as connection:
        connection.send(NEXT + GET + HOST + b"\r\n" + NEXT)
        bodies = [reply.body for reply in (connection.reply() for _ in range(3)) if reply is not None]
    assert [b"0002" in body for body in bodies] == [True, False, True]


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (errors.LimitRequestLine(9, 8), 414),
        (errors.LimitRequestHeaders("x"), 431),
        (errors.InvalidHeader("x"), 400),
        (errors.InvalidSchemeHeaders(), 400),
        (errors.InvalidProxyHeader("x"), 400),
        (errors.ConfigurationProblem("x"), 500),
        (wire.OURS[1]("x"), 500),
        (ZeroDivisionError("x"), 500),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_whose_fault_it_is(failure: Exception, status: int) -> None:
    """What a client sent is a 4xx or 501; what the gateway did, a header it could not send among it, is a 500."""
    assert wire.status_of(failure) == status


@pytest.mark.parametrize("status", [400, 414, 417, 431, 500, 501])
def test_a_refusal_is_a_whole_answer(status: int) -> None:
    """It has the length that it says, a problem document without a word of the request, and ends the connection."""
    reply = parsed(wire.refusal(status))
    assert (reply.status, reply.headers["Connection"]) == (status, "close")
    assert len(reply.body) == int(reply.headers["Content-Length"])
    assert reply.headers["Content-Type"] == "application/problem+json"
    gives_nothing_away(reply)
