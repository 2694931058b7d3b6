"""An entry: a finished answer, and the bytes in which it travels between processes and hosts.

In charge of what is known of an answer, and of telling damaged bytes from sound ones. It must not know where entries are kept.

Packed, an entry is a head of JSON and the body as it is: no pickle, for whoever can write to a shared store could otherwise run
what they like in the gateway. A checksum stands before both, and the number of this form before the checksum.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from struct import Struct
from time import monotonic, time
from typing import Any, Final
from zlib import crc32

import orjson

OVERHEAD: Final = 600  # bytes of an entry and its key beside its body, about
KEY: Final = 72  # bytes of the key of an item, about
FORM: Final = b"BK1"

_HEAD: Final = Struct(">3sII")  # the form, the checksum of what follows, the length of the head


@dataclass(frozen=True, slots=True)
class Entry:
    """A finished answer. `read` and `at` are the moment in which its reading began: on the monotonic clock, and since 1970.

    `as_of` is that moment in words (RFC 3339, UTC). `next` is the cursor of the next page, or empty. `whole` is False where a
    part of the answer is missing: such an answer is sent and not kept. `rows` items are in it, of these `keys`, for the audit.
    `tags` say what it shows, and `generation` is the last purge that was known when its reading began. An answer that there is
    nothing has `status` 404 and no body.
    """

    body: bytes
    etag: str
    as_of: str
    read: float
    at: float
    next: str = ""
    whole: bool = True
    rows: int = 0
    keys: Sequence[Any] = ()
    tags: tuple[str, ...] = ()
    generation: int = 0
    status: int = 200

    def age(self) -> float:
        """How old its data is now, in seconds."""
        return monotonic() - self.read

    @property
    def size(self) -> int:
        """The bytes that it takes, about."""
        return len(self.body) + len(self.next) + KEY * len(self.keys) + OVERHEAD


def finished(
    body: bytes,
    begun: float,
    *,
    weak: bool,
    oldest: float | None = None,
    next_cursor: str = "",
    whole: bool = True,
    rows: int = 1,
    keys: Sequence[Any] = (),
    tags: tuple[str, ...] = (),
    generation: int = 0,
    status: int = 200,
) -> Entry:
    """An entry whose reading began at `begun` on the monotonic clock: its data is no younger than that.

    `oldest` is when the oldest part of it was read, where parts were kept from before. The ETag is a hash of the body: the same on
    every worker and host (RFC 9110, 8.8.3).
    """
    tag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
    behind = time() - monotonic()
    as_of = _spelled(int((begun if oldest is None else min(begun, oldest)) + behind))
    return Entry(
        body,
        f"W/{tag}" if weak else tag,
        as_of,
        begun,
        begun + behind,
        next_cursor,
        whole,
        rows,
        keys,
        tags,
        generation,
        status,
    )


@lru_cache(maxsize=4)
def _spelled(second: int) -> str:
    """A second since the epoch as RFC 3339: spelled once for all the answers of that second."""
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def packed(key: bytes, entry: Entry) -> bytes:
    """The entry as bytes that are good for that key alone. Keys of items are API values, which JSON has."""
    head = orjson.dumps(
        {
            "etag": entry.etag,
            "as_of": entry.as_of,
            "at": entry.at,
            "next": entry.next,
            "rows": entry.rows,
            "keys": entry.keys,
            "tags": entry.tags,
            "generation": entry.generation,
            "status": entry.status,
        }
    )
    rest = head + entry.body
    return _HEAD.pack(FORM, _checksum(key, rest, len(head)), len(head)) + rest


def unpacked(key: bytes, data: bytes) -> Entry | None:
    """The entry of these bytes; None where they are damaged, of another key or form, or none at all.

    What it was read at is told by the clock on the wall, since no two hosts share a monotonic one. An entry from the future, of a
    clock that goes fast, counts as read now.
    """
    if len(data) < _HEAD.size:
        return None
    form, checksum, length = _HEAD.unpack_from(data)
    rest = memoryview(data)[_HEAD.size :]
    if form != FORM or _checksum(key, rest, length) != checksum or length > len(rest):
        return None
    try:
        head = orjson.loads(rest[:length])
        read = monotonic() - max(0.0, time() - head["at"])
        head["tags"] = tuple(head["tags"])
        return Entry(body=bytes(rest[length:]), read=read, **head)
    except (ValueError, KeyError, TypeError):  # whoever wrote it can count checksums, and nothing else of ours
        return None


def _checksum(key: bytes, rest: bytes | memoryview, length: int) -> int:
    return crc32(rest, crc32(key, length))
