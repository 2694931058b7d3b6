"""The worker around the lane: who answers, who waits, and what becomes of those who keep others waiting."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, suppress
from typing import Any, cast

import pytest
from gunicorn.workers import gthread
from gunicorn.workers.gthread import ThreadWorker

from app.web import poller
from app.web.line import Line, rest
from app.web.poller import Connection
from tests.lane.inside import Inside, Memory, kept, lane, working
from tests.lane.test_heads import config
from tests.lane.test_lane import ANSWERS, asked
from tests.security import raw
from tests.security.raw import Reply, connected

BIG = kept(b"x" * 20_000_000)
ORDINARY = "/v2/orders"  # not in memory: a thread answers it
STOPPING: float = gthread.STOP_KEEPALIVE_LINGER  # type: ignore[attr-defined]  # gunicorn has it, its type stubs do not


@pytest.fixture
def inside() -> Iterator[Inside]:
    """A worker with two threads and a memory of a few answers."""
    with working(lane(Memory({**ANSWERS, "/v2/big": BIG}), admin_port=1)) as found:
        yield found


def memory(inside: Inside) -> Memory:
    """What the worker remembers."""
    found = inside.worker.lane.recall
    assert isinstance(found, Memory)
    return found


def reply(connection: raw.Connection, data: bytes = b"") -> Reply:
    """The answer to the bytes."""
    connection.send(data)
    found = connection.reply()
    assert found is not None
    return found


def test_the_poller_answers_and_a_thread_does_the_rest(inside: Inside) -> None:
    """What is in memory comes from the thread that watches connections, with nobody else's help; both on one connection."""
    with connected(inside.port) as connection:
        assert reply(connection, asked()).status == 200
        assert reply(connection, asked(path=ORDINARY)).status == 200
        assert reply(connection, asked(method="POST")).status == 405
        assert reply(connection, asked()).body == ANSWERS["/v2/parts/A%2F7"].body
    assert (inside.worker.answered, inside.worker.nr) == (2, 4)
    assert memory(inside).threads == {"poller"}


def test_requests_in_one_go_are_a_threads(inside: Inside) -> None:
    """Three in one piece are answered in order, none of them by the lane; the next alone is the lane's again."""
    with connected(inside.port) as connection:
        connection.send(asked() + asked(path=ORDINARY) + asked())
        assert [len(reply(connection).body) > 0 for _ in range(3)] == [True] * 3
        assert inside.worker.answered == 0
        assert reply(connection, asked()).status == 200
        assert inside.worker.answered == 1


@pytest.mark.parametrize("cut", [1, 3, 9, 25, 27, 40, 60, -3, -2, -1])
def test_a_head_in_two_pieces(inside: Inside, cut: int) -> None:
    """It is answered by the lane when it is whole, wherever it was cut."""
    data = asked()
    with connected(inside.port) as connection:
        connection.send(data[:cut])
        inside.wait(lambda: inside.worker.holding == len(data[:cut]), "the beginning is held")
        assert reply(connection, data[cut:]).status == 200
    assert (inside.worker.answered, inside.worker.holding) == (1, 0)


def test_half_heads_keep_nobody_waiting(inside: Inside) -> None:
    """Three hundred clients that stop in the midst of a head, of whatever kind, hold none of the two threads."""
    halves = [asked()[:-2], asked(path=ORDINARY)[:-1], b"POST /v2/parts HTTP/1.1\r\nHo", b"G", b"\r", b""]
    with ExitStack() as clients:
        for number in range(300):
            clients.enter_context(connected(inside.port)).send(halves[number % len(halves)])
        inside.wait(lambda: len(inside.worker.begun) == 250, "the beginnings are held")
        with connected(inside.port) as connection:
            assert reply(connection, asked(path=ORDINARY)).status == 200
            assert reply(connection, asked()).status == 200
    inside.wait(lambda: inside.worker.nr_conns == 0, "all of them are gone")
    assert inside.worker.holding == 0


def test_a_head_that_is_never_whole_ends(inside: Inside) -> None:
    """It is told so (408), and the connection is closed; one that never says a word is closed without one."""
    with connected(inside.port) as silent, connected(inside.port) as half:
        half.send(asked()[:20])
        inside.wait(
            lambda: (len(inside.worker.pending_conns), len(inside.worker.begun)) == (1, 1), "both are waited for"
        )
        inside.later(poller.HEAD_SECONDS)
        found = half.reply()
        assert found is not None
        assert (found.status, found.headers["Connection"]) == (408, "close")
        assert half.reply() is None
        assert silent.reply() is None
    inside.wait(lambda: inside.worker.nr_conns == 0, "all of them are gone")


