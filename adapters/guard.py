"""What stands between a crowd and a legacy host: a bounded number of connections, and a deadline for each use.

In charge of lending connections (the last used first, while it is warm), of cancelling what overruns, and of replacing
what died. It must not know SQL, a driver, or what the work is: it is told how to connect, to cancel, and to read an
exception.
"""

from __future__ import annotations

import contextlib
import math
import os
import queue
import threading
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final, TypeVar

from adapters.port import Busy, Health, Lane, SourceError, Terms, TimedOut, Unavailable, Unknown

T = TypeVar("T")

_AGAIN: Final = 0.25  # seconds until a statement that survived its cancellation is cancelled again
_IDLE: Final = 600.0  # seconds after which a resting connection is replaced unasked: firewalls forget it in silence


@dataclass(frozen=True, slots=True)
class Driver:
    """How to treat a kind's connections. `connect` takes the seconds that it may need; `translate` reads an exception.

    `ping` is the cheapest round trip. The next three are called from another thread than the one that waits for the
    statement, and may block for a while: `cancel` asks the server to end what runs on a connection, `kill` has another
    connection end it, `sever` cuts the socket in this process, so that the waiting thread wakes up. `local`: the database
    lives in this process, so that no network can hang, and `cancel` works at once. After a failure of `spoils` a connection
    is not used again.
    """

    connect: Callable[[float], Any]
    cancel: Callable[[Any], None]
    translate: Callable[[BaseException], SourceError]
    ping: Callable[[Any], None] = lambda _connection: None
    kill: Callable[[Any], None] | None = None
    sever: Callable[[Any], None] | None = None
    local: bool = False
    spoils: tuple[type[SourceError], ...] = (Unavailable, Unknown)


class Link:
    """One connection. `until` is when its running work must be over, None at rest; `lock` guards `until` and `overran`."""

    __slots__ = ("connection", "generation", "lock", "overran", "until", "used", "worn")

    def __init__(self, connection: Any, generation: int) -> None:
        self.connection, self.generation = connection, generation
        self.lock = threading.Lock()
        self.until: float | None = None
        self.overran = False
        self.worn = False  # has answered before, so it may have died since
        self.used = 0.0


class Watchdog:
    """One daemon thread that cancels work at its deadline.

    It sleeps until the earliest deadline that it knows of. Beginning work is two stores and a comparison as long as its
    deadline is not earlier than that, which is the rule: deadlines come in the order of the requests.
    """

    def __init__(self, cancel: Callable[[Any], None]) -> None:
        self._cancel = cancel
        self._links: tuple[Link, ...] = ()
        self._changed = threading.Condition(threading.Lock())
        self._wakes_at = math.inf
        self._thread: threading.Thread | None = None

    def watch(self, link: Link) -> None:
        """Know a connection. The thread starts with the first one."""
        with self._changed:
            self._links = (*self._links, link)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="bascule-watchdog", daemon=True)
                self._thread.start()

    def forget(self, link: Link) -> None:
        """Know a connection no longer. The thread ends with the last one."""
        with self._changed:
            self._links = tuple(each for each in self._links if each is not link)
            if not self._links:
                self._changed.notify()

    def begin(self, link: Link, until: float) -> None:
        """Work on the connection must be over by then."""
        link.until = until
        if until < self._wakes_at:
            with self._changed:
                self._changed.notify()

    @staticmethod
    def end(link: Link) -> bool:
        """The work is over. Whether it had to be cancelled; no cancellation is under way when this returns."""
        with link.lock:
            overran, link.overran, link.until = link.overran, False, None
            return overran

    def _run(self) -> None:
        while True:
            self._wakes_at = math.inf  # whoever begins from here on wakes the thread, and is seen by the next round
            for link in self._links:
                self._check(link)
            with self._changed:
                if not self._links:
                    self._thread = None
                    return
                earliest = min((link.until or math.inf for link in self._links), default=math.inf)
                self._wakes_at = earliest
                self._changed.wait(None if earliest == math.inf else max(0.0, earliest - monotonic()))

    def _check(self, link: Link) -> None:
        """Cancel what runs on a connection if its time is over.

        The connection's lock is held meanwhile: otherwise the cancellation could meet the connection's next user.
        """
        with link.lock:
            now = monotonic()
            if link.until is None or now < link.until:
                return
            link.overran, link.until = True, now + _AGAIN
            with contextlib.suppress(Exception):  # a connection that cannot be cancelled is tried again
                self._cancel(link.connection)


