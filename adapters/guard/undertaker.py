"""The undertaker: looks after statements that nobody waits for any more.

In charge of ending them at the server, of what becomes of their connection, and of counting those that do not come back. It
must not know leases: it is told what to do with a link that is good again, one that is not, and one that stays away.

What it tries, half a second each: to cancel the statement, to have it killed over another connection, to cut the socket; and
a few times to cancel it again once it counts as lost. Each try can hang itself, so each link has a thread here as long as it
lasts.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from time import monotonic
from typing import Final

from adapters.guard.driver import Driver
from adapters.guard.links import Link
from adapters.port import TimedOut

_STEP: Final = 0.5  # seconds
_AGAIN: Final = 10  # times that a lost statement is cancelled
OVERDUE: Final = 2.0  # seconds after which a statement counts as lost, and its connection is granted to somebody else


class Undertaker:
    """The given-up links of one process.

    `miss` is told of a link that does not come back. `revive` or `bury` is told of each that does; `bury` also of whether it
    had been missed.
    """

    def __init__(
        self,
        driver: Driver,
        revive: Callable[[Link], None],
        bury: Callable[[Link, bool], None],
        miss: Callable[[Link], None],
    ) -> None:
        self._driver, self._revive, self._bury, self._miss = driver, revive, bury, miss
        self._lock = threading.Lock()
        self._open: dict[Link, int] = {}  # what is still to end before the link is settled
        self._opening: set[Link] = set()
        self._since: dict[Link, float] = {}
        self._missed: set[Link] = set()

    def take(self, link: Link, *, opening: bool) -> None:
        """A link whose work overran. One that is `opening` has nothing to cancel: its log-in ends by itself."""
        with self._lock:
            self._open[link] = 1 if opening else 2
            self._since[link] = monotonic()
            if opening:
                self._opening.add(link)
        if not opening:
            threading.Thread(target=self._end, args=(link,), name="bascule-undertaker", daemon=True).start()
        if link.back.is_set():
            self.returned(link)

    def returned(self, link: Link) -> None:
        """Its work has ended. Called in the link's own thread, perhaps before `take`."""
        with self._lock:
            if link not in self._open or not link.back.is_set():
                return
            link.back.clear()
        self._settle(link)

    def tidy(self, now: float) -> None:
        """Miss those that are overdue."""
        with self._lock:
            overdue = [
                link for link, since in self._since.items() if now - since > OVERDUE and link not in self._missed
            ]
            self._missed.update(overdue)
        for link in overdue:
            self._miss(link)

    @property
    def given_up(self) -> int:
        """The links that are not settled."""
        return len(self._open)

    @property
    def lost(self) -> int:
        """Those of them that are overdue."""
        return len(self._missed)

    def _end(self, link: Link) -> None:
        for step in (self._driver.cancel, self._driver.kill, self._driver.sever):
            if step is None:
                continue
            if step is not self._driver.cancel:
                link.fit = False  # however its statement ends: its session may not outlive this
            with contextlib.suppress(Exception):  # the next step is the answer
                step(link.connection)
            if self._is_back(link):
                break
        else:
            self._end_lost(link)
        self._settle(link)

    def _end_lost(self, link: Link) -> None:
        """Cancel it again when it counts as lost: its thread may have begun it only after the first time, which met nothing.

        Not before: its connection is not used again now, so that no cancellation can come too late.
        """
        left = _AGAIN
        while left and not self._is_back(link):
            if link in self._missed:
                left -= 1
                with contextlib.suppress(Exception):  # as above
                    self._driver.cancel(link.connection)

    def _is_back(self, link: Link) -> bool:
        """Whether the work ends within the time of a step."""
        until = monotonic() + _STEP
        while monotonic() < until:
            with self._lock:
                if self._open.get(link, 0) < 2:
                    return True
            link.back.wait(0.01)
        return False

    def _settle(self, link: Link) -> None:
        """One of what is to end has; after the last, the link's fate is known."""
        with self._lock:
            self._open[link] -= 1
            if self._open[link]:
                return
            del self._open[link], self._since[link]
            missed = link in self._missed
            opening = link in self._opening
            self._missed.discard(link)
            self._opening.discard(link)
        if not missed and self._is_good(link, opening=opening):
            self._revive(link)
        else:
            self._bury(link, missed)

    def _is_good(self, link: Link, *, opening: bool) -> bool:
        """Whether the connection can be used again: the cancellation hit what it was meant for, or a log-in was only slow."""
        if not link.fit:
            return False
        if link.error is None:
            return opening  # a statement that ended by itself may still be hit by its cancellation
        failure = self._driver.translate(link.error)
        return isinstance(failure, TimedOut) and not isinstance(failure, self._driver.spoils)