def test_heads_together_have_a_bound(inside: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond it the one that goes on is refused (503); the others are read on."""
    monkeypatch.setattr(poller, "HOLDS", 1_000)
    with connected(inside.port) as small, connected(inside.port) as large:
        small.send(asked()[:-2])
        inside.wait(lambda: inside.worker.holding > 0, "the small one is held")
        found = reply(large, asked(f"X: {'a' * 2_000}")[:-2])
        assert (found.status, found.headers["Connection"]) == (503, "close")
        assert reply(small, asked()[-2:]).status == 200


def test_a_head_beyond_all_bounds_is_refused(inside: Inside) -> None:
    """600 kB of a field that has no end are refused with 431, as by gunicorn, and cost no thread."""
    with connected(inside.port) as connection:
        connection.send(asked()[:-2] + b"X: ")
        with suppress(OSError):
            connection.wire.sendall(b"a" * 600_000)
        found = connection.reply()
    assert found is not None
    assert found.status == 431
    assert inside.worker.nr == 0


def test_a_client_that_does_not_read_keeps_nobody_waiting(inside: Inside) -> None:
    """Big answers that are not taken wait in the poller; who takes one late gets it whole, and may ask again."""
    with ExitStack() as clients:
        slow = [clients.enter_context(connected(inside.port, window=4_096)) for _ in range(5)]
        for each in slow:
            each.send(asked(path="/v2/big"))
        inside.wait(lambda: len(inside.worker.sending) == 5, "the answers are stuck")
        with connected(inside.port) as other:
            assert reply(other, asked()).status == 200
            assert reply(other, asked(path=ORDINARY)).status == 200
        assert reply(slow[0]).body == BIG.body
        inside.wait(lambda: len(inside.worker.sending) == 4, "it is idle")
        assert reply(slow[0], asked()).status == 200
    inside.wait(lambda: inside.worker.nr_conns == 0, "all of them are gone")


def test_a_client_that_never_reads_is_closed(inside: Inside) -> None:
    """After a while without a byte taken; what it gets then is short of what was said."""
    with connected(inside.port, window=4_096) as connection:
        connection.send(asked(path="/v2/big"))
        inside.wait(lambda: len(inside.worker.sending) == 1, "the answer is stuck")
        inside.later(poller.STALLED)
        inside.wait(lambda: inside.worker.nr_conns == 0, "it is closed")
        with suppress(ConnectionError):
            assert len(reply(connection).body) < len(BIG.body)


def test_a_client_that_does_not_close_keeps_nobody_waiting(inside: Inside) -> None:
    """Ten clients that hear of the connection's end, and leave it open, are waited for beside the others' requests."""
    with ExitStack() as clients:
        for _ in range(10):
            assert reply(clients.enter_context(connected(inside.port)), asked("Connection: close")).status == 200
        inside.wait(lambda: len(inside.worker.closing) == 10, "they are seen off")
        with connected(inside.port) as other:
            assert reply(other, asked()).status == 200
            assert reply(other, asked(path=ORDINARY)).status == 200
        assert len(inside.worker.closing) == 10
    inside.wait(lambda: inside.worker.nr_conns == 0, "all of them are gone")


def test_a_client_that_never_closes_is_cut_off(inside: Inside) -> None:
    """After a while the worker is done with it, whatever the client does."""
    with connected(inside.port) as connection:
        assert reply(connection, asked("Connection: close")).status == 200
        inside.wait(lambda: len(inside.worker.closing) == 1, "it is seen off")
        inside.later(poller.LINGER)
        inside.wait(lambda: inside.worker.nr_conns == 0, "it is cut off")


def test_a_worker_that_stops_does_not_wait_for_the_silent(inside: Inside) -> None:
    """A connection that has never said a word is given up soon, however long it might have been silent else."""
    soon = inside.clock.at + STOPPING
    assert poller.HEAD_SECONDS > STOPPING
    with connected(inside.port):
        inside.wait(lambda: len(inside.worker.pending_conns) == 1, "it is accepted")
        inside.worker.handle_exit(0, None)
        inside.wait(lambda: inside.worker.pending_conns[0].timeout == soon, "it has a moment left")
        inside.later(STOPPING)
        inside.wait(lambda: inside.worker.nr_conns == 0, "it is given up")


def test_idle_connections_end_in_their_order(inside: Inside) -> None:
    """Who asks again and again is kept; who has asked once is closed after the time for it."""
    with connected(inside.port) as idle, connected(inside.port) as busy:
        for each in (idle, busy):
            assert reply(each, asked()).status == 200
        inside.wait(lambda: len(inside.worker.keepalived_conns) == 2, "both are idle")
        for _ in range(2):
            inside.later(inside.worker.keepalive / 2)
            assert reply(busy, asked()).status == 200
        assert idle.reply() is None
        assert reply(busy, asked()).status == 200


def test_a_failure_is_an_answer_by_the_ordinary_way(inside: Inside, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever is wrong in the lane, the request is answered, and the log says it once."""
    memory(inside).failure = ZeroDivisionError()
    inside.worker.log.error_log.addHandler(caplog.handler)
    with connected(inside.port) as connection:
        for _ in range(3):
            assert reply(connection, asked()).status == 200
    inside.worker.log.error_log.removeHandler(caplog.handler)
    assert inside.worker.answered == 0
    assert len([record for record in caplog.records if "the lane failed" in record.getMessage()]) == 1


def test_a_failure_at_a_connection_ends_that_one(inside: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    """And no other: the loop that all live by goes on."""
    with connected(inside.port) as one, connected(inside.port) as other:
        assert reply(other, asked()).status == 200
        monkeypatch.setattr(inside.worker, "_hold", lambda *_: 1 / 0)
        one.send(b"G")
        assert one.reply() is None
        assert reply(other, asked()).status == 200
    inside.wait(lambda: inside.worker.nr_conns == 0, "all of them are gone")


def test_the_admin_port_is_never_the_lanes() -> None:
    """The same request at that port is a thread's."""
    found = lane(Memory(ANSWERS))
    with working(found) as inside:
        found.admin_port = inside.port
        with connected(inside.port) as connection:
            assert reply(connection, asked()).status == 200
        assert (inside.worker.answered, inside.worker.nr) == (0, 1)


def test_a_worker_that_stops_answers_and_closes(inside: Inside) -> None:
    """A request on a connection that was kept is answered, with `Connection: close`, and not by the lane."""
    with connected(inside.port) as connection, connected(inside.port) as half, connected(inside.port):
        assert reply(connection, asked()).headers["Connection"] == "keep-alive"
        half.send(asked()[:30])
        inside.wait(lambda: len(inside.worker.begun) == 1, "a head has begun")
        inside.worker.alive = False
        inside.worker.method_queue.defer(lambda: None)
        found = reply(connection, asked())
        assert (found.status, found.headers["Connection"]) == (200, "close")
        assert connection.reply() is None
        assert reply(half, asked()[30:]).headers["Connection"] == "close"
    assert inside.worker.answered == 1


@pytest.mark.parametrize(("settings", "number"), [({"max_requests": 3}, 3), ({"worker_connections": 3}, 2)])
def test_the_bounds_of_gunicorn_are_kept(settings: dict[str, Any], number: int) -> None:
    """The last request of a worker, and an idle connection too many, end their connection; those before do not."""
    with working(lane(Memory(ANSWERS)), **settings) as inside, ExitStack() as clients:
        each = [clients.enter_context(connected(inside.port)) for _ in range(number)]
        said = [reply(connection, asked()).headers["Connection"] for connection in each]
    assert said == ["keep-alive"] * (number - 1) + ["close"]


class Member:
    """What a Line asks of a connection."""

    def __init__(self, timeout: float) -> None:
        self.timeout, self.line = timeout, Line()


def test_a_line_is_a_deque_that_can_be_left() -> None:
    """First in, first out; whoever is appended again is the last, and in no other line any more."""
    one, two, three = members = [cast("Connection", Member(time)) for time in (1.0, 2.0, 3.0)]
    line, other = Line(), Line()
    for member in members:
        line.append(member)
    line.append(one)
    assert (list(line), line[0], len(line)) == ([two, three, one], two, 3)
    other.append(two)
    assert (list(line), list(other)) == ([three, one], [two])
    line.remove(two)  # who is not there any more
    one.timeout = 4.0
    assert list(line.due(3.0)) == [three]
    assert line.popleft() is one
    assert not line


def test_what_is_left_of_pieces() -> None:
    """Cut anywhere, the two parts are the whole."""
    pieces = [memoryview(b"abc"), memoryview(b""), memoryview(b"defg")]
    for sent in range(8):
        assert b"".join(rest(pieces, sent)) == b"abcdefg"[sent:]


def test_a_gunicorn_that_is_known_has_no_obstacle() -> None:
    """With the settings of the gateway the lane can be used."""
    assert poller.obstacle(config()) == ""


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("certfile", "a.pem"),
        ("proxy_protocol", "auto"),
        ("forwarded_allow_ips", "*"),
        ("keepalive", 0),
        ("http2_cleartext", "upgrade"),
    ],
)
def test_connections_that_are_not_plain_have_no_lane(setting: str, value: Any) -> None:
    """TLS, the PROXY protocol, HTTP/2, and whoever gunicorn itself would believe."""
    found = config()
    found.set(setting, value)
    assert "not plain" in poller.obstacle(found)


def test_another_gunicorn_is_an_obstacle(monkeypatch: pytest.MonkeyPatch) -> None:
    """One of another version, or without what the worker builds on."""
    with monkeypatch.context() as patch:
        patch.setattr("gunicorn.__version__", "28.1.0")
        assert poller.obstacle(config()) == "gunicorn 28.1.0 is not one that it knows (27.0.x)"
    monkeypatch.delattr(ThreadWorker, "_cap_keepalive")
    assert poller.obstacle(config()) == "this gunicorn has no ThreadWorker._cap_keepalive"
