"""A worker in this process, on a free port, whose memory of answers the test has written.

The gateway behind it is the one of `tests.http.plans`: a source in memory. Nothing forks and no signal is set.
"""

from __future__ import annotations

import os
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from gunicorn.app.base import BaseApplication
from gunicorn.workers import gthread

from app.exchange import Answer, Inbound
from app.recall import Recalled
from app.settings import Settings
from app.web import poller, server
from app.web.factory import create_app
from app.web.heads import Bounds
from app.web.lane import Lane
from app.web.poller import Worker
from app.web.surface import Surface
from tests.callers.keys_scene import Clock
from tests.http import plans

PATIENCE = 30.0  # seconds until a test fails that waits
PROCESS = server.Process(server.Address("127.0.0.1", 8080), 1, 2)
BOUNDS = Bounds(24_574, 64, 8_190)
PART = b'{"number":"A/7"}'


def kept(body: bytes = PART, *more: tuple[str, str]) -> Answer:
    """An answer as the pipeline gives one."""
    return Answer(200, body, headers=(("ETag", '"1"'), *more, ("Content-Length", str(len(body)))))


@dataclass
class Memory:
    """Answers by path, as they would be recalled; `failure` is raised in their place."""

    answers: Mapping[str, Answer]
    failure: Exception | None = None
    threads: set[str] = field(default_factory=set)
    known: list[str] = field(default_factory=list)

    def know(self, inbound: Inbound) -> str | None:
        """The path, where there is an answer for it."""
        self.known.append(inbound.path)
        return inbound.path if inbound.path in self.answers else None

    def recalled(self, known: str, request_id: str) -> Recalled:
        """The answer, under the request's identifier."""
        self.threads.add(threading.current_thread().name)
        if self.failure is not None:
            raise self.failure
        found = self.answers[known]
        return Recalled(found.status, found.media_type, found.headers, (("X-Request-Id", request_id),), found.body)


def lane(memory: Memory, admin_port: int | None = None, **settings: Any) -> Lane:
    """A lane over the gateway in memory."""
    return Lane(memory, _surface(Settings(**settings)), BOUNDS, admin_port)


@cache
def _surface(settings: Settings) -> Surface:
    application = create_app(plans.gateway(settings=settings))
    assert isinstance(application.wsgi_app, Surface)
    return application.wsgi_app


class _Served(BaseApplication):
    """What gunicorn is told, without anything that reads a folder or forks."""

    def __init__(self, found: Lane, more: Mapping[str, Any]) -> None:
        self.lane, self.more = found, more
        super().__init__()

    def load_config(self) -> None:
        """The gateway's own settings, and the test's."""
        for name, value in {**server.gunicorn_settings(PROCESS, Settings()), **self.more}.items():
            self.cfg.set(name, value)

    def tidy(self) -> None:
        """Drop what is kept for a moment."""
        self.lane.tidy()

    def wsgi(self) -> Any:
        """The ordinary way."""
        return self.lane.surface


@dataclass
class Inside:
    """A worker that runs in a thread of this process; nobody's time is up there before a test turns the clock."""

    worker: Worker
    port: int
    clock: Clock

    def later(self, seconds: float) -> None:
        """Let so much time be over, and have the worker look after whose it was."""
        self.clock.at += seconds
        self.worker.method_queue.defer(lambda: None)

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        """Wait until `condition` holds, or fail."""
        until = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < until, f"not in time: {what}"
            time.sleep(0.01)


@contextmanager
def working(found: Lane, **more: Any) -> Iterator[Inside]:
    """A worker over a lane. `more` are settings of gunicorn."""
    application, clock = _Served(found, more), Clock(time.monotonic())
    server._adapt_gunicorn(Settings())
    with (
        patch.object(poller, "monotonic", clock),
        patch.object(gthread, "time", SimpleNamespace(monotonic=clock)),
        socket.create_server(("127.0.0.1", 0)) as listener,
    ):
        log = application.cfg.logger_class(application.cfg)
        worker = Worker(1, os.getppid(), [listener], application, 30, application.cfg, log)
        worker.wsgi = found.surface  # type: ignore[assignment]  # gunicorn hands it a dict, whatever its stubs say
        worker.tpool, worker.poller = worker.get_thread_pool(), selectors.DefaultSelector()
        worker.method_queue.init()
        thread = threading.Thread(target=worker.run, name="poller")
        thread.start()
        try:
            yield Inside(worker, listener.getsockname()[1], clock)
        finally:
            worker.handle_exit(0, None)
            thread.join(PATIENCE)
            worker.tmp.close()
            assert not thread.is_alive()
