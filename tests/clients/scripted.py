"""A server that answers what a test wrote down, and remembers what it was asked: for clients in any language."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Answer:
    """One answer. A status of 0 closes the connection without any."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """One request: its path with the query, and its headers in lower case."""

    path: str
    headers: Mapping[str, str]


@dataclass
class Scripted:
    """A server at work: `asked` are the requests so far, in order."""

    url: str
    asked: list[Asked] = field(default_factory=list)


@contextmanager
def scripted(*answers: Answer) -> Iterator[Scripted]:
    """A server that gives these answers one after the other, and the last of them ever after."""

    class Handler(BaseHTTPRequestHandler):
        """Gives the next answer."""

        def do_GET(self) -> None:
            told.asked.append(Asked(self.path, {name.lower(): value for name, value in self.headers.items()}))
            answer = answers[min(len(told.asked), len(answers)) - 1]
            if answer.status:
                self._send(answer)

        def _send(self, answer: Answer) -> None:
            body = b"" if answer.status == 304 else as_bytes(answer.body)
            self.send_response(answer.status)
            for name, value in {"Content-Length": str(len(body)), **answer.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *about: Any) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told = Scripted(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def as_bytes(body: Any) -> bytes:
    """A text as it is, anything else as JSON."""
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()


def problem(status: int, code: str, *, retryable: bool, after: str = "", **more: Any) -> Answer:
    """A problem document."""
    document = {
        "type": f"/problems/{code}", "title": code.replace("-", " "), "status": status, "detail": f"It is {code}.",
        "instance": "/requests/1", "code": code, "retryable": retryable, **more,
    }  # fmt: skip
    headers = {"Content-Type": "application/problem+json", **({"Retry-After": after} if after else {})}
    return Answer(status, document, headers)


def listing(data: Sequence[Any], following: str | None = None, **headers: str) -> Answer:
    """One page of a list."""
    return Answer(200, {"data": data, "page": {"limit": 2, "next": following}}, headers)
