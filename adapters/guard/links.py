"""A connection and the thread that its work runs in.

In charge of ending a wait at its deadline, whatever the driver does. It must not know pools, leases or a driver's codes.

Two kinds of link, one protocol. A `Link` has a thread of its own, which alone touches the connection: a driver that hangs
on a half-open TCP connection hangs there, and the caller goes away. Where the driver is `direct`, that thread only logs in and
closes, and statements run in the caller's: the hand-over costs some 40 µs each. A `LocalLink` has no thread at all: for a
database inside this process, where cancelling always works.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any, Final, TypeVar

from adapters.guard.driver import Driver
from adapters.guard.watchdog import Watch, Watchdog

T = TypeVar("T")

_CANCELLED: Final = 0.1  # seconds that whoever cancelled a statement has to come back, once it has ended


class Overran(Exception):
    """The work did not end in time; its thread goes on."""


class _Basis:
    """What the pool notes on a link, whichever it is."""

    connection: Any = None
    generation = 0
    used = 0.0
    worn = False  # has answered before, so it may have died since
    leased = True  # holds one of the source's connections
    cancelled = False  # the last work was cancelled: its failure means that its time was over
    fit = True  # may be used again
    _watch: Watch | None = None  # of a connection that is used in the caller's thread

    def _watched(
        self, watchdog: Watchdog, watch: Watch, until: float, work: Callable[..., T], arguments: Sequence[Any]
    ) -> T:
        """Work in this thread; it is ended at `until`. Raises what the work raises."""
        watchdog.begin(watch, until)
        try:
            result = work(self.connection, *arguments)
        except BaseException:
            self.cancelled = Watchdog.end(watch)
            if watch.canceller is not None:
                watch.canceller.join(_CANCELLED)
                self.fit = self.fit and not watch.canceller.is_alive()  # what it does may hit the next statement
                watch.canceller = None
            raise
        self.cancelled = False
        if Watchdog.end(watch):
            self.fit = False  # the cancellation came after the result, and may still be on its way
        return result


class LocalLink(_Basis):
    """A connection to a database inside this process."""

    def __init__(self, driver: Driver, watchdog: Watchdog) -> None:
        self._driver, self._watchdog = driver, watchdog

    def open(self, until: float, seconds: float) -> None:
        """Connect. Raises what the driver raises."""
        del seconds
        self.connection = self._driver.connect(max(until - monotonic(), 0.001))
        self._watch = Watch(self.connection)
        self._watchdog.watch(self._watch)

    def use(self, until: float, work: Callable[..., T], arguments: Sequence[Any]) -> T:
        """Work on the connection; it is cancelled at `until`. Raises what the work raises."""
        assert self._watch is not None, "a link is opened before it is used"
        return self._watched(self._watchdog, self._watch, until, work, arguments)

    def close(self) -> None:
        """Close the connection now."""
        if self._watch is not None:
            self._watchdog.forget(self._watch)
        with contextlib.suppress(Exception):  # it may be dead already; nobody can do anything about it
            self.connection.close()

    def closed(self, seconds: float) -> bool:
        """Whether it was closed: always."""
        del seconds
        return True


class Link(_Basis):
    """A connection that lives in a thread of its own.

    `returned` is called, in that thread, when work ends that nobody waits for any more; `error` is then what it ended with.
    `gone` is called there too, last, when the connection is closed. `watchdog`: the driver is direct.
    """

    def __init__(
        self,
        driver: Driver,
        name: str,
        returned: Callable[[Link], None],
        gone: Callable[[Link], None],
        watchdog: Watchdog | None = None,
    ) -> None:
        self._driver, self._returned, self._gone, self._watchdog = driver, returned, gone, watchdog
        self._begin, self._end = threading.Lock(), threading.Lock()
        self._begin.acquire()
        self._end.acquire()
        self._deciding = threading.Lock()
        self._work: Callable[..., Any] | None = None
        self._arguments: Sequence[Any] = ()
        self._finished = self._given_up = self._closing = False
        self._result: Any = None
        self.error: BaseException | None = None
        self.back = threading.Event()  # set when work that was given up has ended
        self._thread = threading.Thread(target=self._run, name=f"bascule-{name}", daemon=True)
        self._thread.start()

    def open(self, until: float, seconds: float) -> None:
        """Connect, with `seconds` for the log-in. Raises Overran at `until`, and what the driver raises."""
        self.use(until, self._open, (max(seconds, until - monotonic()),))

    def use(self, until: float, work: Callable[..., T], arguments: Sequence[Any]) -> T:
        """Work on the connection. Raises Overran at `until`, and what the work raises."""
        if self._watchdog is not None and self._watch is not None:
            return self._watched(self._watchdog, self._watch, until, work, arguments)
        self._work, self._arguments, self.error = work, arguments, None
        self._finished = self._given_up = False
        self._begin.release()
        if not self._end.acquire(timeout=max(until - monotonic(), 0.0)):
            self._give_up()
            self._end.acquire()
        result: T = self._result
        error, self._result, self.error = self.error, None, None
        if error is not None:
            raise error
        return result

    def close(self) -> None:
        """Close the connection as soon as nothing runs on it. Does not wait: closing can hang as well."""
        with self._deciding:
            self._closing = True
            if self._given_up and not self._finished:
                return  # its thread sees the mark when it is back
        self._work = None
        self._begin.release()

    def closed(self, seconds: float) -> bool:
        """Wait until the connection is closed. Whether it was within so many seconds."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _open(self, _connection: None, seconds: float) -> None:
        self.connection = self._driver.connect(seconds)
        if self._watchdog is not None:
            self._watch = Watch(self.connection)
            self._watchdog.watch(self._watch)

    def _give_up(self) -> None:
        """Leave the work to its thread, unless it ended just now."""
        with self._deciding:
            if self._finished:
                return
            self._given_up = True
            self.back.clear()
        raise Overran

    def _run(self) -> None:
        while True:
            self._begin.acquire()
            if self._work is None:
                break
            try:
                self._result = self._work(self.connection, *self._arguments)
            except BaseException as error:  # noqa: BLE001  # it is raised in the thread that waits
                self.error = error
            with self._deciding:
                self._finished = True
                alone, closing = self._given_up, self._closing
            if not alone:
                self._end.release()
                continue
            self._result = None
            self.back.set()
            if closing:
                break
            self._returned(self)
        if self._watchdog is not None and self._watch is not None:
            self._watchdog.forget(self._watch)
        with contextlib.suppress(Exception):  # as above
            if self.connection is not None:
                self.connection.close()
        self._gone(self)
