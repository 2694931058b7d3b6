"""The pool: a process's connections to one source, and the short queue before them.

In charge of lending connections (the last used first, while it is warm), of the leases for them, which all worker processes
share, and of who waits. It must not know what a failure means: it is told whether a connection is still good.

A lease is the right to one open connection. It is taken when a connection is opened and given back when it is closed; while
a connection rests, it keeps its lease. When a request of another process waits, connections that nobody uses are closed;
when that process holds less than its share, one that holds more also closes what comes back, and takes no more. Two that
both have their share do not take connections from each other, since each change of hands is a log-in.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Final, Literal

from adapters.guard.board import OWED_UNTIL, WANTED_UNTIL, Board
from adapters.guard.links import Link, LocalLink
from adapters.port import Busy, Lane

AnyLink = Link | LocalLink

QUEUE: Final = 1.0  # seconds that a request waits for a connection: a longer queue only makes everybody late
IDLE: Final = 600.0  # seconds after which a resting connection is replaced unasked: firewalls forget it in silence
CLOSING: Final = 0.5  # seconds after which a connection that does not close no longer keeps others from opening one
_UNUSED: Final = 0.5  # seconds of rest after which a connection is others' if they want one
_LOOK: Final = 0.05  # seconds between two looks at the leases that other processes give back
_WANTED: Final = 0.5  # seconds for which a wish for a connection holds


Gift = Link | LocalLink | Literal["lease"]
"""What a request is handed: a connection, or the lease for a new one."""


class _Waiter:
    """A request in the queue."""

    __slots__ = ("gift", "lane", "woken")

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self.woken = threading.Event()
        self.gift: Gift | None = None

    def give(self, gift: Gift) -> None:
        self.gift = gift
        self.woken.set()


class Pool:
    """At most `most` connections over all processes, `share` of them this one's by right."""

    def __init__(self, board: Board, most: int, share: int, make: Callable[[], AnyLink]) -> None:
        self.most, self.share = most, share
        self._board, self._make = board, make
        self._lock = threading.Lock()
        self._resting: list[AnyLink] = []
        self._closing: set[AnyLink] = set()
        self._stuck: set[AnyLink] = set()  # those that have had their time to close
        self._waiting: dict[Lane, deque[_Waiter]] = {"interactive": deque(), "background": deque()}
        self._held = 0
        self._generation = 0

    def take(self, now: float, until: float, lane: Lane) -> AnyLink | None:
        """Borrow a connection; None: the lease for a new one. Raises Busy when there is neither within the queue's time.

        Work in the background may use half of the connections, waits behind everybody else, and says `leave` when it is
        done.
        """
        with self._lock:
            queue = self._waiting[lane]
            gift = None if queue else self._lend(now, lane)
            if gift is None:
                waiter = _Waiter(lane)
                queue.append(waiter)
        if gift is None:
            gift = self._await(waiter, min(until, now + QUEUE))
        return None if gift == "lease" else gift

    def leave(self, lane: Lane) -> None:
        """The work for which a connection was taken is done, whatever became of the connection."""
        if lane == "background":
            self._board.leave()

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
        """Bring a connection back that must not be used again. Its lease is given back when it is closed, or `tidy` gives up."""
        link.used = monotonic()
        with self._lock:
            self._closing.add(link)
        link.close()
        if isinstance(link, LocalLink):
            self.unlease(link)

    def unlease(self, link: AnyLink) -> None:
        """Give back the lease of a connection, which may still be closing or lost."""
        with self._lock:
            self._closing.discard(link)
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

    def flush(self, died: AnyLink | None = None) -> list[AnyLink]:
        """Close what rests now, which is what this gives, and what is lent out when it comes back.

        Where a connection that `died` is the reason, and there was a flush since it was opened, what is here now is newer.
        """
        with self._lock:
            if died is not None and died.generation != self._generation:
                return []
            self._generation += 1
            ended, self._resting = self._resting, []
        for link in ended:
            self.discard(link)
        return ended

    def tidy(self, now: float) -> None:
        """Close what has rested too long, and what others need more; wait no longer for what does not close."""
        with self._lock:
            ended = [link for link in self._resting if now - link.used > IDLE]
            if not ended and self._board.read(WANTED_UNTIL) > now:
                ended = [link for link in self._resting[:1] if now - link.used > _UNUSED]
            self._resting = [link for link in self._resting if link not in ended]
            hanging = [link for link in self._closing if now - link.used > CLOSING]
            self._stuck.update(hanging)
        for link in ended:
            self.discard(link)
        for link in hanging:
            self.unlease(link)

    def gone(self, link: AnyLink) -> None:
        """A connection is closed."""
        self.unlease(link)
        with self._lock:
            self._stuck.discard(link)

    @property
    def stuck(self) -> int:
        """The connections that do not close."""
        return len(self._stuck)

    @property
    def closing(self) -> list[AnyLink]:
        """The connections whose closing is under way, and is waited for."""
        with self._lock:
            return list(self._closing)

    @property
    def held(self) -> int:
        """The leases of this process."""
        return self._held

    def _lend(self, now: float, lane: Lane) -> Gift | None:
        """What that lane may have at once, if there is anything. Call it locked."""
        if not self._enters(lane):
            return None
        gift = self._rested(now) or self._granted(now)
        if gift is None:
            self.leave(lane)
        return gift

    def _enters(self, lane: Lane) -> bool:
        """Whether that lane may have one more connection; it is counted then. Call it locked."""
        if lane == "interactive":
            return True
        return not self._waiting["interactive"] and self._board.enter(max(1, self.most // 2))

    def _rested(self, now: float) -> AnyLink | None:
        """The connection that was used last, if it has not rested too long. Call it locked."""
        return self._resting.pop() if self._resting and now - self._resting[-1].used < IDLE else None

    def _granted(self, now: float) -> Literal["lease"] | None:
        """The lease for a new connection, if there is one. Call it locked."""
        owed = self._held < max(1, self.share)
        if self._resting or (not owed and self._board.read(OWED_UNTIL) > now):
            return None
        if self._board.grant(self.most):
            self._held += 1
            self._board.have(owed=owed)
            return "lease"
        self._board.want(now + _WANTED, owed=owed)
        return None

    def _yields(self, now: float) -> bool:
        """Whether a process that has less than its share is to have what comes back here. Call it locked."""
        return self._held > self.share and self._board.read(OWED_UNTIL) > now

    def _next(self) -> _Waiter | None:
        """Who is served next, taken out of the queue. Call it locked."""
        for lane, queue in self._waiting.items():
            if queue and self._enters(lane):
                return queue.popleft()
        return None

    def _await(self, waiter: _Waiter, until: float) -> Gift:
        """What the waiter is given. Raises Busy at `until`."""
        queue = self._waiting[waiter.lane]
        while True:
            waiter.woken.wait(max(0.0, min(_LOOK, until - monotonic())))
            now = monotonic()
            with self._lock:
                if waiter.gift is None and queue[0] is waiter:
                    waiter.gift = self._lend(now, waiter.lane)
                    if waiter.gift is not None:
                        queue.popleft()
                if waiter.gift is not None:
                    return waiter.gift
                if now >= until:
                    queue.remove(waiter)
                    raise Busy(f"none of {self.most} connections became free in time")
