"""Cache: finished answers kept for as long as the contract says, and one flight for each key.

In charge of what is kept (bytes, ETag, the time of the data), for how long, and within how many bytes; and of letting
concurrent misses of one key wait for one read. It must not know what an answer says. The key is made where the query is.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from time import monotonic, time
from typing import Any, Literal

from cachetools import LRUCache

OVERHEAD = 400  # bytes of an entry and its key beside its body, about
KEY = 72  # bytes of the key of an item, about

Outcome = Literal["hit", "miss", "collapsed", "bypass"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A finished answer. `read` and `as_of` are the same moment, on the monotonic clock and in words (RFC 3339, UTC).

    `next` is the cursor of the next page, or empty. `whole` is False where a part of the answer is missing: such an answer
    is sent and not kept. `rows` items are in it, of these `keys`, for the audit.
    """

    body: bytes
    etag: str
    next: str
    as_of: str
    read: float
    whole: bool = True
    rows: int = 0
    keys: Sequence[Any] = ()

    @property
    def size(self) -> int:
        """The bytes that it takes, about."""
        return len(self.body) + len(self.next) + KEY * len(self.keys) + OVERHEAD


def key_of(*parts: str) -> bytes:
    """The key of an answer: a digest, so that a long query takes no more memory than a short one (128 bits)."""
    return hashlib.blake2b("\n".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def finished(
    body: bytes,
    begun: float,
    *,
    weak: bool,
    next_cursor: str = "",
    whole: bool = True,
    rows: int = 1,
    keys: Sequence[Any] = (),
) -> Entry:
    """An entry whose read began at `begun` on the monotonic clock: its data is no younger than that.

    The ETag is a hash of the body: the same on every worker and host (RFC 9110, 8.8.3).
    """
    tag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
    as_of = _spelled(int(time() - (monotonic() - begun)))
    return Entry(body, f"W/{tag}" if weak else tag, next_cursor, as_of, begun, whole, rows, keys)


@lru_cache(maxsize=4)
def _spelled(second: int) -> str:
    """A second since the epoch as RFC 3339: spelled once for all the answers of that second."""
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Overdue(Exception):
    """The read that others wait for has not come in time."""


class _Flight:
    """A read that is under way: its end is awaited by those who want the same."""

    def __init__(self) -> None:
        self.landed = threading.Event()
        self.entry: Entry | None = None
        self.error: Exception | None = None


class Cache:
    """Entries by key, least recently used first out, bounded by `size` bytes. Safe for threads."""

    def __init__(self, size: int, clock: Callable[[], float] = monotonic) -> None:
        self.entries: LRUCache[bytes, Entry] = LRUCache(size, getsizeof=lambda entry: entry.size)
        self.flights: dict[bytes, _Flight] = {}
        self.lock = threading.Lock()
        self.clock = clock

    def fetch(self, key: bytes, fresh: float, wait: float, read: Callable[[], Entry]) -> tuple[Entry, Outcome]:
        """The entry of `key`: kept for less than `fresh` seconds, from a flight that is under way, or read now.

        Raises what `read` raises; those who waited for it get the same failure. Raises Overdue after `wait` seconds: to read
        now would be one read for each of those who wait, at a source that is slow already.
        """
        with self.lock:
            entry = self._kept(key, fresh)
            if entry is not None:
                return entry, "hit"
            flight = self.flights.get(key)
            leads = flight is None
            if flight is None:
                flight = self.flights[key] = _Flight()
        if leads:
            return self._lead(key, flight, read), "miss"
        if not flight.landed.wait(wait):
            raise Overdue
        if flight.error is not None:
            raise flight.error
        if flight.entry is None:  # the leader's thread was ended from outside
            return read(), "bypass"
        return flight.entry, "collapsed"

    def _kept(self, key: bytes, fresh: float) -> Entry | None:
        entry = self.entries.get(key)
        if entry is not None and self.clock() - entry.read >= fresh:
            del self.entries[key]
            return None
        return entry

    def _lead(self, key: bytes, flight: _Flight, read: Callable[[], Entry]) -> Entry:
        try:
            flight.entry = entry = read()
            if entry.whole:
                self._keep(key, entry)
        except Exception as error:
            flight.error = error
            raise
        else:
            return entry
        finally:
            with self.lock:
                del self.flights[key]
            flight.landed.set()

    def _keep(self, key: bytes, entry: Entry) -> None:
        with self.lock:
            if entry.size <= self.entries.maxsize:
                self.entries[key] = entry


def status(outcome: Outcome, entry: Entry, fresh: float) -> str:
    """What `Cache-Status` says of an answer that could be kept (RFC 9211)."""
    if outcome == "hit":
        return f"bascule; hit; ttl={int(fresh - (monotonic() - entry.read))}"
    collapsed = "; collapsed" if outcome == "collapsed" else ""
    stored = "; stored" if outcome == "miss" and entry.whole else ""
    return f"bascule; fwd=uri-miss{stored}{collapsed}"


def control(fresh: float | None, *, whole: bool, shared: bool) -> str:
    """What `Cache-Control` says: how long others may keep the answer, and whether for anybody but its caller.

    `Age` is sent beside it, so that max-age is the whole time (RFC 9111, 4.2.1).
    """
    if not whole:
        return "no-store"
    if fresh is None:
        return "no-cache" if shared else "private, no-cache"
    return f"{'public' if shared else 'private'}, max-age={int(fresh)}"
