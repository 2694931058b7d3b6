"""The watchdog: ends what overruns on connections that a caller's own thread works on.

In charge of one daemon thread. It must not know pools. A database inside this process is cancelled from here, at once. To
cancel a statement at a server can hang itself, so that it has a thread of its own; a moment later the socket is cut.
"""

from __future__ import annotations

import contextlib
import math
import threading
from collections.abc import Callable
from time import monotonic
from typing import Any, Final

_AGAIN: Final = 0.25  # seconds until a statement that survived its cancellation is cancelled again


class Watch:
    """A connection that is watched. `until` is when its work must be over, None at rest; `lock` guards it and `overran`.

    `canceller` is the thread that asked a server to end the last work that overran.
    """

    __slots__ = ("canceller", "connection", "lock", "overran", "until")

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.lock = threading.Lock()
        self.until: float | None = None
        self.overran = False
        self.canceller: threading.Thread | None = None


class Watchdog:
    """Cancels work at its deadline; with `sever`, cuts its connection if that does not help at once.

    Its thread sleeps until the earliest deadline that it knows of. Beginning work is two stores and a comparison as long as
    its deadline is not earlier than that, which is the rule: deadlines come in the order of the requests.
    """

    def __init__(self, cancel: Callable[[Any], None], sever: Callable[[Any], None] | None = None) -> None:
        self._cancel, self._sever = cancel, sever
        self._watches: tuple[Watch, ...] = ()
        self._changed = threading.Condition(threading.Lock())
        self._wakes_at = math.inf
        self._thread: threading.Thread | None = None

    @property
    def thread(self) -> threading.Thread | None:
        """Its thread, while it knows a connection."""
        return self._thread

    def watch(self, watch: Watch) -> None:
        """Know a connection. The thread starts with the first one."""
        with self._changed:
            self._watches = (*self._watches, watch)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="bascule-watchdog", daemon=True)
                self._thread.start()

    def forget(self, watch: Watch) -> None:
        """Know a connection no longer. The thread ends with the last one."""
        with self._changed:
            self._watches = tuple(each for each in self._watches if each is not watch)
            if not self._watches:
                self._changed.notify()

    def begin(self, watch: Watch, until: float) -> None:
        """Work on the connection must be over by then."""
        watch.until = until
        if until < self._wakes_at:
            with self._changed:
                self._changed.notify()

    @staticmethod
    def end(watch: Watch) -> bool:
        """The work is over. Whether it had to be ended; the watchdog does nothing more to it when this returns."""
        with watch.lock:
            overran, watch.overran, watch.until = watch.overran, False, None
            return overran

    def _run(self) -> None:
        while True:
            self._wakes_at = math.inf  # whoever begins from here on wakes the thread, and is seen by the next round
            for watch in self._watches:
                self._check(watch)
            with self._changed:
                if not self._watches:
                    self._thread = None
                    return
                earliest = min((watch.until or math.inf for watch in self._watches), default=math.inf)
                self._wakes_at = earliest
                self._changed.wait(None if earliest == math.inf else max(0.0, earliest - monotonic()))

    def _check(self, watch: Watch) -> None:
        """Cancel what runs on a connection if its time is over.

        The connection's lock is held meanwhile: otherwise the cancellation could meet the connection's next user.
        """
        with watch.lock:
            now = monotonic()
            if watch.until is None or now < watch.until:
                return
            first, watch.overran, watch.until = not watch.overran, True, now + _AGAIN
            if self._sever is None:
                _try(self._cancel, watch.connection)
            elif first:
                arguments = (self._cancel, watch.connection)
                watch.canceller = threading.Thread(target=_try, args=arguments, name="bascule-canceller", daemon=True)
                watch.canceller.start()
            else:
                _try(self._sever, watch.connection)


def _try(step: Callable[[Any], None], connection: Any) -> None:
    with contextlib.suppress(Exception):  # what does not help is tried again, or followed by the next step
        step(connection)
