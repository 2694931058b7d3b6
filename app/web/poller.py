"""The poller: gunicorn's worker of threads, whose one thread that watches connections answers what the lane can.

In charge of connections while no thread works for them: new ones, those whose head is on its way, those that have been answered
and may ask again, those that do not take their answer, those that are being closed. None of them costs a thread. It must not know
what a request says: the lane does, and what the lane leaves goes to a thread with all its bytes, as gunicorn would have read it.

    accepted -> silent -> head begun -> the lane                  -> sending -> idle -> head begun …
                                     or a thread, gunicorn's way            -> idle, or closing

Nothing here waits, and an event does a bounded amount of work: one `recv`, one answer, one `send`.

    silent      until the first byte, for `HEAD_SECONDS`
    head begun  until it is whole, for `HEAD_SECONDS` (408); all of them together may have `HOLDS` bytes (503)
    sending     as long as the client takes something every `STALLED` seconds
    closing     until the client has closed too, for `LINGER` seconds (RFC 9112, 9.6)
"""

from __future__ import annotations

import errno
import selectors
import socket
import sys
from contextlib import suppress
from functools import partial
from time import monotonic
from typing import Any, Final

import gunicorn
from gunicorn.config import Config
from gunicorn.http.unreader import Unreader
from gunicorn.workers.gthread import TConn, ThreadWorker

from app.web import heads, wire
from app.web.lane import Lane, Read
from app.web.line import Line, rest

KNOWN: Final = "27.0."  # the versions of gunicorn whose worker this one was written for
USED: Final = {
    ThreadWorker: (
        "accept", "enqueue_req", "finish_request", "murder_keepalived", "murder_pending", "on_client_socket_readable",
        "run", "set_accept_enabled", "wait_for_and_dispatch_events", "_cap_keepalive",
    ),
    TConn: ("init", "set_timeout", "close"),
    Unreader: ("unread", "chunk"),
}  # fmt: skip

RECEIVED: Final = 16_384  # bytes of one `recv`
HEAD_SECONDS: Final = 10.0
HOLDS: Final = 8_000_000
STALLED: Final = 30.0
LINGER: Final = 2.0
TURN: Final = 0.1
ROUGHLY: Final = 0.25  # seconds by which the time of an idle connection may be up too early
JOINED: Final = 4096  # bytes of a body that is copied behind its head: for a larger one, two pieces cost less
SWITCH: Final = 0.0005  # seconds that a thread may go on while this one wants to, for which many wait; usual: 0.005
GONE: Final = (errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK)  # a client that is gone before it is accepted


def obstacle(config: Config) -> str:
    """Why this worker cannot be used here; empty where it can."""
    if not gunicorn.__version__.startswith(KNOWN):
        return f"gunicorn {gunicorn.__version__} is not one that it knows ({KNOWN}x)"
    missing = [f"{each.__name__}.{name}" for each, names in USED.items() for name in names if not hasattr(each, name)]
    if missing:
        return f"this gunicorn has no {missing[0]}"
    plain = not config.is_ssl and config.http2_cleartext == config.proxy_protocol == "off" and config.protocol == "http"
    if not plain or config.forwarded_allow_ips or not config.keepalive:
        return "connections are not plain HTTP/1.1 that is kept alive, with nobody trusted"
    return ""


class Connection(TConn):
    """A connection, and what it waits for: `held` of a head that is not whole, `unsent` of an answer that was not taken."""

    client: Any  # as sockets name the two ends
    server: Any

    def __init__(self, worker: Worker, client: socket.socket, address: Any, server: Any) -> None:
        super().__init__(worker.cfg, client, address, server)
        self.worker = worker
        self.answers = worker.lane.serves(server)
        self.line = worker.pending_conns
        self.held = b""
        self.unsent: list[memoryview] = []

    def close(self, graceful: bool = False) -> None:  # noqa: FBT001, FBT002  # gunicorn's signature
        """Close it; `graceful`: once the client has, so that the last of an answer is not lost."""
        if graceful:
            self.worker.see_off(self)
        else:
            super().close()


