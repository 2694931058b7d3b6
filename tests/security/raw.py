"""HTTP as bytes: a connection that sends what it is told, and reads whatever answers come back."""

from __future__ import annotations

import io
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPMessage, parse_headers

PATIENCE = 60.0  # seconds until silence fails a test


@dataclass(frozen=True)
class Reply:
    """One answer as it stood on the wire."""

    status: int
    headers: HTTPMessage
    body: bytes

    @property
    def bytes(self) -> bytes:
        """All of it but the status line, for a search."""
        return str(self.headers).encode() + self.body


class Connection:
    """A connection that has no idea of HTTP but for reading answers, in the order in which they come."""

    def __init__(self, wire: socket.socket) -> None:
        self.wire = wire
        self.reading = wire.makefile("rb")

    def send(self, data: bytes, *, ends: bool = False) -> None:
        """Send bytes; a server may have hung up before it has them all. `ends`: there are no more, and it is told so."""
        with suppress(OSError):
            self.wire.sendall(data)
            if ends:
                self.wire.shutdown(socket.SHUT_WR)

    def reply(self) -> Reply | None:
        """The next answer; None where the connection is closed instead. Interim answers (100) are passed over."""
        while True:
            try:
                line = self.reading.readline()
            except ConnectionError:
                return None
            if not line:
                return None
            status, headers = int(line.split()[1]), parse_headers(self.reading)
            if status >= 200:
                return Reply(status, headers, self._body(headers))

    def _body(self, headers: HTTPMessage) -> bytes:
        if headers["Transfer-Encoding"] == "chunked":
            return b"".join(self._chunks())
        return self.reading.read(int(headers["Content-Length"] or 0))

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.reading.readline(), 16):
            yield self.reading.read(size)
            self.reading.readline()
        self.reading.readline()


@contextmanager
def connected(
    port: int, tls: ssl.SSLContext | None = None, source: str = "127.0.0.1", window: int | None = None
) -> Iterator[Connection]:
    """A connection to a port of this machine, from one of its loopback addresses; through TLS where a context is given.

    `window` is how many bytes wait at this end for a client that does not read them.
    """
    wire = socket.socket()
    wire.settimeout(PATIENCE)
    try:
        if window is not None:
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
        wire.bind((source, 0))
        wire.connect(("127.0.0.1", port))
        if tls is not None:
            wire = tls.wrap_socket(wire, server_hostname="shop.example")
        connection = Connection(wire)
        with closing(connection.reading):  # a socket stays open as long as a file over it does
            yield connection
    finally:
        wire.close()


def parsed(data: bytes) -> Reply:
    """An answer from bytes at hand, without a socket."""
    head, _, body = data.partition(b"\r\n\r\n")
    line, _, lines = head.partition(b"\r\n")
    return Reply(int(line.split()[1]), parse_headers(io.BytesIO(lines + b"\r\n\r\n")), body)
