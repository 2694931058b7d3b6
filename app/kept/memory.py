"""A worker's own memory: entries as they are served, and what was made of them on the way.

In charge of how many bytes they take and of which go first. It must not know how long an answer may be served: whoever puts one
in says until when.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from cachetools import LRUCache

from app.forks import begin_anew_in_children
from app.kept.entry import Entry

Encode = Callable[[bytes], bytes]

IDENTITY: Final = "identity"  # the content coding of a body as it is


class Kept:
    """An entry in memory. It may be served `until` then, on the monotonic clock, without another thought.

    `note` says why an entry that is no longer fresh may be; it is empty for a fresh one. `coded` are the body's content codings.
    """

    __slots__ = ("__weakref__", "coded", "entry", "note", "until")

    def __init__(self, entry: Entry, until: float, note: str = "") -> None:
        self.entry = entry
        self.until = until
        self.note = note
        self.coded: dict[str, bytes] = {IDENTITY: entry.body}

    @property
    def size(self) -> int:
        """The bytes that it takes, about."""
        return self.entry.size + sum(map(len, self.coded.values())) - len(self.entry.body)


class Memory:
    """Entries by key, least recently used first out, bounded by `size` bytes. Safe for threads and forks."""

    def __init__(self, size: int) -> None:
        self._size = size
        self.forked()
        begin_anew_in_children(self)

    def forked(self) -> None:
        """Begin in a new process with nothing: a thread of the parent may be in the middle of a change."""
        self._entries: LRUCache[bytes, Kept] = LRUCache(self._size, getsizeof=lambda kept: kept.size)
        self._lock = threading.Lock()
        self.evicted = 0

    def get(self, key: bytes) -> Kept | None:
        """What is kept, however old it is."""
        with self._lock:
            return self._entries.get(key)

    def put(self, key: bytes, kept: Kept) -> None:
        """Keep it in place of the one before; one that is larger than all of the memory is not kept."""
        with self._lock:
            self._put(key, kept)

    def drop(self, key: bytes) -> None:
        """Forget it."""
        with self._lock:
            self._entries.pop(key, None)

    def body(self, key: bytes, kept: Kept, coding: str, encode: Encode) -> bytes:
        """The body in that coding, made when it is first asked for and kept beside the others."""
        found = kept.coded.get(coding)
        if found is None:
            found = encode(kept.entry.body)
            with self._lock:
                kept.coded = {**kept.coded, coding: found}
                if self._entries.get(key) is kept:
                    self._put(key, kept)  # it is larger now
        return found

    def _put(self, key: bytes, kept: Kept) -> None:
        """Put it in. Call it locked."""
        if kept.size > self._size:
            self._entries.pop(key, None)
            return
        before = len(self._entries) + (key not in self._entries)
        self._entries[key] = kept
        self.evicted += before - len(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def used(self) -> int:
        """The bytes that are taken, about."""
        return int(self._entries.currsize)
