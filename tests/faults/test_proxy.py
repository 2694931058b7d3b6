"""The fault proxy does what its lines say: what the suite proves rests on it."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
import time
from collections.abc import Iterator

import pytest

from tests.faults import proxy
from tests.faults.proxy import FaultProxy, Line

MOMENT = 0.3  # seconds in which bytes would long have come
PATIENCE = 60.0  # seconds; for a machine with much else to do


class _Echo(socketserver.BaseRequestHandler):
    """Says back what it hears."""

    def handle(self) -> None:
        with contextlib.suppress(ConnectionResetError):
            while piece := self.request.recv(65_536):
                self.request.sendall(piece)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True


@pytest.fixture
def line() -> Iterator[FaultProxy]:
    """A proxy before an echo."""
    with _Server(("127.0.0.1", 0), _Echo) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        with FaultProxy(server.server_address[1]) as opened:
            yield opened
        server.shutdown()


def connect(line: FaultProxy, patience: float = PATIENCE) -> socket.socket:
    """A client of the proxy."""
    return socket.create_connection(("127.0.0.1", line.port), timeout=patience)


def echoed(client: socket.socket, text: bytes) -> bytes:
    """What comes back for a text; what is there after a moment, if a whole text does not come."""
    client.sendall(text)
    heard = b""
    try:
        while len(heard) < len(text) and (piece := client.recv(65_536)):
            heard += piece
    except TimeoutError:
        pass
    return heard


def test_a_clear_line_carries_everything(line: FaultProxy) -> None:
    """Bytes pass in both directions, in order, however many."""
    text = bytes(range(256)) * 2048
    with connect(line) as client:
        threading.Thread(target=client.sendall, args=(text,)).start()
        heard = b""
        while len(heard) < len(text):
            heard += client.recv(65_536)
    assert heard == text
    assert line.accepted == 1


@pytest.mark.parametrize("held", [proxy.BLACK_HOLE, proxy.DEAF, proxy.MUTE], ids=["both", "up", "down"])
def test_a_half_open_line_holds_back_and_loses_nothing(line: FaultProxy, held: Line) -> None:
    """Nothing comes and nothing ends while the line is held; all of it comes when the line is clear again."""
    with connect(line) as client:
        assert echoed(client, b"before") == b"before"
        line.set(held)
        client.settimeout(MOMENT)
        assert echoed(client, b"lost?") == b""
        line.set(proxy.CLEAR)
        client.settimeout(PATIENCE)
        assert client.recv(100) == b"lost?"


def test_a_forgotten_connection_never_speaks_again(line: FaultProxy) -> None:
    """After `forget` old connections are half-open whatever the line, and new ones are served."""
    with connect(line) as old, connect(line) as new:
        assert echoed(old, b"before") == b"before"
        line.forget()
        old.settimeout(MOMENT)
        assert echoed(old, b"anybody?") == b""
        new.close()
        with connect(line) as later:
            assert echoed(later, b"here") == b"here"


def test_kill_all_resets_what_is_open(line: FaultProxy) -> None:
    """Every connection ends by a RST, and new ones are served."""
    with connect(line) as old:
        assert echoed(old, b"before") == b"before"
        line.kill_all()
        with pytest.raises(ConnectionResetError):
            old.recv(1)
    with connect(line) as new:
        assert echoed(new, b"after") == b"after"


@pytest.mark.parametrize("refusing", [proxy.REFUSING, proxy.RESETTING], ids=["refusing", "resetting"])
def test_newcomers_are_reset(line: FaultProxy, refusing: Line) -> None:
    """A new connection meets a RST."""
    line.set(refusing)
    with pytest.raises(ConnectionResetError), connect(line) as client:
        client.recv(1)


def test_a_resetting_line_ends_old_connections_at_the_next_byte(line: FaultProxy) -> None:
    """An open connection is reset when it is used."""
    with connect(line) as client:
        assert echoed(client, b"before") == b"before"
        line.set(proxy.RESETTING)
        with pytest.raises(ConnectionResetError):
            echoed(client, b"x")


def test_a_silent_server_accepts_and_says_nothing(line: FaultProxy) -> None:
    """New connections hear nothing, and are served when the line is clear; old ones go on."""
    with connect(line) as old:
        assert echoed(old, b"before") == b"before"
        line.set(proxy.SILENT)
        with connect(line, MOMENT) as new:
            assert echoed(new, b"hello?") == b""
            assert echoed(old, b"still here") == b"still here"
            line.set(proxy.CLEAR)
            new.settimeout(PATIENCE)
            assert new.recv(100) == b"hello?"


def test_a_late_line_brings_all_of_it_late(line: FaultProxy) -> None:
    """Everything comes, and not before its time."""
    line.set(proxy.latency(MOMENT))
    with connect(line) as client:
        began = time.monotonic()
        assert echoed(client, b"hello?") == b"hello?"
        assert time.monotonic() - began >= MOMENT


def test_a_slow_line_brings_it_in_drops(line: FaultProxy) -> None:
    """A text comes whole, and its last piece not before those before it have had their time."""
    text = b"a text of some forty characters, about so"
    line.set(proxy.slow(100))
    with connect(line) as client:
        began = time.monotonic()
        assert echoed(client, text) == text
        assert time.monotonic() - began >= len(text) // 10 * 0.1 - 0.01


def test_the_open_connections_are_counted(line: FaultProxy) -> None:
    """`accepted` counts all that were begun, `open` those that have not ended."""
    with connect(line) as one, connect(line) as other:
        assert echoed(one, b"1") + echoed(other, b"2") == b"12"
        assert (line.accepted, line.open) == (2, 2)
