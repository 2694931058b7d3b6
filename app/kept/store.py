"""The store: every place where an answer may be kept, nearest first, and the right to read one anew.

    this worker's memory -> the host's arena -> a store that hosts share -> disk

In charge of their order, and of one read at a time for a key among all who share one of them. It must not know how long an answer
may be served, nor how it is read.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Final, Protocol

from app.kept.entry import Entry, packed, unpacked
from app.kept.memory import Kept, Memory

FIRST_LOOK: Final = 0.002  # seconds between two looks at what somebody else reads, at first
LAST_LOOK: Final = 0.02  # and in the end
HOSTS: Final = 0.5  # of the time that who reads has, in which other hosts leave it to them: they may be gone, or have lost the store


class Overdue(Exception):
    """What somebody else reads has not come in time."""


class Log(Protocol):
    """What is known of purges (`purges.Purges`)."""

    def generation(self) -> int:
        """The last purge that is known."""

    def due(self) -> bool:
        """Whether the next question to `generation` would ask the state."""

    def valid(self, tags: tuple[str, ...], generation: int) -> bool:
        """Whether what shows this, and was begun at that generation, is still good. Asks nobody."""

    def holds(self, tags: tuple[str, ...], generation: int) -> bool:
        """The same, where there is time to ask for a generation that is not known yet."""


class Keeper(Protocol):
    """A place where packed entries lie."""

    def get(self, key: bytes) -> bytes | None:
        """The bytes of an entry, if they are there."""


class Host(Keeper, Protocol):
    """What the workers of a host share (`arena.Arena`). `size` and `used` are bytes, `evicted` are values."""

    size: int

    @property
    def used(self) -> int:
        """The bytes that are taken. For figures, not for requests."""

    @property
    def evicted(self) -> int:
        """What newer values have driven out."""

    def put(self, key: bytes, value: bytes) -> bool:
        """Keep them; whether they are kept."""

    def lease(self, key: bytes, seconds: float) -> bool:
        """Whether this thread may read the key now."""

    def release(self, key: bytes) -> None:
        """End its lease."""


class Lasting(Keeper, Protocol):
    """What outlives a restart (`disk.Disk`)."""

    def put(self, key: bytes, value: bytes, seconds: float) -> None:
        """Keep them for so long."""


class Hosts(Lasting, Protocol):
    """What hosts share (`shared.Shared`)."""

    def lease(self, key: bytes, seconds: float) -> str | None:
        """A token, where this host may read the key now; empty where nobody can say: then each host reads by itself."""

    def release(self, key: bytes, token: str) -> None:
        """End the lease."""


class Unpurged:
    """The log of a gateway in which nothing is purged."""

    def generation(self) -> int:
        """None."""
        return 0

    def due(self) -> bool:
        """Never."""
        return False

    def valid(self, tags: tuple[str, ...], generation: int) -> bool:
        """Always."""
        del tags, generation
        return True

    holds = valid


_UNPURGED: Final = Unpurged()


@dataclass(frozen=True, slots=True)
class Store:
    """The places. All but the worker's own memory may be missing."""

    memory: Memory
    host: Host | None = None
    hosts: Hosts | None = None
    disk: Lasting | None = None
    purges: Log = _UNPURGED

    def here(self, key: bytes) -> Kept | None:
        """What this worker keeps. It waits for nothing."""
        kept = self.memory.get(key)
        if kept is None or self.purges.valid(kept.entry.tags, kept.entry.generation):
            return kept
        self.memory.drop(key)
        return None

    def elsewhere(self, key: bytes, serves: Callable[[Entry], bool], *, lasting: bool) -> Entry | None:
        """The entry at the nearest other place where one `serves`; else the youngest of all. `lasting`: also on disk."""
        best: Entry | None = None
        places: tuple[Keeper | None, ...] = (self.host, self.hosts, self.disk if lasting else None)
        for place in places:
            data = None if place is None else place.get(key)
            entry = None if data is None else unpacked(key, data)
            if data is None or entry is None or not self.purges.holds(entry.tags, entry.generation):
                continue
            if best is None or entry.at > best.at:
                best = entry
                if place is not self.host and self.host is not None:
                    self.host.put(key, data)
            if serves(entry):
                break
        return best

    def keep(self, key: bytes, kept: Kept, seconds: float, *, lasting: bool) -> None:
        """Keep it everywhere, elsewhere for at most so many seconds."""
        self.memory.put(key, kept)
        data = packed(key, kept.entry)
        if self.host is not None:
            self.host.put(key, data)
        if self.hosts is not None:
            self.hosts.put(key, data, seconds)
        if lasting and self.disk is not None:
            self.disk.put(key, data, seconds)

    @contextmanager
    def turn(
        self, key: bytes, until: float, fresh: Callable[[Entry], bool], *, lasting: bool
    ) -> Iterator[Entry | None]:
        """Wait for one's turn to read the key; what is given is what somebody else has read meanwhile, and None says to read.

        Raises Overdue at `until`, on the monotonic clock: whoever has waited as long has no time left to read.
        """
        look = FIRST_LOOK
        while True:
            token = self._claim(key, until)
            try:
                found = self.elsewhere(key, fresh, lasting=lasting and look == FIRST_LOOK)
                if found is not None and fresh(found):
                    yield found
                    return
                if token is not None and (look == FIRST_LOOK or monotonic() < until):
                    yield None
                    return
            finally:
                if token is not None:
                    self._unclaim(key, token)
            if monotonic() >= until:
                raise Overdue
            time.sleep(look)
            look = min(2 * look, LAST_LOOK)

    def _claim(self, key: bytes, until: float) -> str | None:
        """The right to read, or None where somebody else has it."""
        left = max(0.0, until - monotonic())
        if self.host is not None and not self.host.lease(key, left + 1.0):
            return None
        token = "" if self.hosts is None else self.hosts.lease(key, max(0.1, HOSTS * left))
        if token is None and self.host is not None:
            self.host.release(key)
        return token

    def _unclaim(self, key: bytes, token: str) -> None:
        if self.hosts is not None and token:
            self.hosts.release(key, token)
        if self.host is not None:
            self.host.release(key)
