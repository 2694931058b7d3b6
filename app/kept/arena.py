"""The arena: kept answers in shared memory, one copy and one flight for all workers of a host.

In charge of a piece of memory that is made before the fork: a ring of bytes, the index of what lies in it, and leases on
keys. It must not know what the bytes mean: whether an answer is fresh, and whom it is for.

The ring is written round and round. A position in it is virtual: it counts all bytes that were ever reserved, so that a value
is intact for as long as no more than the ring's capacity was reserved since. To put a value is to reserve its bytes, to copy
it, and only then to write its position, length and checksum into the index. No value wraps around the ring's end.

Readers take no lock and make no system call: they look the key up, copy the bytes out, see whether the ring has overtaken them
meanwhile, and compare the checksum, which is that of key, position and bytes. So whatever is torn, by two writers at a time or
by one that was killed, is a miss and not a wrong answer. What the checksum has to find alone is the damage of a process that was
stopped within its copy and went on when the others had filled the ring anew: CRC-32 misses one such value in 2³².

The index is set-associative: the slot of a key is one of WAYS, which its hash names. Python keys the hash of bytes with a secret
that forked processes have in common, so that nobody can choose addresses that drive out another's. Where all slots of a set
are taken, the oldest value goes; a slot with a lease stays. Whoever writes to a set holds its semaphore, one of STRIPES. See
`forks` for one whose holder was killed: at worst, two threads get a lease on one key, once.

A lease belongs to a thread. It ends when it is released, at its time, or with the process of its holder.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from struct import Struct
from threading import get_ident
from time import monotonic
from typing import Final, NamedTuple
from zlib import crc32

from app.forks import alone, lives, semaphores

WAYS: Final = 16
STRIPES: Final = 64
SMALLEST: Final = 4096  # bytes of an arena
TYPICAL: Final = 1024  # bytes of a value: the index has a slot for each so many
LARGEST: Final = 8  # a value is at most this part of the arena: a larger one would drive too much out
SECOND: Final = 1_000_000_000  # nanoseconds

_KEY: Final = 16  # bytes
_WORD: Final = 8
_VALUE: Final = Struct("@QII")  # position, length, checksum; native, so that no number is ever half written
_LEASE: Final = Struct("@QQq")  # the holder's process and thread; when it ends, in nanoseconds of the monotonic clock
_CHUNK: Final = 5120  # bytes; for more, zlib gives the interpreter's lock away, and may wait for it for milliseconds

# Words of the head.
_HEAD: Final = 0  # the position up to which the ring is reserved
_EVICTED: Final = 1  # values that were driven out, a word for each stripe


class _Value(NamedTuple):
    """Where a value lies. None lies at position 0: the ring begins far after it."""

    position: int
    length: int  # bytes
    checksum: int


_NONE: Final = _Value(0, 0, 0)


class Arena:
    """Values by keys of 16 bytes, for all processes of a host. Make it before the fork; nothing has to be done after it.

    `size` is in bytes, those of the index included; ValueError below SMALLEST. `now` is the monotonic clock in seconds.
    """

    def __init__(self, size: int, now: Callable[[], float] = monotonic) -> None:
        if size < SMALLEST:
            raise ValueError(f"an arena has {SMALLEST} bytes or more, not {size}")
        self.size = size
        self._now = now
        self._most = size // LARGEST
        self._sets = max(1, size // (WAYS * TYPICAL))
        self._locks = semaphores(min(STRIPES, self._sets))
        (self._reserving,) = semaphores(1)
        self._keys = (_EVICTED + len(self._locks)) * _WORD
        self._values = self._keys + self._sets * WAYS * _KEY
        self._leases = self._values + self._sets * WAYS * _VALUE.size
        self._ring = self._leases + self._sets * WAYS * _LEASE.size
        self._capacity = size - self._ring
        self._memory = mmap.mmap(-1, size)
        self._words = memoryview(self._memory)[: self._keys].cast("Q")
        self._words[_HEAD] = 2 * self._capacity

    def get(self, key: bytes) -> bytes | None:
        """The value. None where there is none, and in the moment in which it is replaced."""
        slot = self._look_up(key)
        if slot < 0:
            return None
        value = self._value(slot)
        if not self._intact(value):
            return None
        start = self._ring + value.position % self._capacity
        found = self._memory[start : start + value.length]
        # Once more: who overtakes a value reserves first, and writes then.
        return found if self._intact(value) and _checksum(key, value.position, found) == value.checksum else None

    def put(self, key: bytes, value: bytes) -> bool:
        """Keep a value in place of the one before. False: nothing is kept of this key any more.

        It is larger than an eighth of the arena, or each slot where it could lie is leased for another key.
        """
        if len(value) > self._most:
            self.drop(key)
            return False
        position = self._reserve(len(value))
        start = self._ring + position % self._capacity
        self._memory[start : start + len(value)] = value
        return self._publish(key, _Value(position, len(value), _checksum(key, position, value)))

    def drop(self, key: bytes) -> None:
        """Forget the value. A lease on the key goes on."""
        with self._alone(key):
            for slot in self._slots(key):
                self._empty(slot)

    def lease(self, key: bytes, seconds: float) -> bool:
        """Whether this thread may read the key from its source now. A lease that it has already begins anew.

        Also where nothing can be noted, because each slot where the key could lie is leased for another key: the caller reads
        by itself.
        """
        now, own = self._moment(), _own()
        with self._alone(key):
            slot = self._settle(key, now)
            if slot >= 0 and self._holder(slot, now) not in {None, own}:
                return False
            if slot >= 0:
                self._write_lease(slot, *own, now + int(seconds * SECOND))
        return True

    def release(self, key: bytes) -> None:
        """End the lease, if it is this thread's."""
        now, own = self._moment(), _own()
        with self._alone(key):
            for slot in self._slots(key):
                if self._holder(slot, now) == own:
                    self._write_lease(slot, 0, 0, 0)

    @property
    def evicted(self) -> int:
        """How many values newer ones have driven out. Looks at all slots, as `used` does: for figures, not for requests."""
        lowest = self._lowest()
        return sum(self._words[_EVICTED:]) + sum(0 < position < lowest for position, _, _ in self._all_values())

    @property
    def used(self) -> int:
        """The bytes of all values that are kept."""
        lowest = self._lowest()
        return sum(length for position, length, _ in self._all_values() if position >= lowest)

    # The ring.

    def _reserve(self, length: int) -> int:
        """The position of so many bytes in a row, which are nobody else's from now on."""
        with alone(self._reserving):
            position = self._words[_HEAD]
            if position % self._capacity + length > self._capacity:
                position += -position % self._capacity
            self._words[_HEAD] = position + length
        return position

    def _intact(self, value: _Value) -> bool:
        """Whether nothing was reserved over it."""
        return value.position + value.length <= self._words[_HEAD] <= value.position + self._capacity

    def _lowest(self) -> int:
        """The first position that is not overtaken."""
        return self._words[_HEAD] - self._capacity

    # The index. What writes to it is called with the set's semaphore held.

    def _first(self, key: bytes) -> int:
        """The first slot of the key's set."""
        return hash(key) % self._sets * WAYS

    def _alone(self, key: bytes) -> AbstractContextManager[None]:
        return alone(self._locks[self._stripe(self._first(key))])

    def _stripe(self, slot: int) -> int:
        return slot // WAYS % len(self._locks)

    def _look_up(self, key: bytes) -> int:
        """The slot of the key; -1: none. In one look: `get` has no time for `_slots`."""
        first = self._first(key)
        keys = self._keys_from(first)
        at = keys.find(key)
        while at > 0 and at % _KEY:  # the end of one key and the beginning of the next
            at = keys.find(key, at + 1)
        return first + at // _KEY if at >= 0 else -1

    def _slots(self, key: bytes) -> list[int]:
        """All slots of the key: there are two where two processes wrote to the set at a time."""
        first = self._first(key)
        keys = self._keys_from(first)
        return [first + way for way in range(WAYS) if keys.startswith(key, way * _KEY)]

    def _settle(self, key: bytes, now: int) -> int:
        """The one slot of the key, if need be a new one; -1: each is leased for another key."""
        slot, *doubles = self._slots(key) or [self._take(key, now)]
        for double in doubles:
            self._empty(double)
            self._write_lease(double, 0, 0, 0)
        return slot

    def _take(self, key: bytes, now: int) -> int:
        """A slot for a new key: of those without a lease the one with the oldest value, or with none. -1: all are leased."""
        first = self._first(key)
        oldest_first = sorted(range(first, first + WAYS), key=self._rank)
        slot = next((slot for slot in oldest_first if self._holder(slot, now) is None), -1)
        if slot >= 0:
            self._count(slot, evicting=True)
            self._write_value(slot, _NONE)  # first, so that the new key never leads to the old value
            start = self._keys + slot * _KEY
            self._memory[start : start + _KEY] = key
        return slot

    def _rank(self, slot: int) -> int:
        """The position of its value; 0, if that is of no use any more."""
        value = self._value(slot)
        return value.position if self._intact(value) else 0

    def _publish(self, key: bytes, value: _Value) -> bool:
        """Let the key lead to a value that has been copied."""
        with self._alone(key):
            slot = self._settle(key, self._moment())
            if slot >= 0:
                self._count(slot)
                self._write_value(slot, value)
        return slot >= 0

    def _empty(self, slot: int) -> None:
        self._count(slot)
        self._write_value(slot, _NONE)

    def _count(self, slot: int, *, evicting: bool = False) -> None:
        """Note, before a slot's value is written over, whether it was driven out: by the ring before, or by `evicting` it now."""
        value = self._value(slot)
        if value.position and (evicting or not self._intact(value)):
            self._words[_EVICTED + self._stripe(slot)] += 1

    def _holder(self, slot: int, now: int) -> tuple[int, int] | None:
        """Whose the lease is; None: nobody's."""
        process, thread, end = _LEASE.unpack_from(self._memory, self._leases + slot * _LEASE.size)
        return (process, thread) if end > now and lives(process) else None

    def _moment(self) -> int:
        return int(self._now() * SECOND)

    # Bytes of the index.

    def _keys_from(self, first: int) -> bytes:
        """The keys of a set."""
        start = self._keys + first * _KEY
        return self._memory[start : start + WAYS * _KEY]

    def _value(self, slot: int) -> _Value:
        return _Value._make(_VALUE.unpack_from(self._memory, self._values + slot * _VALUE.size))

    def _all_values(self) -> Iterator[tuple[int, int, int]]:
        return _VALUE.iter_unpack(self._memory[self._values : self._leases])

    def _write_value(self, slot: int, value: _Value) -> None:
        _VALUE.pack_into(self._memory, self._values + slot * _VALUE.size, *value)

    def _write_lease(self, slot: int, process: int, thread: int, end: int) -> None:
        _LEASE.pack_into(self._memory, self._leases + slot * _LEASE.size, process, thread, end)


def _checksum(key: bytes, position: int, value: bytes) -> int:
    """That of a value where it lies."""
    checksum = crc32(position.to_bytes(_WORD, "little"), crc32(key))
    if len(value) <= _CHUNK:
        return crc32(value, checksum)
    view = memoryview(value)
    for start in range(0, len(value), _CHUNK):
        checksum = crc32(view[start : start + _CHUNK], checksum)
    return checksum


def _own() -> tuple[int, int]:
    """The process and the thread that ask."""
    return os.getpid(), get_ident()
