"""The wire: what gunicorn does with a connection, where the gateway has a mind of its own about it.

In charge of the bounds of a request's head, of how an answer is put on the wire, and of what becomes of bytes that are no
HTTP request: they never reach the application. It must not know what an answer says.

The head's bounds, beside the request line's: `FIELDS` headers of `FIELD_BYTES` each. A browser sends some twenty, proxies add a
dozen; the longest is the token of an issuer, which rarely has 4 kB.
"""

from __future__ import annotations

import json
import select
import signal
from collections.abc import Iterable, Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Final

from gunicorn import util
from gunicorn.http import errors, wsgi
from gunicorn.workers.gthread import ThreadWorker

from app.exchange import PROBLEM_JSON
from app.web.surface import ANSWER

FIELDS: Final = 64
FIELD_BYTES: Final = 8190
ORDERS: Final = frozenset({signal.SIGTERM, signal.SIGQUIT, signal.SIGINT, signal.SIGUSR1})
"""What gunicorn's parent tells a worker by signals. They wait from before the fork until the worker can hear them (`init_signals`)."""

# What gunicorn's parser may find; anything else of its errors is a request that cannot be read.
STATUSES: Final[Mapping[type[Exception], int]] = {
    errors.LimitRequestLine: 414,
    errors.LimitRequestHeaders: 431,
    errors.ExpectationFailed: 417,
    errors.UnsupportedTransferCoding: 501,
}
OURS: Final = (
    errors.ConfigurationProblem,
    errors.InvalidResponseHeader,  # type: ignore[attr-defined]  # gunicorn has it, its type stubs do not
    errors.InvalidResponseHeaderName,  # type: ignore[attr-defined]  # gunicorn has it, its type stubs do not
)
PHRASES: Final[Mapping[int, str]] = {  # not http.HTTPStatus alone: its phrases differ between versions of Python
    **{status.value: status.phrase for status in HTTPStatus},
    414: "URI Too Long",
}


class Response(wsgi.Response):
    """A response that does not name its server software, and goes out in one piece where it is one."""

    def write(self, arg: bytes) -> None:
        """Send the head and a whole body by one system call; anything else as gunicorn does."""
        omits_body = self._omits_body  # type: ignore[attr-defined]  # gunicorn has it, its type stubs do not
        if self.headers_sent or self.chunked or omits_body or self.response_length != len(arg):
            super().write(arg)
            return
        util.write(self.sock, head("".join(self.default_headers()), self.headers) + arg)
        self.headers_sent = True
        self.sent += len(arg)

    def default_headers(self) -> list[str]:
        """The headers that every response has, but for `Server`."""
        return [line for line in super().default_headers() if not line.startswith("Server:")]

    def should_close(self) -> bool:
        """Whether the connection ends with this answer: what comes behind a body that is not taken is never a request."""
        return self.status_code == 413 or super().should_close()


class Worker(ThreadWorker):
    """gunicorn's worker of threads, which neither repeats nor logs what it could not read, and leaves nobody at a closed door."""

    def init_signals(self) -> None:
        """Hear the parent, also what it has said since the fork."""
        super().init_signals()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ORDERS)

    def notify(self) -> None:
        """Tell gunicorn's parent that the worker lives, as it does every second at least; and drop what has been kept for a moment."""
        super().notify()
        self.app.tidy()  # type: ignore[attr-defined]  # `server.Server`, whose workers these are

    def set_accept_enabled(self, enabled: bool | None) -> None:  # noqa: FBT001  # gunicorn's signature
        """Take new connections, or none. A worker that stops takes those that wait already, and gives its listeners up.

        gunicorn keeps them until the last request is answered: who connects meanwhile would wait for that, and be reset then.
        """
        super().set_accept_enabled(enabled)
        if self.alive or enabled:  # told to stop before it began, a worker begins all the same
            return
        listeners, self.sockets = self.sockets, []
        for listener in listeners:
            waiting = select.poll()
            waiting.register(listener, select.POLLIN)
            while self.nr_conns < self.worker_connections and waiting.poll(0):
                self.accept(listener)
            listener.close()

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:  # noqa: ARG002  # gunicorn's signature
        """Answer what is no request, or a failure that nothing else has answered; the connection ends with it."""
        status = status_of(exc)
        if status == 500:
            self.log.error("a request failed outside of the application", exc_info=exc)
        else:
            self.log.info("%s sent what is no request: %s", addr[0] if addr else "", type(exc).__name__)
        try:
            util.write_nonblock(client, refusal(status))
        except OSError:
            self.log.debug("the client of a refused request is gone")

    def _keepalive_after(self, conn: Any, keepalive: Any) -> bool:
        """Whether another request may follow. A body that ends badly after its answer has no answer of its own.

        gunicorn would send a 400 behind the answer, and a proxy could take that for the answer to somebody else's request.
        """
        try:
            return bool(super()._keepalive_after(conn, keepalive))  # type: ignore[misc]  # gunicorn has it, its type stubs do not
        except errors.ParseException:
            return False


def head(first: str, headers: Iterable[tuple[str, str]]) -> bytes:
    """The head of an answer: `first` are its status line and what belongs to the connection, ended lines."""
    return first.encode("latin-1") + fields(headers) + b"\r\n"


def fields(headers: Iterable[tuple[str, str]]) -> bytes:
    """Headers as lines."""
    return "".join([f"{name}: {value}\r\n" for name, value in headers]).encode("latin-1")


def kept_alive(status: str, second: int) -> str:
    """What a head begins with whose connection goes on, in this second since 1970: the same as gunicorn's own lines."""
    return f"HTTP/1.1 {status}\r\n{_dated(second)}"


@lru_cache(maxsize=2)
def _dated(second: int) -> str:
    return f"Date: {util.http_date(second)}\r\nConnection: keep-alive\r\n"


def status_of(failure: BaseException) -> int:
    """The status for a failure of gunicorn's parser; 500 for any other."""
    if not isinstance(failure, errors.ParseException) or isinstance(failure, OURS):
        return 500
    return STATUSES.get(type(failure), 400)


def refusal(status: int) -> bytes:
    """A whole answer of this status, with a problem document of no kind of ours: `about:blank` (RFC 9457, 4.2.1)."""
    body = json.dumps({"type": "about:blank", "title": PHRASES[status], "status": status}).encode()
    headers = (
        ("Connection", "close"),
        ("Content-Type", PROBLEM_JSON),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        *ANSWER,
    )
    lines = [f"HTTP/1.1 {status} {PHRASES[status]}", *(f"{name}: {value}" for name, value in headers), "", ""]
    return "\r\n".join(lines).encode("latin-1") + body
