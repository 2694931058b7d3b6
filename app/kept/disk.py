"""Kept entries on disk, which survive a restart: one SQLite file for all workers of a host.

In charge of reading them, of writing them soon without anybody waiting for it, and of saying so when that fails. It must not
know what an entry is, nor how it is stored (`disk_rows`) and who may open the file (`disk_file`).

Nothing here fails a request or holds it up. What cannot be read is not there; what cannot be written is dropped; both are
told once, and once more when it goes well again. A process that is killed loses what it put within the last moments; power
that fails, what was put since the log was last emptied. Neither damages the file; what a disk damages is not given out.

Clocks. An entry is kept for its seconds by the wall clock, since that goes on while nobody runs. While somebody does, a clock
that is set back does not make entries younger: time goes on by the steady clock from when the `Disk` was made, before the
fork, so for all workers alike. What was put in a time that has not come yet is never given out; a gateway that finds such a
thing when it starts knows that the clock was set back meanwhile, that no age in the file is certain, and begins without it.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from app.forks import begin_anew_in_children
from app.kept.disk_file import KeptFile
from app.kept.disk_rows import Row, bounds, cost, is_whole, sealed
from app.threads import begun

log = logging.getLogger("bascule")

SOON: Final = 0.2  # seconds that an entry may wait for others: a transaction costs more than ten more rows in it
REST: Final = 5.0  # seconds without an entry after which the thread that writes ends
PAUSE: Final = 1.0  # seconds after a failure in which the file is let alone
FLUSH: Final = 5.0  # seconds that `flush` waits at most
MOST_WAITING: Final = 4096  # entries
MOST_WAITING_BYTES: Final = 1 << 24


class _Waiting(NamedTuple):
    """An entry that is not written yet. `put_at` and `until`: seconds since 1970."""

    value: bytes
    put_at: float
    until: float


class _Health:
    """Whether something goes well: a change is told once, and who failed waits before the next try."""

    def __init__(self, what: str, tell: Callable[[str], None], now: Callable[[], float]) -> None:
        self._what = what
        self._tell = tell
        self._now = now
        self._again = 0.0
        self.failing = False

    def may_try(self) -> bool:
        """Whether it goes well, or has been failing for a while since the last try."""
        return not self.failing or self._now() >= self._again

    def failed(self, failure: Exception) -> None:
        """It did not go well."""
        first, self.failing = not self.failing, True
        self._again = self._now() + PAUSE
        if first:
            self._tell(f"kept answers cannot be {self._what}: {failure}")

    def went_well(self) -> None:
        """It went well."""
        if self.failing:
            self.failing = False
            self._tell(f"kept answers are {self._what} again")


class Disk:
    """Entries by a key of 16 bytes, a digest, in a file that all processes of a host may use at once. Make it before the fork.

    `path`: in a folder that exists; files of its name with endings of their own come beside it. `size`: bytes that the file
    and its log may take together, a mebibyte at least (ValueError); those that expire soonest go first. An entry of more than
    about a sixteenth of it, or of 8 MB, is not kept. A file that was damaged is kept, too, besides: the last one.
    `wall`: seconds since 1970. `now`: a steady clock. `tell` hears what an operator should know.

    `dropped`: entries of this process that were not written, for want of time or room or for a failure. `torn`: those read
    that were not what was put. `evicted`: those that this process deleted for others, before they expired.
    """

    def __init__(
        self,
        path: Path,
        size: int,
        wall: Callable[[], float] = time.time,
        now: Callable[[], float] = time.monotonic,
        tell: Callable[[str], None] = log.warning,
    ) -> None:
        limits = bounds(size)
        self._batch = limits.batch
        self._most = min(MOST_WAITING_BYTES, size // 8)
        self._wall, self._now, self._tell = wall, now, tell
        self._ahead = wall() - now()
        self._file = KeptFile(path, limits, self._clock, tell)
        self.forked()
        begin_anew_in_children(self)

    def forked(self) -> None:
        """Begin in a new process; what waits is the parent's to write."""
        self._change = threading.Condition()
        self._waiting = dict[bytes, _Waiting]()
        self._bytes = 0
        self._writer: threading.Thread | None = None
        self._hurried = False
        self._put, self._settled = 0, 0  # how many entries came, and how many of them, the first ones, are done with
        self._reading = _Health(f"read from {self._file.path}", self._tell, self._now)
        self._writing = _Health(f"written to {self._file.path}", self._tell, self._now)
        self.dropped = self.torn = self.evicted = 0

    def get(self, key: bytes) -> bytes | None:
        """The value that was put last and written, unless it has expired, went for others, or cannot be read."""
        if not self._reading.may_try():
            return None
        try:
            row = self._file.read(key)
        except (OSError, sqlite3.Error) as failure:
            self._reading.failed(failure)
            return None
        self._reading.went_well()
        if row is None:
            return None
        if not is_whole(row):
            self.torn += 1
            return None
        return row.value

    def put(self, key: bytes, value: bytes, seconds: float) -> None:
        """Keep a value soon, for so many seconds at most. What waits for long goes, the oldest first, if more comes."""
        put_at = self._clock()
        with self._change:
            if cost(value) > min(self._batch, self._most):
                self.dropped += 1
                return
            self._forget(key)
            self._waiting[key] = _Waiting(value, put_at, put_at + seconds)
            self._bytes += cost(value)
            self._put += 1
            while self._bytes > self._most or len(self._waiting) > MOST_WAITING:
                self._forget(next(iter(self._waiting)))
                self.dropped += 1
            if len(self._waiting) == 1:
                self._change.notify_all()
            self._need_a_writer()

    def flush(self) -> None:
        """Wait until what was put is written or given up, FLUSH seconds at most."""
        with self._change:
            wanted = self._put
            if self._waiting:
                self._hurried = True
                self._change.notify_all()
                self._need_a_writer()
            self._change.wait_for(lambda: self._settled >= wanted, FLUSH)

    def close(self) -> None:
        """Write what waits, and give connections back; the next use opens the file again."""
        self.flush()
        self._file.close()

    def _clock(self) -> float:
        return max(self._wall(), self._ahead + self._now())

    def _forget(self, key: bytes) -> None:
        """Take an entry out of those that wait. Call it locked."""
        gone = self._waiting.pop(key, None)
        if gone is not None:
            self._bytes -= cost(gone.value)

    def _need_a_writer(self) -> None:
        """Start the thread that writes if there is none. Call it locked."""
        if self._writer is None:
            self._writer = begun("kept", self._write_on)

    def _write_on(self) -> None:
        """Write what comes, a batch at a time, until nothing has come for a while."""
        while self._gathered():
            while (batch := self._next_batch()) and self._stored(batch):
                pass

    def _gathered(self) -> bool:
        """Wait for entries, and then for those that come right after; false when this thread shall end."""
        with self._change:
            if not self._change.wait_for(lambda: self._waiting, REST):
                self._writer = None
                return False
            self._change.wait_for(lambda: self._hurried, PAUSE if self._writing.failing else SOON)
            self._hurried = False
            return True

    def _next_batch(self) -> list[Row]:
        """The oldest entries that wait, as many as one transaction may write."""
        rows, size = list[tuple[bytes, _Waiting]](), 0
        with self._change:
            for key, each in self._waiting.items():
                size += cost(each.value)
                if size > self._batch:
                    break
                rows.append((key, each))
            for key, _ in rows:
                self._forget(key)
        return [sealed(key, each.put_at, each.until, each.value) for key, each in rows]

    def _stored(self, rows: list[Row]) -> bool:
        """Write a batch, or give it up; whether it went well."""
        try:
            self.evicted += self._file.write(rows)
            self._writing.went_well()
        except (OSError, sqlite3.Error) as failure:
            self.dropped += len(rows)
            self._writing.failed(failure)
        except Exception:  # a defect, and no reason to end the thread
            self.dropped += len(rows)
            log.exception("kept answers could not be written")
        with self._change:
            self._settled = self._put - len(self._waiting)
            self._change.notify_all()
        return not self._writing.failing