class Worker(wire.Worker):
    """The worker. gunicorn's names for two of its lines are kept: `keepalived_conns` are idle, `pending_conns` are silent."""

    keepalived_conns: Line  # type: ignore[assignment]  # what gunicorn does with its deques, a Line can do
    pending_conns: Line  # type: ignore[assignment]  # as above

    def __init__(self, *parts: Any, **named: Any) -> None:
        super().__init__(*parts, **named)
        self.lane: Lane = self.app.lane  # type: ignore[attr-defined]  # `server.Server`, whose workers these are
        self.keepalived_conns, self.pending_conns = Line(), Line()
        self.begun, self.sending, self.closing = Line(), Line(), Line()
        self.holding = 0
        self.answered = 0
        self.keepalive: float = self.cfg.keepalive  # gunicorn looks each of its settings up by name
        self._told: set[type[Exception]] = set()

    # gunicorn's own turns

    def run(self) -> None:
        """Serve until told to stop; then say how much of it the lane has answered."""
        sys.setswitchinterval(SWITCH)
        super().run()
        self.log.info("the lane has answered %d of %d requests", self.answered, self.nr)

    def wait_for_and_dispatch_events(self, timeout: float | None) -> None:
        """One turn of gunicorn's loop: events, and for `TURN` seconds those that follow, before it looks after everything else."""
        until = monotonic() + TURN
        while True:
            ready = self.poller.select(timeout)
            for key, _ in ready:
                key.data(key.fileobj)
            full = self.nr_conns >= self.worker_connections
            if not ready or full or not self.alive or monotonic() >= until:
                return

    def accept(self, listener: socket.socket) -> None:
        """Take a new connection, and wait for what it says."""
        try:
            client, address = listener.accept()
        except OSError as failure:
            if failure.errno not in GONE:
                raise
            return
        conn = Connection(self, client, address, listener.getsockname())
        conn.timeout = monotonic() + HEAD_SECONDS
        self.nr_conns += 1
        self.pending_conns.append(conn)
        self.poller.register(client, selectors.EVENT_READ, partial(self.on_client_socket_readable, conn))

    def on_client_socket_readable(self, conn: Connection, client: socket.socket) -> None:  # type: ignore[override]  # ours all
        """Read what has come."""
        try:
            self._read(conn, client)
        except Exception as failure:  # noqa: BLE001  # one connection must not end the loop that all live by
            self._tell(failure)
            self._drop(conn)

    def murder_pending(self) -> None:
        """End what has waited for too long."""
        super().murder_pending()
        now = monotonic()
        for conn in self.begun.due(now):
            self._refuse(conn, 408)
        for line in (self.sending, self.closing):
            for conn in line.due(now):
                self._drop(conn)

    def _cap_keepalive(self, deadline: float) -> None:
        """Where the worker stops, wait for those who have said nothing no longer than for those who may say no more."""
        super()._cap_keepalive(deadline)  # type: ignore[misc]  # gunicorn has it, its type stubs do not
        for conn in self.pending_conns:
            conn.timeout = min(conn.timeout or 0.0, deadline)

    # reading

    def _read(self, conn: Connection, client: socket.socket) -> None:
        try:
            data = client.recv(RECEIVED)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._drop(conn)
            return
        if conn.held:
            data = conn.held + data
        if heads.END in data:
            answer = self._answer(conn, data) if data.endswith(heads.END) else None
            if answer is None:
                self._hand_over(conn, data)
            elif isinstance(answer, Read):
                self._have_read(conn, answer)
            else:
                self._send(conn, client, answer)
        elif heads.unfinished(data, self.cfg, conn.client):
            self._hold(conn, data)
        else:
            self._hand_over(conn, data)

    def _answer(self, conn: Connection, data: bytes) -> tuple[bytes, bytes] | Read | None:
        """The lane's answer, or what a thread has to wait for, where the connection goes on after it; anything else, and what is the worker's last, is a thread's."""
        if not (conn.answers and self.alive and self.nr + 1 < self.max_requests):
            return None
        if self.nr_conns > self.max_keepalived:
            idle = len(self.keepalived_conns) - (conn.line is self.keepalived_conns)
            if idle >= self.max_keepalived:
                return None
        try:
            return self.lane.answer(data, conn.client, conn.server)
        except Exception as failure:  # noqa: BLE001  # the ordinary way may do better
            self._tell(failure)
            return None

    def _hold(self, conn: Connection, data: bytes) -> None:
        """Wait for the rest of a head."""
        self.holding += len(data) - len(conn.held)
        conn.held = data
        if len(data) > self.lane.bounds.whole:
            self._refuse(conn, 431)
        elif self.holding > HOLDS:
            self._refuse(conn, 503)
        elif conn.line is not self.begun:
            conn.timeout = monotonic() + HEAD_SECONDS
            self.begun.append(conn)

    def _hand_over(self, conn: Connection, data: bytes) -> None:
        """Give a connection to a thread, with what has been read of it."""
        self._leave(conn)
        conn.init()
        conn.parser.unreader.unread(data)  # type: ignore[union-attr]  # a plain connection has a parser of HTTP/1.1
        self.enqueue_req(conn)

    def _have_read(self, conn: Connection, read: Read) -> None:
        """Give a read that takes waiting to a thread, past gunicorn's own reading of it."""
        self._leave(conn)
        conn.init()
        self.nr += 1
        future = self.tpool.submit(self._serve, conn, read)
        future.add_done_callback(lambda done: self.method_queue.defer(self.finish_request, conn, done))

    # answering

    def _serve(self, conn: Connection, read: Read) -> bool:
        """Answer a read, in a thread. Whether the connection goes on."""
        try:
            head, body = self.lane.serve(read)
            conn.sock.sendall(head + body)
        except OSError as failure:
            self.log.debug("a client is gone before its answer: %s", failure)
            return False
        except Exception as failure:  # noqa: BLE001  # as gunicorn does with any failure of an application
            self.handle_error(None, conn.sock, conn.client, failure)
            return False
        return True

    def _send(self, conn: Connection, client: socket.socket, answer: tuple[bytes, bytes]) -> None:
        self.nr += 1
        self.answered += 1
        if conn.held:
            self._forget(conn)
        head, body = answer
        try:
            sent = client.send(head + body) if len(body) < JOINED else client.sendmsg(answer)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._drop(conn)
            return
        if sent == len(head) + len(body):
            self._await_next(conn)
            return
        conn.unsent = rest([memoryview(piece) for piece in answer], sent)
        conn.timeout = monotonic() + STALLED
        self.sending.append(conn)
        self.poller.modify(client, selectors.EVENT_WRITE, partial(self._on_writable, conn))

    def _on_writable(self, conn: Connection, client: socket.socket) -> None:
        """Send more of an answer."""
        try:
            conn.unsent = rest(conn.unsent, client.sendmsg(conn.unsent))
        except BlockingIOError:
            return
        except OSError:
            self._drop(conn)
            return
        if conn.unsent:
            conn.timeout = monotonic() + STALLED
            self.sending.append(conn)
            return
        self._await_next(conn)
        self.poller.modify(client, selectors.EVENT_READ, partial(self.on_client_socket_readable, conn))

    def _await_next(self, conn: Connection) -> None:
        """Keep an answered connection for another request; a worker that stops does so for a moment.

        One that asks again and again moves up in the line a few times a second, and not with each request.
        """
        until = monotonic() + (self.keepalive if self.alive else LINGER)
        if conn.line is self.keepalived_conns and self.alive and (conn.timeout or 0.0) > until - ROUGHLY:
            return
        conn.timeout = until
        self.keepalived_conns.append(conn)

    # closing

    def see_off(self, conn: Connection) -> None:
        """Close a connection that no thread works for, once the client has closed it too. Never raises.

        It counts as the worker's until then. gunicorn would wait for the client here, and everybody with it.
        """
        self.nr_conns += 1
        try:
            conn.sock.setblocking(False)
            conn.sock.shutdown(socket.SHUT_WR)
            self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._on_last_words, conn))
        except (OSError, ValueError, KeyError):
            self._drop(conn)
            return
        conn.timeout = monotonic() + LINGER
        self.closing.append(conn)

    def _on_last_words(self, conn: Connection, client: socket.socket) -> None:
        """Drop what a client says that is being seen off, until it has closed."""
        try:
            ended = not client.recv(RECEIVED)
        except BlockingIOError:
            return
        except OSError:
            ended = True
        if ended:
            self._drop(conn)

    def _refuse(self, conn: Connection, status: int) -> None:
        """End a connection whose head is not read any further, with a word on why."""
        self._leave(conn)
        with suppress(OSError):
            conn.sock.send(wire.refusal(status))
        self.nr_conns -= 1
        self.see_off(conn)

    def _drop(self, conn: Connection) -> None:
        """Close a connection at once."""
        self._leave(conn)
        conn.unsent = []
        self.nr_conns -= 1
        conn.close()

    def _leave(self, conn: Connection) -> None:
        """Watch a connection no longer."""
        self._forget(conn)
        conn.line.remove(conn)
        with suppress(OSError, KeyError, ValueError):
            self.poller.unregister(conn.sock)

    def _forget(self, conn: Connection) -> None:
        """Hold nothing of a head any longer."""
        self.holding -= len(conn.held)
        conn.held = b""

    def _tell(self, failure: Exception) -> None:
        """Log a failure, the first of its kind; it is the gateway's own, and may happen with each request."""
        if type(failure) not in self._told:
            self._told.add(type(failure))
            self.log.error("the lane failed; further failures of this kind are not logged", exc_info=failure)
