"""Buckets: how far ahead of its rate everybody is, known to all processes of a host.

In charge of the algorithm and of a table in shared memory that is made before the fork. It must not know callers, classes
of limits, or HTTP: it is told who draws, from which bucket, and how much.

The algorithm is GCRA, the generic cell rate algorithm (ITU-T I.371, as virtual scheduling): a bucket is one number, its
theoretical arrival time. Every draw moves that time on by its cost; a draw that would move it farther ahead of the clock
than the allowance is refused and moves nothing. `600/min, burst: 50` is a cost of 0.1 s and an allowance of 50 of them.

The table is set-associative: a bucket lies at one of WAYS places, which its hash names. It takes the place whose time comes
first: one that has passed is as good as empty, and where all sixteen are ahead of the clock, the one that is least so goes.
Whoever had it is granted its whole allowance anew; nobody is refused for want of a place. The hash is keyed with a secret
of the process group, so that nobody can choose an identity that drives out another's bucket.

Each set is guarded by one of STRIPES semaphores (see `forks`; without any, four processes lost two draws of five). The count
is exact among processes that run. One that is killed in the microsecond that it holds one may let a draw pass uncounted; one
that is stopped there, and goes on after PATIENCE, undoes what was drawn from that bucket meanwhile: at most its allowance,
once.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Sequence
from hashlib import blake2b
from typing import Final, NamedTuple, Protocol

from app.forks import PATIENCE, Semaphore, semaphores

SECOND: Final = 1_000_000_000  # nanoseconds: all that is stored is whole, so that sums of a billion draws are exact
SLACK: Final = 1_000  # what an allowance has to spare: a clock in floating-point seconds is true to some nanoseconds
FOREVER: Final = 2**62  # the allowance of a draw that is never refused
GRANTED: Final = -1

BUCKETS: Final = 65_536
WAYS: Final = 16
STRIPES: Final = 64
_JUMP: Final = 60 * SECOND  # no request waits that long between its clock and its draw: the clock went back
_KNOWN: Final = 16_384  # places that a process remembers


class Draw(NamedTuple):
    """What is drawn from one bucket of a holder, in nanoseconds of its rate.

    A `cost` of 0 looks only. The bucket's time is never more than `most` ahead of the clock, whatever is drawn.
    """

    what: str
    cost: int
    allowance: int
    most: int


class Store(Protocol):
    """Where buckets are kept."""

    waits: bool  # for somebody else than a thread of this host

    def draw(self, holder: str, draws: Sequence[Draw], now: float) -> tuple[int, int]:
        """Draw from buckets of `holder`, in order, until one refuses. Before the last, a draw that costs must be allowed FOREVER.

        Gives (GRANTED, what is left of the last one's allowance), or (index of the one that refuses, how long until it
        would not), in nanoseconds. `now` is the monotonic clock in seconds. Fails for no reason of its own.
        """


class Buckets:
    """The buckets of one host. Make it before the fork; nothing has to be done after it."""

    waits = False

    def __init__(self, buckets: int = BUCKETS) -> None:
        self._sets = max(1, buckets // WAYS)
        size = self._sets * WAYS * 8
        self._numbers = memoryview(mmap.mmap(-1, size)).cast("Q")  # the hash of the bucket that lies there; 0: none
        self._times = memoryview(mmap.mmap(-1, size)).cast("q")  # its theoretical arrival time
        self._salt = os.urandom(32)
        self._locks = semaphores(min(STRIPES, self._sets))
        self._known: dict[tuple[str, str], tuple[int, int, Semaphore]] = {}

    def draw(self, holder: str, draws: Sequence[Draw], now: float) -> tuple[int, int]:
        """See Store."""
        moment, left = int(now * SECOND), 0
        for index, draw in enumerate(draws):
            left = self._draw(holder, draw, moment)
            if left < 0:
                return index, -left
        return GRANTED, left

    def _draw(self, holder: str, draw: Draw, moment: int) -> int:
        """What is left of the allowance; below 0, what is missing."""
        what, cost, allowance, most = draw
        number, place, lock = self._known.get((holder, what)) or self._look_up(holder, what)
        times = self._times
        lock.acquire(True, PATIENCE)  # whatever it says: see above
        try:
            if self._numbers[place] != number:
                place = self._find(number, settle=cost > 0)
                if place < 0:
                    return allowance
                self._known[holder, what] = number, place, lock
            ahead = times[place] - moment
            if ahead < 0:
                ahead = 0
            elif ahead > most + _JUMP:
                ahead = most
                times[place] = moment + most
            after = ahead + cost
            if cost and after <= allowance:
                times[place] = moment + (after if after <= most else max(ahead, most))
            return allowance - after
        finally:
            try:  # noqa: SIM105  # `suppress` costs as much as the lock
                lock.release()
            except (ValueError, RuntimeError):
                pass  # somebody whose patience ended gave it back

    def _look_up(self, holder: str, what: str) -> tuple[int, int, Semaphore]:
        """A bucket's number, a place where it may be, and the lock of its set."""
        text = f"{holder}\0{what}".encode("utf-8", "surrogatepass")
        number = int.from_bytes(blake2b(text, digest_size=8, key=self._salt).digest(), "big") or 1
        row = number % self._sets
        if len(self._known) >= _KNOWN:
            self._known.clear()
        known = self._known[holder, what] = number, row * WAYS, self._locks[row % len(self._locks)]
        return known

    def _find(self, number: int, *, settle: bool) -> int:
        """Where the bucket is; -1: nowhere. To `settle`, it takes the place in its set whose time comes first."""
        first = number % self._sets * WAYS
        numbers = self._numbers[first : first + WAYS].tolist()
        if number in numbers:
            return first + numbers.index(number)
        if not settle:
            return -1
        times = self._times[first : first + WAYS].tolist()
        place = first + times.index(min(times))
        self._numbers[place], self._times[place] = number, 0
        return place
