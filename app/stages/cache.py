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
from functools import partial
from time import monotonic
from typing import Final

from app.contract.model import CacheSpec
from app.forks import begin_anew_in_children
from app.kept.behind import Behind
from app.kept.entry import Entry
from app.kept.memory import Kept, Memory
from app.kept.store import Overdue, Store
from app.problems import ProblemError

EARLY: Final = 0.8  # of its time, after which a fresh answer that is asked for is read anew behind the requests
JITTER: Final = 0.1
PATIENCE: Final = 0.5  # seconds that a request waits for a new answer where an old one would do
HOLD: Final = 1.0  # seconds between two attempts to replace an answer that serves
IN_VAIN: Final = 30.0  # seconds after such an attempt in which nobody waits for the next one

NAME: Final = "bascule"  # in `Cache-Status`
QUIET: Final = "quiet"  # the detail there of an answer that is held because its source is left alone

Read = Callable[[], Entry]


@dataclass(frozen=True, slots=True)
class Wanted:
    """One answer that a request wants: its key, how long such answers are kept, and the ways to read it.

    `wait` is how long the request may wait for somebody else's read, in seconds. `behind` reads for nobody in particular.
    `quiet` says for how long the sources have been left alone, 0: they are not; `rest` is how long they can be at most.
    """

    key: bytes
    spec: CacheSpec
    wait: float
    read: Read
    behind: Read
    quiet: Callable[[], float] = lambda: 0.0
    rest: float = 0.0


@dataclass(frozen=True, slots=True)
class Served:
    """What serves a request, and what `Cache-Status` says of it (RFC 9211)."""

    kept: Kept
    status: str


class _Flight:
    """A read that is to be made, or under way: its end is awaited by those who want the same."""

    def __init__(self) -> None:
        self._begun = threading.Lock()
        self._landed = threading.Event()
        self._kept: Kept | None = None
        self._error: Exception | None = None

    def begin(self) -> bool:
        """Whether the read is the caller's to make: it is for the first who asks, also while it waits behind the requests."""
        return self._begun.acquire(blocking=False)

    def land(self, kept: Kept | None = None, error: Exception | None = None) -> None:
        """Tell those who wait what it brought, or failed with."""
        self._kept, self._error = kept, error
        self._landed.set()

    def end(self, timeout: float) -> Kept | None:
        """What it brought; None where nobody read, or the thread that did was ended. Raises what it failed with, or Overdue."""
        if not self._landed.wait(timeout):
            raise Overdue
        if self._error is not None:
            raise self._error
        return self._kept


