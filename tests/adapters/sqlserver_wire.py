"""A server that speaks just enough TDS to be logged into, to answer nothing much, and to fail in any way.

In charge of bytes: what a driver sends is kept, and what it is answered is an error of a chosen number, or that there are no
rows, or nothing any more. It runs no SQL. The protocol: MS-TDS, https://learn.microsoft.com/openspecs/windows_protocols/ms-tds.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

import pytest

Mood = Literal[
    "silent",  # takes connections, and says nothing
    "cut",  # resets the connection after the first packet
    "half open",  # answers the first packet, and nothing else
    "well",  # lets everybody in, and answers every statement with no rows
    "slow",  # lets everybody in, and ends a statement only when it is cancelled
    "deaf",  # lets everybody in, and answers nothing once the session is set up, no cancellation either
    "dying",  # lets everybody in, and resets the connection at the first statement of a session that is set up
]

_BATCH, _ATTENTION, _LOGIN, _PRELOGIN, _ANSWER = 0x01, 0x06, 0x10, 0x12, 0x04
_DONE: Final = 0xFD
_NO_ENCRYPTION: Final = 2


@dataclass
class Wire:
    """A server on a free port of this machine.

    `number` is the error that the statements of a session are answered with once it is set up; `refusal` the one that a
    log-in is answered with. `statements` are those of set-up and after.
    """

    mood: Mood = "well"
    number: int = 0
    refusal: int = 0
    message: str = "as it was asked for"
    logins: list[dict[str, str]] = field(default_factory=list)
    statements: list[str] = field(default_factory=list)
    cancelled: int = 0

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def hang_up(self) -> None:
        """Reset what is open."""
        for each in self._open:
            _reset(each)

    def close(self) -> None:
        """Nobody listens any more, and nothing is open."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.hang_up()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._open.append(client)
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        session = _Session(self, client)
        with contextlib.suppress(OSError):
            while (message := _message(client)) is not None:
                session.hear(*message)


@dataclass
class _Session:
    """One connection of a driver's, which begins to be treated as the mood says once it is set up."""

    wire: Wire
    client: socket.socket
    ready: bool = False

    def hear(self, kind: int, body: bytes) -> None:
        """Answer a message, or do not."""
        if self.wire.mood == "silent":
            return
        if self.wire.mood == "cut":
            _reset(self.client)
        elif kind == _PRELOGIN:
            _send(self.client, _prelogin())
        elif kind == _LOGIN:
            self.wire.logins.append(_login(body))
            self._let_in()
        elif kind == _ATTENTION:
            self._attend()
        elif self.ready:
            self._answer(_text(kind, body))
        else:
            self._set_up(_text(kind, body))

    def _let_in(self) -> None:
        if self.wire.refusal:
            _send(self.client, _error(self.wire.refusal, self.wire.message) + _done(failed=True))
        elif self.wire.mood != "half open":
            _send(self.client, _login_ack() + _done())

    def _set_up(self, statement: str) -> None:
        """pyodbc asks for a few types before the gateway's own first statement; a driver, for nothing."""
        if "SET NOCOUNT" in statement:
            self.ready = True
            self.wire.statements.append(statement)
        _send(self.client, _done())

    def _answer(self, statement: str) -> None:
        self.wire.statements.append(statement)
        if self.wire.mood == "dying":
            _reset(self.client)
        elif self.wire.number:
            _send(self.client, _error(self.wire.number, self.wire.message) + _done(failed=True))
        elif self.wire.mood == "well":
            _send(self.client, _no_rows() + _done())

    def _attend(self) -> None:
        """A cancellation is acknowledged, unless nothing is any more."""
        self.wire.cancelled += 1
        if self.wire.mood != "deaf":
            _send(self.client, bytes((_DONE,)) + struct.pack("<HHQ", 0x20, 0, 0))


@pytest.fixture
def wire() -> Iterator[Wire]:
    """Such a server."""
    server = Wire()
    yield server
    server.close()


def _message(client: socket.socket) -> tuple[int, bytes] | None:
    """One message, of one or more packets (2.2.3): its type and its body; None at the end."""
    body = b""
    while True:
        header = _exactly(client, 8)
        if header is None:
            return None
        kind, status, length = struct.unpack(">BBH", header[:4])
        rest = _exactly(client, length - 8)
        if rest is None:
            return None
        body += rest
        if status & 1:
            return kind, body


def _exactly(client: socket.socket, count: int) -> bytes | None:
    data = b""
    while len(data) < count:
        more = client.recv(count - len(data))
        if not more:
            return None
        data += more
    return data


def _send(client: socket.socket, body: bytes) -> None:
    client.sendall(struct.pack(">BBHHBB", _ANSWER, 1, len(body) + 8, 0, 1, 0) + body)


def _reset(client: socket.socket) -> None:
    with contextlib.suppress(OSError):
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()


def _prelogin() -> bytes:
    """The version, and that there is no encryption (2.2.6.5)."""
    return struct.pack(">BHHBHHB", 0, 11, 6, 1, 17, 1, 0xFF) + bytes((15, 0, 7, 208, 0, 0)) + bytes((_NO_ENCRYPTION,))


def _login_ack() -> bytes:
    """TDS 7.4, of a server that calls itself SQL Server 2019 (2.2.7.14)."""
    name = "Microsoft SQL Server"
    text = bytes((len(name),)) + name.encode("utf-16-le")
    return _counted(0xAD, bytes((1,)) + struct.pack(">I", 0x74000004) + text + bytes((15, 0, 7, 208)))


def _error(number: int, message: str) -> bytes:
    """2.2.7.10; a severity of 14, with which a session goes on."""
    text = struct.pack("<H", len(message)) + message.encode("utf-16-le")
    return _counted(0xAA, struct.pack("<iBB", number, 1, 14) + text + b"\0" + b"\0" + struct.pack("<i", 1))


def _no_rows() -> bytes:
    """The heading of one column of `int`, without any row (2.2.7.4)."""
    name = "A"
    return struct.pack("<BHIHBB", 0x81, 1, 0, 0, 0x38, len(name)) + name.encode("utf-16-le")


def _done(*, failed: bool = False) -> bytes:
    """2.2.7.6."""
    return bytes((_DONE,)) + struct.pack("<HHQ", 2 if failed else 0, 0, 0)


def _counted(kind: int, body: bytes) -> bytes:
    return bytes((kind,)) + struct.pack("<H", len(body)) + body


_LOGIN_WORDS: Final = ("machine", "user", "password", "application", "server", "", "", "", "database")


def _login(body: bytes) -> dict[str, str]:
    """The words of LOGIN7 (2.2.6.4): pairs of offset and length, from byte 36 on; a password's bits are shuffled."""
    words: dict[str, str] = {"read-only intent": str(bool(body[26] & 0x20))}
    for place, name in enumerate(_LOGIN_WORDS):
        offset, length = struct.unpack_from("<HH", body, 36 + 4 * place)
        data = body[offset : offset + 2 * length]
        if name == "password":
            data = bytes((((each ^ 0xA5) & 0x0F) << 4) | ((each ^ 0xA5) >> 4) for each in data)
        if name:
            words[name] = data.decode("utf-16-le")
    return words


def _text(kind: int, body: bytes) -> str:
    """A batch is text after its headers (2.2.6.7); a call holds the statement's text among other things (2.2.6.6)."""
    [headers] = struct.unpack_from("<I", body)
    text = body[headers:].decode("utf-16-le", "replace")
    return text if kind == _BATCH else text + body[headers + 1 :].decode("utf-16-le", "replace")
