"""The board: what the worker processes of a host know together about one source.

In charge of a piece of shared memory that is made before the fork, and of a lock that a killed process cannot keep. It must
not know what the numbers lead to: `breaker` and `pool` decide.

Every process writes its own row; the sums over the rows of living processes are what counts. Only what must not be done
twice (granting a connection, electing who tries) takes the lock, so that a statement on a resting connection costs a few
stores and no system call. Times are those of the monotonic clock, which all processes of a host share.
"""

from __future__ import annotations

import errno
import mmap
import os
import tempfile
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from time import sleep
from typing import Any, Final

fcntl: Any = (
    import_module("fcntl") if find_spec("fcntl") else None
)  # Windows has none, and no fork: threads' locks suffice

BUCKETS: Final = 6
BUCKET_SECONDS: Final = 5.0  # the breaker looks back over BUCKETS of these: 30 s

# Cells of the head, which everybody reads.
OPEN_UNTIL: Final = 0  # 0: the circuit is closed
OPENINGS: Final = 1  # in a row, without a success between them
PROBED_UNTIL: Final = 2  # somebody is trying the source; takes the place over from a killed process after that
FAILED_LOGINS: Final = 3  # in a row
REFUSED: Final = 4  # 1: the credentials were not accepted
PROVED: Final = 5  # when they were last accepted; 0: never
LOGIN_UNTIL: Final = 6  # somebody logs in alone
WANTED_UNTIL: Final = 7  # somebody waits for a connection
FORGOTTEN: Final = 8  # how often the past was forgotten
EPOCH: Final = 9  # how often the circuit opened: connections from before are not trusted
OWED_UNTIL: Final = 10  # somebody waits for a connection whose process holds less than its share
BAD_ROW: Final = 11  # calls that went wrong since the last good one
_HEAD: Final = 12

# Cells of a row, written by its own process.
_PID: Final = 0
_HELD: Final = 1
_BACKGROUND: Final = 2
_DAY: Final = 3
_ROWS: Final = 4
_COUNTS: Final = 5  # BUCKETS times: its stamp, good calls, bad calls
_ROW: Final = _COUNTS + 3 * BUCKETS

_ERA: Final = 2.0**32  # stamps of buckets between two times that the past is forgotten
_REFUSED_FOR: Final = 0.001  # seconds until a lock is asked for again that the system took for a deadlock