class Pool:
    """At most `size` connections, lent one to a thread.

    A ticket stands for the right to hold a connection. Waiting for one is the only wait here, and has an end.
    """

    def __init__(self, size: int, connect: Callable[[float], Any], watchdog: Watchdog) -> None:
        self.size = size
        self._connect, self._watchdog = connect, watchdog
        self._tickets: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._resting: list[Link] = []
        self._generation = 0
        for _ in range(size):
            self._tickets.put(None)

    def take(self, now: float, until: float) -> Link:
        """Borrow a connection. Raises Busy when none becomes free by `until`, and what connecting raises."""
        self._wait(now, until)
        try:
            link = self._resting.pop()
        except IndexError:
            return self._open(until)
        if now - link.used < _IDLE:
            return link
        self._end(link)
        return self._open(until)

    def give(self, link: Link, now: float) -> None:
        """Bring a connection back that can be used again."""
        link.used, link.worn = now, True
        if link.generation == self._generation:
            self._resting.append(link)
        else:
            self._end(link)
        self._tickets.put(None)

    def discard(self, link: Link) -> None:
        """Bring a connection back that must not be used again."""
        self._end(link)
        self._tickets.put(None)

    def flush(self) -> None:
        """Close what rests now, and what is lent out when it comes back."""
        self._generation += 1
        with contextlib.suppress(IndexError):
            while True:
                self._end(self._resting.pop())

    def abandon(self) -> Sequence[Link]:
        """The resting connections, which belong to somebody else (the parent of a fork) and must not be closed."""
        return self._resting

    def _wait(self, now: float, until: float) -> None:
        if now >= until:
            raise TimedOut("the deadline had passed before a connection was asked for")
        try:
            self._tickets.get(timeout=until - now)
        except queue.Empty:
            raise Busy(f"none of {self.size} connections became free within {until - now:.3f} s") from None

    def _open(self, until: float) -> Link:
        """A new connection; its ticket goes back if there is none."""
        try:
            link = Link(self._connect(max(until - monotonic(), 0.001)), self._generation)
        except BaseException:
            self._tickets.put(None)
            raise
        self._watchdog.watch(link)
        return link

    def _end(self, link: Link) -> None:
        self._watchdog.forget(link)
        with contextlib.suppress(Exception):  # it may be dead already; nobody can do anything about it
            link.connection.close()


class Guard:
    """Lends a source's connections to its work. `seconds` is the deadline where a caller gives none."""

    def __init__(self, name: str, driver: Driver, terms: Terms) -> None:
        self._name, self._driver, self._seconds = name, driver, terms.seconds
        self._connections = max(1, terms.connections // terms.workers)
        self._start()
        _guards.add(self)

    def call(
        self, deadline: float | None, work: Callable[..., T], *arguments: Any, lane: Lane = "interactive"
    ) -> tuple[T, float, float]:
        """Call `work(connection, *arguments)`: its result, and the seconds waited and taken. Raises SourceError.

        The work must be a read: it is done a second time, on a new connection, if the one it was given had died.
        """
        del lane
        asked = monotonic()
        until = asked + self._seconds if deadline is None else deadline
        link = self._take(asked, until)
        try:
            return self._use(link, asked, until, work, arguments)
        except Unavailable:
            if not link.worn or monotonic() >= until:
                raise
        self._pool.flush()  # what killed one connection killed its neighbours
        link = self._take(monotonic(), until)
        return self._use(link, asked, until, work, arguments)

    def charge(self, rows: int) -> None:
        """So many rows were read."""

    def health(self) -> Health:
        """How the source is."""
        return Health("ok")

    def close(self) -> None:
        """Close every connection, those in use when their work is over. The guard may be used again."""
        self._pool.flush()

    def forked(self) -> None:
        """Start afresh in a child process; the parent's connections are kept open, untouched."""
        _inherited.extend(self._pool.abandon())
        self._start()

    def _start(self) -> None:
        self._watchdog = Watchdog(self._driver.cancel)
        self._pool = Pool(self._connections, self._driver.connect, self._watchdog)

    def _take(self, now: float, until: float) -> Link:
        try:
            return self._pool.take(now, until)
        except Exception as error:  # noqa: BLE001  # whatever a driver raises becomes a failure of the port
            failure = self._driver.translate(error)
            raise failure from (None if failure is error else error)

    def _use(
        self, link: Link, asked: float, until: float, work: Callable[..., T], arguments: Sequence[Any]
    ) -> tuple[T, float, float]:
        started = monotonic()
        self._watchdog.begin(link, until)
        try:
            result = work(link.connection, *arguments)
        except Exception as error:  # noqa: BLE001  # as above
            failure = self._failed(link, error)
            raise failure from (None if failure is error else error)
        except BaseException:
            self._watchdog.end(link)
            self._pool.discard(link)
            raise
        ended = monotonic()
        if self._watchdog.end(link):
            self._pool.discard(link)  # the cancellation may still be on its way to the server
        else:
            self._pool.give(link, ended)
        return result, started - asked, ended - started

    def _failed(self, link: Link, error: Exception) -> SourceError:
        """What the failure of some work means; the connection is given back if it is still good."""
        overran = self._watchdog.end(link)
        failure = self._driver.translate(error)
        if isinstance(failure, Unavailable | Unknown) or (overran and not isinstance(failure, TimedOut)):
            self._pool.discard(link)
        else:
            self._pool.give(link, monotonic())
        return TimedOut(f"cancelled at its deadline: {failure}") if overran else failure


_guards: Final[weakref.WeakSet[Guard]] = weakref.WeakSet()
_inherited: Final[list[Link]] = []  # never closed, never collected: closing would end the parent's sessions


def _forked() -> None:
    for guard in list(_guards):
        guard.forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
