"""A host that hangs, dies, refuses and answers late, always on command; and children that share a guard with the tests.

In charge of making faults happen at a known moment: whatever waits here waits for an event.
"""

from __future__ import annotations

import os
import signal
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from time import monotonic, sleep
from typing import Any

from adapters.guard import Driver, Guard
from adapters.guard.board import Board
from adapters.port import Deadlocked, Missing, Refused, SourceError, TimedOut, Unavailable, Unknown

PATIENCE = 30.0  # seconds after which a test is sure that something hangs
FOREVER = 20 * PATIENCE  # seconds: no test lasts as long

_MEANINGS: dict[type[BaseException], type[SourceError]] = {
    ConnectionError: Unavailable,
    InterruptedError: TimedOut,
    PermissionError: Refused,
    LookupError: Missing,
    BlockingIOError: Deadlocked,
}


def translate(error: BaseException) -> SourceError:
    """What an exception of the fakes means."""
    return error if isinstance(error, SourceError) else _MEANINGS.get(type(error), Unknown)(str(error))


class Connection:
    """A session. `hang` lasts until somebody sets `freed`, and ends with `ending` then, or well if that is None."""

    def __init__(self, host: Host, number: int) -> None:
        self.host, self.number = host, number
        self.hanging, self.freed = threading.Event(), threading.Event()
        self.ending: BaseException | None = InterruptedError("cancelled")
        self.dead = False

    def answer(self) -> int:
        """Work that is done at once."""
        if self.dead:
            raise ConnectionError("dead")
        return self.number

    def echo(self, question: Any) -> Any:
        """The question."""
        return question

    def hang(self) -> int:
        """Work that hangs."""
        self.hanging.set()
        assert self.freed.wait(FOREVER), "nobody freed it"
        self.hanging.clear()
        self.freed.clear()
        if self.ending is not None:
            raise self.ending
        return self.number

    def close(self) -> None:
        """End the session."""
        self.host.closes(self)


class Host:
    """Takes log-ins and counts sessions. `before_connect` and the steps of the undertaker are the test's to set."""

    def __init__(self) -> None:
        self.opened: list[Connection] = []
        self.closed: list[Connection] = []
        self.tried = self.most_open = 0
        self.before_connect: Callable[[], object] = lambda: None
        self.before_close: Callable[[], object] = lambda: None
        self.ping: Callable[[Connection], None] = lambda _: None
        self.cancel: Callable[[Connection], None] = lambda connection: connection.freed.set()
        self.kill: Callable[[Connection], None] | None = None
        self.sever: Callable[[Connection], None] | None = None
        self._lock = threading.Lock()

    def connect(self, seconds: float) -> Connection:
        """Log in."""
        assert seconds > 0
        with self._lock:
            self.tried += 1
        self.before_connect()
        with self._lock:
            self.opened.append(Connection(self, len(self.opened)))
            self.most_open = max(self.most_open, self.open)
            return self.opened[-1]

    def closes(self, connection: Connection) -> None:
        """A session ends."""
        self.before_close()
        with self._lock:
            assert connection not in self.closed, "closed twice"
            self.closed.append(connection)

    @property
    def open(self) -> int:
        """The sessions now."""
        return len(self.opened) - len(self.closed)

    def driver(self, *, local: bool = False) -> Driver:
        """How the guard is to treat this host's connections."""
        kill, sever = self.kill, self.sever
        return Driver(
            self.connect,
            partial(_now, self, "cancel"),
            translate,
            partial(_now, self, "ping"),
            kill,
            sever,
            local=local,
        )


def _now(host: Host, step: str, connection: Connection) -> None:
    """What the host does by then: a test may change its mind."""
    getattr(host, step)(connection)


def fail_with(error: BaseException) -> Callable[..., Any]:
    """Work that fails so."""

    def work(*_: Any) -> None:
        raise error

    return work


@contextmanager
def hasty(guarded: Guard, seconds: float = 0.02) -> Iterator[None]:
    """Calls that name no deadline have so many seconds meanwhile.

    The guard counts them from within, so that however slow the machine is, none is over before the source was asked.
    """
    terms = guarded._terms
    guarded._terms = replace(terms, seconds=seconds)
    try:
        yield
    finally:
        guarded._terms = terms


def eventually(condition: Callable[[], object]) -> None:
    """Wait until something holds. Fails if it does not within PATIENCE."""
    until = monotonic() + PATIENCE
    while not condition():
        assert monotonic() < until, "it never happened"
        sleep(0.002)


def threads() -> set[threading.Thread]:
    """The guards' living threads."""
    return {thread for thread in threading.enumerate() if thread.name.startswith("bascule-")}


class Child:
    """A forked process that runs `work`, on a board of its parent's if need be; its exit status tells whether that went well."""

    def __init__(self, work: Callable[[], object], board: Board | None = None) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # 3.12 warns of forks with threads: that is the test
            self.pid = os.fork()
        if self.pid == 0:
            good = False
            try:
                if board is not None:
                    board.forked()
                good = work() is not False
            except BaseException:  # noqa: BLE001  # a child must never come back into the tests
                traceback.print_exc()
            os._exit(0 if good else 1)

    def good(self) -> bool:
        """Wait for its end. Whether its work raised nothing and was not False."""
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1]) == 0

    def kill(self) -> None:
        """End it by SIGKILL, and wait until it is gone."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


class Flag:
    """Something that one process says and others await."""

    def __init__(self) -> None:
        self._readable, self._writable = os.pipe()

    def say(self) -> None:
        """Say it once; one waiter hears it."""
        os.write(self._writable, b"x")

    def hear(self) -> None:
        """Wait until it is said."""
        assert os.read(self._readable, 1) == b"x"
