"""A server that a proxy is tested against: it keeps what it is sent, and answers or hangs up as it is told."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from email.message import Message
from email.parser import Parser
from threading import Event, Thread

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"


@dataclass
class Upstream:
    """Listens at a port of this machine. `heads` are those of the requests so far; without an answer it hangs up.

    `rid` is set when the whole of an answer has been taken off it.
    """

    port: int
    answer: bytes
    heads: list[str] = field(default_factory=list)
    rid: Event = field(default_factory=Event)

    @property
    def line(self) -> str:
        """The last request's first line."""
        return self.heads[-1].partition("\r\n")[0]

    @property
    def headers(self) -> Message:
        """The last request's headers."""
        return Parser().parsestr(self.heads[-1].partition("\r\n")[2])


@contextmanager
def upstream(answer: bytes = ANSWER) -> Iterator[Upstream]:
    """A started upstream, which ends with the block."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        found = Upstream(listener.getsockname()[1], answer)
        thread = Thread(target=_serve, args=(listener, found))
        thread.start()
        try:
            yield found
        finally:
            found.answer = b""
            socket.create_connection(("127.0.0.1", found.port)).close()  # wakes it, for the last time
            thread.join()


def _serve(listener: socket.socket, found: Upstream) -> None:
    while True:
        connection, _ = listener.accept()
        with closing(connection):
            head = _head(connection)
            if not head:
                return
            found.heads.append(head)
            with suppress(OSError):  # a proxy may hang up in the middle
                connection.sendall(found.answer)
                found.rid.set()


def _head(connection: socket.socket) -> str:
    received = b""
    while b"\r\n\r\n" not in received:
        part = connection.recv(65_536)
        if not part:
            break
        received += part
    return received.partition(b"\r\n\r\n")[0].decode("latin-1")