class Board:
    """The numbers of one source. Make it before the fork; call `forked` in each child."""

    def __init__(self, processes: int) -> None:
        self._rows = processes * 2 + 6  # workers that end live on beside those that replace them
        size = (_HEAD + self._rows * _ROW) * 8
        self._memory = mmap.mmap(-1, size)
        self._cells = memoryview(self._memory).cast("d")
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  # it lives as long as the board: the lock is taken on it
        weakref.finalize(self, self._file.close)
        self.forked()

    def forked(self) -> None:
        """Begin in a new process, with a row of its own."""
        self._threads = threading.Lock()
        self._own = -1

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Alone among all threads of all processes. The system ends the lock of a process that dies."""
        with self._threads:
            if fcntl is None:
                yield
                return
            self._lock()
            try:
                yield
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN)

    def _lock(self) -> None:
        """Await the lock of the processes.

        The system counts it to a process, not to a thread. Where two processes hold a board each while another thread of
        either awaits the other's, it sees a deadlock and refuses (fcntl(2): EDEADLK). There is none, since no thread awaits
        a board while it holds one: the lock is asked for again.
        """
        while True:
            try:
                fcntl.lockf(self._file, fcntl.LOCK_EX)
            except OSError as error:
                if error.errno != errno.EDEADLK:
                    raise
                sleep(_REFUSED_FOR)
            else:
                return

    def read(self, cell: int) -> float:
        """A cell of the head."""
        return self._cells[cell]

    def write(self, cell: int, value: float) -> None:
        """Set a cell of the head."""
        self._cells[cell] = value

    def add(self, cell: int, more: float) -> float:
        """Add to a cell of the head; the sum."""
        with self.locked():
            self._cells[cell] += more
            return self._cells[cell]

    # Connections.

    def grant(self, most: int) -> bool:
        """Take one of `most` connections. Whether one was left."""
        return self._take(_HELD, most)

    def release(self) -> None:
        """Give one back."""
        self._give(_HELD)

    def want(self, until: float, *, owed: bool) -> None:
        """Say until when a connection is wanted; `owed`: by a process that holds less than its share."""
        with self.locked():
            for cell in (WANTED_UNTIL, OWED_UNTIL)[: 1 + owed]:
                self._cells[cell] = max(self._cells[cell], until)

    def have(self, *, owed: bool) -> None:
        """Take such a wish back; who else has it says so again."""
        for cell in (WANTED_UNTIL, OWED_UNTIL)[: 1 + owed]:
            self._cells[cell] = 0.0

    def enter(self, most: int) -> bool:
        """Begin work in the background, of which there may be `most`. Whether there is room."""
        return self._take(_BACKGROUND, most)

    def leave(self) -> None:
        """End it."""
        self._give(_BACKGROUND)

    def held(self) -> tuple[int, int]:
        """The connections of this process, and of all."""
        own = self._row()
        with self.locked():
            return int(self._cells[own + _HELD]), int(self._sum(_HELD))

    def leased(self) -> int:
        """The connections of all that live. Takes no lock and no row: whoever looks may be no worker."""
        held = {row: int(self._cells[row + _HELD]) for row in self._starts()}
        return sum(each for row, each in held.items() if each and _lives(int(self._cells[row + _PID])))

    def _take(self, cell: int, most: int) -> bool:
        own = self._row()
        with self.locked():
            free = self._sum(cell) < most
            self._cells[own + cell] += free
        return free

    def _give(self, cell: int) -> None:
        own = self._row()
        with self.locked():
            self._cells[own + cell] = max(0.0, self._cells[own + cell] - 1)

    def _sum(self, cell: int) -> float:
        """What the living have. A dead process's row is cleared, so that what it had can be granted anew."""
        total = 0.0
        for row in self._starts():
            if self._cells[row + cell] and not _lives(int(self._cells[row + _PID])):
                self._clear(row)
            total += self._cells[row + cell]
        return total

    # Calls, good and bad, in buckets of time.

    def count(self, now: float, *, good: bool) -> None:
        """Note how a call ended."""
        cells, number = self._cells, now // BUCKET_SECONDS
        stamp = cells[FORGOTTEN] * _ERA + number
        at = self._row() + _COUNTS + 3 * int(number % BUCKETS)
        if cells[at] != stamp:
            cells[at], cells[at + 1], cells[at + 2] = stamp, 0.0, 0.0
        cells[at + 1 if good else at + 2] += 1

    def counted(self, now: float) -> tuple[int, int]:
        """The good and the bad calls of all processes, as far back as the buckets go and the past is not forgotten."""
        newest = self._cells[FORGOTTEN] * _ERA + now // BUCKET_SECONDS
        good = bad = 0.0
        for row in self._starts():
            for at in range(row + _COUNTS, row + _ROW, 3):
                if newest - BUCKETS < self._cells[at] <= newest:
                    good += self._cells[at + 1]
                    bad += self._cells[at + 2]
        return int(good), int(bad)

    def forget(self) -> None:
        """What was counted so far says nothing about the future."""
        self._cells[FORGOTTEN] += 1

    # Rows of the day.

    def charge(self, day: int, rows: int) -> None:
        """So many rows were read on that day."""
        own = self._row()
        if self._cells[own + _DAY] != day:
            self._cells[own + _DAY], self._cells[own + _ROWS] = day, 0.0
        self._cells[own + _ROWS] += rows

    def charged(self, day: int) -> int:
        """The rows that all processes read on that day, ended ones too."""
        return int(sum(self._cells[row + _ROWS] for row in self._starts() if self._cells[row + _DAY] == day))

    # Rows of the memory.

    def _starts(self) -> range:
        return range(_HEAD, _HEAD + self._rows * _ROW, _ROW)

    def _row(self) -> int:
        """Where this process's own row begins."""
        if self._own < 0:
            with self.locked():
                if self._own < 0:  # another thread may have come first
                    self._own = self._take_row()
        return self._own

    def _take_row(self) -> int:
        """A free row, or a dead process's; what that one read today goes on counting."""
        own = os.getpid()  # a row of this number is that of a dead process, whose number came again
        pids = {row: int(self._cells[row + _PID]) for row in self._starts()}
        ours_first = sorted(pids, key=lambda row: pids[row] != own)
        free = next((row for row in ours_first if pids[row] == own or not _lives(pids[row])), None)
        if free is None:
            raise RuntimeError(f"{len(pids)} processes share this source; it was opened for fewer")
        self._clear(free)
        self._cells[free + _PID] = own
        return free

    def _clear(self, row: int) -> None:
        self._cells[row + _PID] = self._cells[row + _HELD] = self._cells[row + _BACKGROUND] = 0.0


def _lives(pid: int) -> bool:
    if not pid:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
