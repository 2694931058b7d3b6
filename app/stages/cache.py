"""Cache: whether a kept answer serves, and one read for all who want the same.

In charge of the ages at which an answer is fresh, stale but good enough, or too old; and of letting concurrent misses of one key
wait for one read. It must not know what an answer says, where it is kept, or how it is read. The key is made where the query is.

    fresh                    served; from EARLY of that time on, a new one is read behind it
    stale_while_revalidate   served while a new one is read behind it
    stale_if_error           served if a new one cannot be had in PATIENCE, or the source fails
    quiet window             nothing ages while its source is left alone: what served at its start does to its end

Times are shortened by up to JITTER, each key's by its own part, so that what was read together is not read again together.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Final

from app.contract.model import CacheSpec
from app.kept.behind import Behind
from app.kept.entry import Entry
from app.kept.memory import Kept, Memory
from app.kept.store import Overdue, Store
from app.problems import ProblemError

EARLY: Final = 0.8  # of its time, after which a fresh answer that is asked for is read anew behind the requests
JITTER: Final = 0.1
PATIENCE: Final = 0.5  # seconds that a request waits for a new answer where an old one would do
HOLD: Final = 1.0  # seconds between two attempts to replace an answer that serves

NAME: Final = "bascule"  # in `Cache-Status`

Read = Callable[[], Entry]


@dataclass(frozen=True, slots=True)
class Wanted:
    """One answer that a request wants: its key, how long such answers are kept, and the ways to read it.

    `wait` is how long the request may wait for somebody else's read, in seconds. `behind` reads for nobody in particular.
    `quiet` says for how long the sources have been left alone; 0: they are not.
    """

    key: bytes
    spec: CacheSpec
    wait: float
    read: Read
    behind: Read
    quiet: Callable[[], float] = lambda: 0.0


@dataclass(frozen=True, slots=True)
class Served:
    """What serves a request, and what `Cache-Status` says of it (RFC 9211)."""

    kept: Kept
    status: str


class _Flight:
    """A read that is under way: its end is awaited by those who want the same."""

    def __init__(self) -> None:
        self.landed = threading.Event()
        self.kept: Kept | None = None
        self.error: Exception | None = None

    def end(self, timeout: float) -> Kept:
        """What it brought. Raises what it failed with, or Overdue."""
        if not self.landed.wait(timeout):
            raise Overdue
        if self.error is not None:
            raise self.error
        if self.kept is None:  # its thread was ended from outside
            raise Overdue
        return self.kept


class Cache:
    """The cache of one process, over what it shares with others. Safe for threads."""

    def __init__(self, store: Store, behind: Behind | None = None, clock: Callable[[], float] = monotonic) -> None:
        self.store = store
        self._behind = behind or Behind()
        self._flights: dict[bytes, _Flight] = {}
        self._lock = threading.Lock()
        self._clock = clock

    def now(self) -> float:
        """The time on the monotonic clock, in seconds."""
        return self._clock()

    def hit(self, key: bytes) -> Kept | None:
        """What serves now, without a thought, a wait or a read; None: ask `fetch`."""
        if self.store.purges.due():
            return None
        kept = self.store.here(key)
        return kept if kept is not None and self._clock() < kept.until else None

    def fetch(self, wanted: Wanted, *, anew: bool = False) -> Served:
        """What serves the request; `anew`: only what is read from now on.

        Raises what the read raises; those who waited for it get the same failure. Raises Overdue after `wait` seconds: to read
        now would be one read for each of those who wait, at a source that is slow already.
        """
        self.store.purges.generation()
        kept = None if anew else self.store.here(wanted.key)
        if kept is not None and self._clock() < kept.until:
            return self._hit(wanted, kept)
        if not anew:
            kept = self._nearest(wanted, kept)
        if kept is None:
            return self._awaited(wanted, "request" if anew else "uri-miss")
        return self._aged(wanted, kept)

    def _nearest(self, wanted: Wanted, kept: Kept | None) -> Kept | None:
        """The youngest that is kept anywhere: another worker may have read a newer one."""
        if kept is not None and self._clock() < self._fresh_until(wanted, kept.entry):
            return kept
        found = self.store.elsewhere(wanted.key, lasting=wanted.spec.persist)
        if found is None or (kept is not None and kept.entry.at >= found.at):
            return kept
        return self._taken(wanted, found)

    def _aged(self, wanted: Wanted, kept: Kept) -> Served:
        """What becomes of an answer that has to be looked at, for its age or the source's quiet."""
        now, spec = self._clock(), wanted.spec
        expires = self._fresh_until(wanted, kept.entry)
        if now < expires:
            self._refresh(wanted)
            kept.until = min(expires, now + HOLD)
            return self._hit(wanted, kept)
        if kept.entry.status != 200:
            return self._awaited(wanted, "stale")
        paused = min(wanted.quiet(), now - kept.entry.read)
        if paused and now - paused < expires + max(spec.stale_while_revalidate, spec.stale_if_error):
            return self._held(wanted, kept, "quiet")
        if now < expires + spec.stale_while_revalidate:
            self._refresh(wanted)
            return self._held(wanted, kept, "stale-while-revalidate")
        if now < expires + spec.stale_if_error:
            return self._rather_new(wanted, kept)
        return self._awaited(wanted, "stale")

    def _rather_new(self, wanted: Wanted, kept: Kept) -> Served:
        """A new answer where it can be had soon, else the old one."""
        flight = self._refresh(wanted)
        if flight is None:
            return self._held(wanted, kept, "busy")
        try:
            return Served(flight.end(min(PATIENCE, wanted.wait)), f"{NAME}; fwd=stale; stored")
        except Overdue:
            return self._held(wanted, kept, "slow")
        except ProblemError as error:
            if error.problem.status < 500:
                raise
            return self._held(wanted, kept, error.problem.code)

    def _held(self, wanted: Wanted, kept: Kept, note: str) -> Served:
        """The old answer, which serves for a moment without another thought."""
        kept.until, kept.note = self._clock() + HOLD, note
        return self._hit(wanted, kept)

    def _hit(self, wanted: Wanted, kept: Kept) -> Served:
        return Served(kept, hit_status(kept, wanted.spec.fresh, self._clock()))

    def _awaited(self, wanted: Wanted, why: str) -> Served:
        """An answer that is read now, by this request or by another that wants the same."""
        flight, leads = self._flight(wanted.key)
        if not leads:
            return Served(flight.end(wanted.wait), f"{NAME}; fwd={why}; collapsed")
        kept, own = self._lead(wanted, flight, wanted.read, anew=why == "request")
        became = ("; stored" if kept.entry.whole else "") if own else "; collapsed"
        return Served(kept, f"{NAME}; fwd={why}{became}")

    def _refresh(self, wanted: Wanted) -> _Flight | None:
        """The flight that brings a new answer, behind the requests; None where there is no room for one."""
        flight, leads = self._flight(wanted.key)
        if leads and not self._behind.submit(lambda: self._lead_behind(wanted, flight)):
            self._land(wanted.key, flight)
            return None
        return flight

    def _lead_behind(self, wanted: Wanted, flight: _Flight) -> None:
        try:
            self._lead(wanted, flight, wanted.behind)
        except (ProblemError, Overdue):
            return  # told to who waits for the flight, and by the stage that failed to the observatory

    def _flight(self, key: bytes) -> tuple[_Flight, bool]:
        """The flight of a key, and whether it is the caller's to lead."""
        with self._lock:
            flight = self._flights.get(key)
            if flight is not None:
                return flight, False
            flight = self._flights[key] = _Flight()
            return flight, True

    def _lead(self, wanted: Wanted, flight: _Flight, read: Read, *, anew: bool = False) -> tuple[Kept, bool]:
        """What is read now, here or by who had the right to, and whether it was here."""
        begun = self._clock()

        def serves(entry: Entry) -> bool:
            return entry.read >= begun if anew else self._is_young(wanted, entry)

        try:
            with self.store.turn(wanted.key, begun + wanted.wait, serves, lasting=wanted.spec.persist) as found:
                kept = self._kept(wanted, read()) if found is None else self._taken(wanted, found)
        except Exception as error:
            flight.error = error
            raise
        else:
            flight.kept = kept
            return kept, found is None
        finally:
            self._land(wanted.key, flight)

    def _land(self, key: bytes, flight: _Flight) -> None:
        with self._lock:
            del self._flights[key]
        flight.landed.set()

    def _kept(self, wanted: Wanted, entry: Entry) -> Kept:
        """What was just read, kept everywhere if it is whole."""
        kept = self._timed(wanted, entry)
        if entry.whole:
            spec = wanted.spec
            seconds = spec.longest if entry.status == 200 else spec.negative
            self.store.keep(wanted.key, kept, seconds, lasting=spec.persist and entry.status == 200)
        return kept

    def _taken(self, wanted: Wanted, entry: Entry) -> Kept:
        """What was kept elsewhere, in this worker's memory from now on."""
        kept = self._timed(wanted, entry)
        self.store.memory.put(wanted.key, kept)
        return kept

    def _timed(self, wanted: Wanted, entry: Entry) -> Kept:
        early = EARLY if entry.status == 200 else 1.0
        return Kept(entry, entry.read + early * (self._fresh_until(wanted, entry) - entry.read))

    def _is_young(self, wanted: Wanted, entry: Entry) -> bool:
        """Whether an entry is young enough not to be read again, even early."""
        return self._clock() < self._timed(wanted, entry).until

    def _fresh_until(self, wanted: Wanted, entry: Entry) -> float:
        seconds = wanted.spec.fresh if entry.status == 200 else wanted.spec.negative
        return entry.read + seconds * (1 - JITTER * wanted.key[0] / 255)


def alone(size: int) -> Cache:
    """The cache of a process that shares nothing, of so many bytes."""
    return Cache(Store(Memory(size)))


def key_of(*parts: str) -> bytes:
    """The key of an answer: a digest, so that a long query takes no more memory than a short one (128 bits)."""
    return hashlib.blake2b("\n".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def hit_status(kept: Kept, fresh: float, now: float) -> str:
    """What `Cache-Status` says of an answer that was kept; a `ttl` below 0 is that of a stale one (RFC 9211, 2.4)."""
    detail = f"; detail={kept.note}" if kept.note else ""
    return f"{NAME}; hit; ttl={int((fresh - (now - kept.entry.read)) // 1)}{detail}"


def control(fresh: float | None, *, whole: bool, shared: bool) -> str:
    """What `Cache-Control` says: how long others may keep the answer, and whether for anybody but its caller.

    `Age` is sent beside it, so that max-age is the whole time (RFC 9111, 4.2.1).
    """
    if not whole:
        return "no-store"
    if fresh is None:
        return "no-cache" if shared else "private, no-cache"
    return f"{'public' if shared else 'private'}, max-age={int(fresh)}"
