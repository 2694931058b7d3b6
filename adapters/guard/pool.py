"""The pool: a process's connections to one source, and the short queue before them.

In charge of lending connections (the last used first, while it is warm), of the leases for them, which all worker processes
share, and of who waits. It must not know what a failure means: it is told whether a connection is still good.

A lease is the right to one open connection. It is taken when a connection is opened and given back when it is closed; while
a connection rests, it keeps its lease. A process that rests on more than its share gives some back when another one waits.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Final, Literal

from adapters.guard.board import WANTED_UNTIL, Board
from adapters.guard.links import Link, LocalLink
from adapters.port import Busy, Lane

AnyLink = Link | LocalLink

QUEUE: Final = 1.0  # seconds that a request waits for a connection: a longer queue only makes everybody late
IDLE: Final = 600.0  # seconds after which a resting connection is replaced unasked: firewalls forget it in silence
_LOOK: Final = 0.05  # seconds between two looks at the leases that other processes give back
_WANTED: Final = 0.5  # seconds for which a wish for a connection holds


class _Waiter:
    """A request in the queue. `gift` is what it is handed: a connection, or the lease for a new one."""

    __slots__ = ("gift", "lane", "woken")

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self.woken = threading.Event()
        self.gift: AnyLink | Literal["lease"] | None = None

    def give(self, gift: AnyLink | Literal["lease"]) -> None:
        self.gift = gift
        self.woken.set()


class Pool:
    """At most `most` connections over all processes, `share` of them this one's by right."""

    def __init__(self, board: Board, most: int, share: int, make: Callable[[], AnyLink]) -> None:
        self.most, self.share = most, share
        self._board, self._make = board, make
        self._lock = threading.Lock()
        self._resting: list[AnyLink] = []
        self._waiting: dict[Lane, deque[_Waiter]] = {"interactive": deque(), "background": deque()}
        self._held = 0
        self._generation = 0
        self._in_background = 0

    def take(self, now: float, until: float, lane: Lane) -> AnyLink | None:
        """Borrow a connection; None: the lease for a new one. Raises Busy when there is neither within the queue's time.

        Work in the background may use half of the connections, waits behind everybody else, and says `leave` when it is
        done.
        """
        with self._lock:
            if not self._waiting[lane] and self._admits(lane):
                link = self._rested(now)
                if link is not None or self._granted(now):
                    self._in_background += lane == "background"
                    return link
            waiter = _Waiter(lane)
            self._waiting[lane].append(waiter)
        return self._await(waiter, min(until, now + QUEUE))

    def leave(self, lane: Lane) -> None:
        """The work for which a connection was taken is done, whatever became of the connection."""
        if lane == "background":
            with self._lock:
                self._in_background -= 1

    def give(self, link: AnyLink, now: float) -> None:
        """Bring a connection back that can be used again."""
        link.used, link.worn = now, True
        with self._lock:
            keep = link.generation == self._generation and not self._yields(now)
            waiter = self._next() if keep else None
            if waiter is not None:
                waiter.give(link)
            elif keep:
                self._resting.append(link)
        if not keep:
            self.discard(link)

    def discard(self, link: AnyLink) -> None:
        """Bring a connection back that must not be used again."""
        link.close()
        self.unlease(link)

    def unlease(self, link: AnyLink) -> None:
        """Give back the lease of a connection, which may still be closing or lost."""
        with self._lock:
            if not link.leased:
                return
            link.leased = False
            self._released()

    def release(self) -> None:
        """Give back a lease for which no connection was opened."""
        with self._lock:
            self._released()

    def _released(self) -> None:
        """Hand a lease on, or give it back to all. Call it locked."""
        waiter = None if self._yields(monotonic()) else self._next()
        if waiter is not None:
            waiter.give("lease")
            return
        self._held -= 1
        self._board.release()

    def make(self) -> AnyLink:
        """A link without a connection, of the present generation."""
        link = self._make()
        link.generation = self._generation
        return link

    def flush(self) -> list[AnyLink]:
        """Close what rests now, and what is lent out when it comes back. What is being closed."""
        with self._lock:
            self._generation += 1
            ended, self._resting = self._resting, []
        for link in ended:
            self.discard(link)
        return ended

    def tidy(self, now: float) -> None:
        """Close what has rested too long, and what others need more."""
        with self._lock:
            ended = [link for link in self._resting if now - link.used > IDLE]
            if self._resting and not ended and self._yields(now):
                ended = [self._resting[0]]
            self._resting = [link for link in self._resting if link not in ended]
        for link in ended:
            self.discard(link)

    def resting(self) -> list[AnyLink]:
        """The resting connections."""
        return list(self._resting)

    @property
    def held(self) -> int:
        """The leases of this process."""
        return self._held

    def _admits(self, lane: Lane) -> bool:
        """Whether that lane may have one more connection. Call it locked."""
        return lane == "interactive" or self._in_background < max(1, self.most // 2)

    def _rested(self, now: float) -> AnyLink | None:
        """The connection that was used last, if it has not rested too long. Call it locked."""
        return self._resting.pop() if self._resting and now - self._resting[-1].used < IDLE else None

    def _granted(self, now: float) -> bool:
        """Whether a new connection may be opened. Call it locked."""
        if self._resting or not self._board.grant(self.most, now + _WANTED):
            return False
        self._held += 1
        return True

    def _yields(self, now: float) -> bool:
        """Whether another process waits while this one holds more than its share. Call it locked."""
        return self._held > self.share and self._board.read(WANTED_UNTIL) > now

    def _next(self) -> _Waiter | None:
        """Who is served next, taken out of the queue. Call it locked."""
        for lane, queue in self._waiting.items():
            if queue and self._admits(lane):
                self._in_background += lane == "background"
                return queue.popleft()
        return None

    def _await(self, waiter: _Waiter, until: float) -> AnyLink | None:
        while not waiter.woken.wait(max(0.0, min(_LOOK, until - monotonic()))):
            now = monotonic()
            with self._lock:
                if waiter.gift is not None:
                    break
                if self._waiting[waiter.lane][0] is waiter and self._admits(waiter.lane):
                    link = self._rested(now)
                    if link is not None or self._granted(now):
                        self._waiting[waiter.lane].popleft()
                        self._in_background += waiter.lane == "background"
                        return link
                if now >= until:
                    self._waiting[waiter.lane].remove(waiter)
                    raise Busy(f"none of {self.most} connections became free in time")
        return None if waiter.gift == "lease" else waiter.gift
