"""The file of kept entries: who opens, checks, replaces and closes it, among all processes of a host.

In charge of connections, of the lock beside the file, and of what happens to a damaged, vanished or inherited one. It must
not know what stands in a row, nor when somebody writes.

Who has the file open holds the lock `….lock` shared; who finds it free takes it alone, and then nobody has the file open:
only then is a file checked, begun or brought below a lower bound. So a file is checked once for all workers, and never while
it is written. A damaged file is renamed to `….damaged`, in place of one from before. Who still has that one open notices
within LOOK seconds of use; until all have, no new file is begun, since its write-ahead log would have the old one's name.
The system ends the locks of a process that dies.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final

from app.kept.disk_rows import Bounds, Log, Row, be_patient, code, connected, examine, find, is_damage, prepare, store

fcntl: Any = import_module("fcntl") if find_spec("fcntl") else None  # Windows has none, and no workers either

LOOK: Final = 1.0  # seconds after which a process looks whether the path still leads to the file that it has open
OPENING: Final = 1.0  # seconds that somebody may wait while another thread or process opens and checks the file
READING: Final = 0.005  # seconds that a reader may wait for a lock, needed only while others open, close or recover
WRITING: Final = 1.0  # seconds that a writer may wait for those of other processes
STILL: Final = 5.0  # seconds that a fork may wait for statements to end

_POLL: Final = 0.01  # seconds


class Unusable(OSError):
    """The file is not to be had now; `args[0]` says why."""


class _Closed(Unusable):
    """Another thread closed the file a moment ago."""


class _Opened:
    """The connections of a process to a file, from its opening until the last of them is back after `close`.

    They are lent, the one first that was used last. Measured against one for each thread: as fast with one thread, and
    faster with eight, since there are fewer of them.
    """

    def __init__(self, lock: int, identity: tuple[int, int], connect: Callable[[], sqlite3.Connection]) -> None:
        self.identity = identity
        self._lock = lock
        self._connect = connect
        self._idle = deque([connect()])
        self._change = threading.Condition()
        self._alive = 1
        self._closed = False

    def read(self, key: bytes, now: float) -> Row | None:
        """A row that may be given out. Raises sqlite3.Error."""
        connection = self._take()
        try:
            return find(connection, key, now)
        finally:
            self._give_back(connection)

    def write(self, rows: Sequence[Row], now: float, limits: Bounds, log: Log) -> int:
        """Store rows; how many others had to go. Raises sqlite3.Error, LogFull."""
        connection = self._take()
        try:
            be_patient(connection, log.patience)
            return store(connection, rows, now, limits, log)
        finally:
            be_patient(connection, READING)
            self._give_back(connection)

    def close(self) -> None:
        """Close what is not lent, and the rest when it comes back."""
        self._closed = True
        self._drain()
        self._fewer(0)

    def wait(self, seconds: float) -> bool:
        """After `close`: whether everything is closed by then."""
        with self._change:
            return self._change.wait_for(lambda: self._alive == 0, seconds)

    def _take(self) -> sqlite3.Connection:
        with suppress(IndexError):
            return self._idle.pop()
        with self._change:
            if self._closed:
                raise _Closed("it was closed meanwhile")
            self._alive += 1
        try:
            return self._connect()
        except BaseException:
            self._fewer(1)
            raise

    def _give_back(self, connection: sqlite3.Connection) -> None:
        """Keep a connection for the next one, even where it failed: on a full disk no other can be had, and it reads on."""
        if connection.in_transaction:  # not even rolling back went well
            self._drop(connection)
            return
        self._idle.append(connection)
        if self._closed:
            self._drain()

    def _drop(self, connection: sqlite3.Connection) -> None:
        with suppress(sqlite3.Error):
            connection.close()
        self._fewer(1)

    def _drain(self) -> None:
        with suppress(IndexError):
            while True:
                self._drop(self._idle.pop())

    def _fewer(self, by: int) -> None:
        """Count closed connections; behind the last one the lock is given back."""
        with self._change:
            self._alive -= by
            if self._closed and not self._alive and self._lock >= 0:
                os.close(self._lock)
                self._lock = -1
                self._change.notify_all()


class KeptFile:
    """A SQLite file that the processes of a host share. It is opened by the first use, again after `close` or a fork.

    `clock`: seconds since 1970. `tell` hears when a file was put aside or emptied. Every method may raise OSError or
    sqlite3.Error: then the file cannot be used now.
    """

    def __init__(self, path: Path, limits: Bounds, clock: Callable[[], float], tell: Callable[[str], None]) -> None:
        self.path = path.absolute()
        self._limits = limits
        self._clock = clock
        self._tell = tell
        self._gate = threading.Lock()
        self._opened: _Opened | None = None
        self._due = 0.0
        self._gate_held = False  # by a fork that is under way
        self._stuck: _Opened | None = None  # what a fork could not wait for
        self._inherited = list[_Opened | None]()  # what may not be closed here, since it is the parent's
        _files.add(self)

    def read(self, key: bytes) -> Row | None:
        """The row of a key that has not expired, as it stands in the file; none where the file turns out to be damaged."""
        opened = self._open()
        try:
            return opened.read(key, self._clock())
        except _Closed:
            return None
        except sqlite3.DatabaseError as failure:
            if not is_damage(failure):
                raise
            self._condemn(opened, failure)
            return None

    def write(self, rows: Sequence[Row]) -> int:
        """Store rows that cost at most a batch; how many others had to go."""
        while True:
            opened = self._open()
            try:
                return opened.write(rows, self._clock(), self._limits, Log(self._log_bytes, WRITING))
            except _Closed:
                continue  # by a fork, or by who found it damaged or replaced: nothing has been written, and it is opened anew
            except sqlite3.DatabaseError as failure:
                if is_damage(failure):
                    self._condemn(opened, failure)
                raise

    def close(self) -> None:
        """Give connections and lock back; the next use opens the file anew."""
        with self._gate:
            opened, self._opened = self._opened, None
        if opened is not None:
            opened.close()

    def _open(self) -> _Opened:
        """The open file; it is opened where it was not, or where the path leads to another one by now."""
        opened = self._opened
        if opened is not None and monotonic() < self._due:
            return opened
        if not self._gate.acquire(timeout=OPENING):
            raise Unusable("it is still being opened")
        try:
            if self._opened is not None and self._identity() != self._opened.identity:
                self._opened.close()
                self._opened = None
            if self._opened is None:
                self._opened = self._opened_now()
            self._due = monotonic() + LOOK
            return self._opened
        finally:
            self._gate.release()

    def _opened_now(self) -> _Opened:
        if self._inherited:
            raise Unusable("this process was forked while its parent used it")
        lock = os.open(self._beside(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            self._enter(lock)
            return _Opened(lock, self._present(), self._connect)
        except BaseException as failure:
            if isinstance(failure, sqlite3.DatabaseError) and is_damage(failure):
                self._put_aside(failure)
            os.close(lock)
            raise

    def _enter(self, lock: int) -> None:
        """Take the lock shared; who had it alone before has prepared the file. Raises Unusable where somebody else has it."""
        patience = monotonic() + OPENING
        while True:
            if _locked(lock, alone=True):
                self._prepare()
            if _locked(lock, alone=False):
                return
            if monotonic() >= patience:
                raise Unusable("another process is checking it")
            sleep(_POLL)

    def _prepare(self) -> None:
        """Check the file and begin it where there is none; put a damaged one aside. Nobody else has it open."""
        try:
            self._begin()
        except sqlite3.DatabaseError as failure:
            if not is_damage(failure) and not self._only_says_so(failure):
                raise
            self._put_aside(failure)
            self._begin()

    def _only_says_so(self, failure: sqlite3.DatabaseError) -> bool:
        """Whether a file is for reading alone by its own header, and not by the rights to it: then a byte of it is damaged."""
        return code(failure) == sqlite3.SQLITE_READONLY and os.access(self.path, os.W_OK)

    def _begin(self) -> None:
        if not self.path.exists():
            for suffix in ("-wal", "-shm"):  # of a file that is gone: they would be taken for the new one's
                self._beside(suffix).unlink(missing_ok=True)
        with suppress(FileExistsError):  # for its owner's eyes alone, as its log will be
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with closing(connected(self.path, self._limits, WRITING)) as connection:
            examine(connection)
            if prepare(connection, self._limits, self._clock()):
                self._tell(
                    f"the clock was set back: what was kept in {self.path} is of uncertain age, and was given up"
                )

    def _connect(self) -> sqlite3.Connection:
        """A connection that has read already: from then on it has the log open, whatever becomes of the log's name."""
        connection = connected(self.path, self._limits, WRITING)
        try:
            find(connection, bytes(16), 0.0)
            be_patient(connection, READING)
        except BaseException:
            connection.close()
            raise
        return connection

    def _condemn(self, opened: _Opened, damage: Exception) -> None:
        """Leave a file that turned out to be damaged, and put it aside unless another process has done so."""
        with self._gate:
            if self._opened is opened:
                self._opened = None
                if self._identity() == opened.identity:
                    self._put_aside(damage)
        opened.close()

    def _put_aside(self, damage: Exception) -> None:
        """Rename the file. Its log stays: others may have it open, and who begins a new file deletes it."""
        aside = self._beside(".damaged")
        with suppress(FileNotFoundError):  # another process was faster
            self.path.replace(aside)
            self._tell(f"{self.path} is damaged ({damage}); it was renamed to {aside.name}, and a new one is begun")

    def _present(self) -> tuple[int, int]:
        identity = self._identity()
        if identity is None:
            raise Unusable("it is gone, and other processes have yet to notice")
        return identity

    def _identity(self) -> tuple[int, int] | None:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino

    def _log_bytes(self) -> int:
        try:
            return self._beside("-wal").stat().st_size
        except FileNotFoundError:
            return 0

    def _beside(self, suffix: str) -> Path:
        return self.path.with_name(self.path.name + suffix)

    def stand_still(self) -> None:
        """Before a fork: close everything. SQLite's memory of its locks would be copied, and mutexes that threads hold."""
        self._gate_held = self._gate.acquire(timeout=STILL)
        opened, self._opened = self._opened, None
        if opened is not None:
            opened.close()
        self._stuck = opened if opened is not None and not opened.wait(STILL) else None

    def go_on(self) -> None:
        """After a fork, in the parent."""
        self._stuck = None
        if self._gate_held:
            self._gate.release()

    def forked(self) -> None:
        """After a fork, in the child: it begins anew, or not at all where something was still open."""
        if self._stuck is not None or not self._gate_held:
            self._inherited.append(self._stuck)
        self._gate = threading.Lock()


def _locked(descriptor: int, *, alone: bool) -> bool:
    """Take the lock, or change the one that is held, if that goes without waiting."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


_files: Final[weakref.WeakSet[KeptFile]] = weakref.WeakSet()
_standing: Final[list[KeptFile]] = []


def _before_a_fork() -> None:
    _standing[:] = _files
    for each in _standing:
        each.stand_still()


def _in_the_parent() -> None:
    for each in _standing:
        each.go_on()
    _standing.clear()


def _in_the_child() -> None:
    for each in _standing:
        each.forked()
    _standing.clear()


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(before=_before_a_fork, after_in_parent=_in_the_parent, after_in_child=_in_the_child)