class Cache:
    """The cache of one process, over what it shares with others. Safe for threads and forks."""

    def __init__(self, store: Store, behind: Behind | None = None, clock: Callable[[], float] = monotonic) -> None:
        self.store = store
        self._behind = behind or Behind()
        self._clock = clock
        self.forked()
        begin_anew_in_children(self)

    def forked(self) -> None:
        """Begin in a new process: the parent's reads land there."""
        self._flights: dict[bytes, _Flight] = {}
        self._lock = threading.Lock()

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
        if kept is not None and self._is_fresh(wanted, kept.entry):
            return kept
        found = self.store.elsewhere(wanted.key, partial(self._is_fresh, wanted), lasting=wanted.spec.persist)
        if found is None or (kept is not None and kept.entry.at >= found.at):
            return kept
        return self._taken(wanted, found)

    def _aged(self, wanted: Wanted, kept: Kept) -> Served:
        """What becomes of an answer that has to be looked at, for its age or the source's quiet."""
        now, spec = self._clock(), wanted.spec
        expires = self._fresh_until(wanted, kept.entry)
        if now < expires:
            if not wanted.quiet():
                self._refresh(wanted)
            kept.until = min(expires, now + HOLD)
            return self._hit(wanted, kept)
        if kept.entry.status != 200:
            return self._awaited(wanted, "stale")
        paused = min(wanted.quiet(), now - kept.entry.read)
        if paused and now - paused < expires + max(spec.stale_while_revalidate, spec.stale_if_error):
            return self._held(wanted, kept, QUIET)
        if now < expires + spec.stale_while_revalidate:
            self._refresh(wanted)
            return self._held(wanted, kept, "stale-while-revalidate")
        if now < expires + spec.stale_if_error:
            return self._rather_new(wanted, kept)
        return self._awaited(wanted, "stale")

    def _rather_new(self, wanted: Wanted, kept: Kept) -> Served:
        """A new answer where a whole one can be had soon, else the old one; at once where it was in vain a moment ago."""
        flight = self._refresh(wanted)
        if flight is None:
            return self._held(wanted, kept, "busy")
        in_vain = kept.note not in {"", QUIET} and self._clock() < kept.until + IN_VAIN
        try:
            newer = flight.end(0.0 if in_vain else min(PATIENCE, wanted.wait))
        except Overdue:
            return self._held(wanted, kept, kept.note if in_vain else "slow")
        except ProblemError as error:
            if error.problem.status < 500:
                raise
            return self._held(wanted, kept, error.problem.code)
        except Exception:  # noqa: BLE001  # a defect: told by who met it, and no reason to serve nothing
            return self._held(wanted, kept, "internal-error")
        if newer is None or not newer.entry.whole:
            return self._held(wanted, kept, "incomplete")
        return Served(newer, f"{NAME}; fwd=stale; stored")

    def _held(self, wanted: Wanted, kept: Kept, note: str) -> Served:
        """The old answer, which serves for a moment without another thought."""
        kept.until, kept.note = self._clock() + HOLD, note
        return self._hit(wanted, kept)

    def _hit(self, wanted: Wanted, kept: Kept) -> Served:
        return Served(kept, hit_status(kept, _seconds(wanted, kept.entry), self._clock()))

    def _awaited(self, wanted: Wanted, why: str) -> Served:
        """An answer that is read now, by this request or by another that wants the same.

        Where a caller asks for it ("request"), only what is read from now on will do: not what a read brings that is under way.
        """
        asked, anew = self._clock(), why == "request"
        while True:
            flight, _ = self._flight(wanted.key)
            if flight.begin():
                return self._led(wanted, flight, asked, why)
            kept = flight.end(asked + wanted.wait - self._clock())
            if kept is not None and not (anew and kept.entry.read < asked):
                return Served(kept, f"{NAME}; fwd={why}; collapsed")

    def _led(self, wanted: Wanted, flight: _Flight, asked: float, why: str) -> Served:
        """What this request reads, or finds that somebody has read meanwhile."""

        def serves(entry: Entry) -> bool:
            return entry.read >= asked if why == "request" else self._is_young(wanted, entry)

        kept, own = self._lead(wanted, flight, wanted.read, asked + wanted.wait, serves)
        became = ("; stored" if _kept_for(wanted, kept.entry) else "") if own else "; collapsed"
        return Served(kept, f"{NAME}; fwd={why}{became}")

    def _refresh(self, wanted: Wanted) -> _Flight | None:
        """The flight that brings a new answer, behind the requests; None where there is no room for one."""
        flight, is_new = self._flight(wanted.key)
        if is_new and not self._behind.submit(lambda: self._lead_behind(wanted, flight)) and flight.begin():
            self._land(wanted.key, flight)
            return None
        return flight

    def _lead_behind(self, wanted: Wanted, flight: _Flight) -> None:
        if not flight.begin():
            return  # a request could not wait for it to begin
        try:
            self._lead(wanted, flight, wanted.behind, self._clock() + wanted.wait, partial(self._is_young, wanted))
        except (ProblemError, Overdue):
            return  # told to who waits for the flight, and by the stage that failed to the observatory

    def _flight(self, key: bytes) -> tuple[_Flight, bool]:
        """The flight of a key, and whether it was made just now."""
        with self._lock:
            flight = self._flights.get(key)
            if flight is not None:
                return flight, False
            flight = self._flights[key] = _Flight()
            return flight, True

    def _lead(
        self, wanted: Wanted, flight: _Flight, read: Read, until: float, serves: Callable[[Entry], bool]
    ) -> tuple[Kept, bool]:
        """What is read now, here or by who had the right to, and whether it was here. Call it with the flight begun."""
        kept, own, failure = None, False, None
        try:
            kept, own = self._found_or_read(wanted, read, until, serves)
        except Exception as error:
            failure = error
            raise
        finally:
            self._land(wanted.key, flight, kept, failure)
        return kept, own

    def _found_or_read(
        self, wanted: Wanted, read: Read, until: float, serves: Callable[[Entry], bool]
    ) -> tuple[Kept, bool]:
        kept = self.store.here(wanted.key)
        if kept is not None and serves(kept.entry):
            return kept, False  # it has come since the caller looked
        with self.store.turn(wanted.key, until, serves, lasting=wanted.spec.persist) as found:
            return (self._kept(wanted, read()), True) if found is None else (self._taken(wanted, found), False)

    def _land(self, key: bytes, flight: _Flight, kept: Kept | None = None, failure: Exception | None = None) -> None:
        with self._lock:
            if self._flights.get(key) is flight:
                del self._flights[key]
        flight.land(kept, failure)

    def _kept(self, wanted: Wanted, entry: Entry) -> Kept:
        """What was just read, kept everywhere if it may be."""
        kept, seconds = self._timed(wanted, entry), _kept_for(wanted, entry)
        if seconds:
            self.store.keep(wanted.key, kept, seconds, lasting=wanted.spec.persist and entry.status == 200)
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

    def _is_fresh(self, wanted: Wanted, entry: Entry) -> bool:
        return self._clock() < self._fresh_until(wanted, entry)

    def _fresh_until(self, wanted: Wanted, entry: Entry) -> float:
        return entry.read + _seconds(wanted, entry) * (1 - JITTER * wanted.key[0] / 255)


def _seconds(wanted: Wanted, entry: Entry) -> float:
    """How long such an entry is fresh, in seconds."""
    return wanted.spec.fresh if entry.status == 200 else wanted.spec.negative


def _kept_for(wanted: Wanted, entry: Entry) -> float:
    """How long an entry can be of any use to somebody, in seconds; 0: it is sent and not kept."""
    if not entry.whole:
        return 0.0
    return wanted.spec.longest + wanted.rest if entry.status == 200 else wanted.spec.negative


def alone(size: int) -> Cache:
    """The cache of a process that shares nothing, of so many bytes."""
    return Cache(Store(Memory(size)))


def key_of(*parts: str) -> bytes:
    """The key of an answer: a digest, so that a long query takes no more memory than a short one (128 bits)."""
    return hashlib.blake2b(repr(parts).encode(), digest_size=16).digest()


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
