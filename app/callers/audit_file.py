"""Where audit lines go: a file that rotates by size among several processes, or a stream that they share.

In charge of bringing whole lines to a descriptor and of saying so when it cannot. It must not know what a line says.

A line is one `write` on a descriptor opened with O_APPEND, which the system keeps apart from those of other processes. Who
finds the file full takes a lock, renames it and goes on with a new one; the others notice within LOOK seconds and meanwhile
write to the renamed file, which is as good. A file that somebody may still write to is not deleted, so no line is lost.
Measured: a look at the path costs more than the line itself (stat 2.2 µs, write 1.5 µs), hence a schedule.
"""

from __future__ import annotations

import errno
import os
import select
import stat
import tempfile
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from math import inf
from pathlib import Path
from time import monotonic, sleep, time
from typing import Any, Final, Protocol

fcntl: Any = import_module("fcntl") if find_spec("fcntl") else None  # Windows has none, and no workers either

LOOK: Final = 0.25  # seconds after which a process looks whether the file was renamed
HOLD: Final = 1.0  # seconds that a line waits for who should read standard output
GRACE: Final = 5.0  # seconds for which a file that was renamed or written to is not deleted; many times LOOK
LOCK: Final = ".lock"
STDOUT: Final = "-"  # what the setting calls standard output; beside a file: `audit.jsonl,-`
_NOWHERE: Final = -1
_PIECE: Final = getattr(select, "PIPE_BUF", 512)  # bytes that a pipe takes at once when it is ready
_SOON: Final = 0.001  # seconds between two looks at a lock that another process holds

# O_NONBLOCK: a named pipe that nobody reads refuses instead of holding the request for ever. Files do not mind.
_FLAGS: Final = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NONBLOCK", 0)


class Sink(Protocol):
    """What takes lines. Not for several threads at once."""

    def write(self, line: bytes) -> None:
        """Bring a whole line, its newline included. Raises OSError where it did not arrive."""

    def close(self) -> None:
        """Give the descriptor back; the next line opens it anew."""


def rotated(path: Path) -> list[tuple[int, Path]]:
    """The renamed files of a path, oldest first: `audit.jsonl.000017` is (17, …). Numbers only grow, names never change."""
    named = [(each.name[len(path.name) + 1 :], each) for each in path.parent.iterdir() if each.stem == path.name]
    return sorted((int(tail), each) for tail, each in named if tail.isascii() and tail.isdigit())


def places(setting: str) -> tuple[str, bool]:
    """Where the setting `BASCULE_AUDIT` has lines go: to this file, empty for none, and whether to standard output as well."""
    path = "" if setting == STDOUT else setting.removesuffix(f",{STDOUT}")
    return path, path != setting


class ShortWrite(OSError):
    """Only the first `sent` bytes of some lines were written."""

    def __init__(self, sent: int, wanted: int, path: str | None, code: int = errno.ENOSPC) -> None:
        self.sent = max(0, sent)
        super().__init__(code, f"only {self.sent} of {wanted} bytes were written", path)


class Outlet:
    """A sink, and whether lines arrive in it: what changes is told once, not at each line."""

    def __init__(self, sink: Sink, where: str, tell: Callable[[str], None]) -> None:
        self.sink = sink
        self._where = where
        self._tell = tell
        self._failed = 0
        self.lost = 0

    def write(self, lines: bytes, count: int) -> None:
        """Bring so many lines. Raises OSError."""
        try:
            self.sink.write(lines)
        except OSError as failure:
            if isinstance(failure, ShortWrite):
                count -= lines[: failure.sent].count(b"\n")
            first = not self._failed
            self.lost += count
            self._failed += count
            if first:
                self._tell(f"the audit cannot be written to {self._where}: {failure}")
            raise
        if self._failed:
            self._tell(f"the audit is written to {self._where} again; {self._failed} events are not in it")
            self._failed = 0


class RotatingFile:
    """A file of one path for all processes of a host. Opened by the first line, so that a fork comes before it.

    `rotate_bytes`: the size at which it is renamed, 0 for never; what other processes write within LOOK seconds may come on
    top of it. `files`: how many renamed ones are kept, at least one, and those of the last GRACE seconds besides.
    `tell` hears why a file could not be renamed or deleted: lines are written all the same.
    """

    def __init__(self, path: str, rotate_bytes: int, files: int, tell: Callable[[str], None]) -> None:
        self._path = Path(path).resolve()
        self._rotate_bytes = rotate_bytes or inf
        self._files = max(1, files)
        self._tell = tell
        self._descriptor = _NOWHERE
        self._identity = (0, 0)
        self._size = 0
        self._limit = inf
        self._due = 0.0
        self._torn = False

    def write(self, line: bytes) -> None:
        """Append a line. Raises OSError where it did not arrive whole."""
        if monotonic() >= self._due or self._size + len(line) > self._limit:
            self._look(len(line))
        self._send(line)
        if monotonic() >= self._due and self._deleted():  # this process was stopped for long between look and line
            self._open()
            self._send(line)

    def close(self) -> None:
        """Give the descriptor back."""
        if self._descriptor != _NOWHERE:
            os.close(self._descriptor)
        self._descriptor, self._due = _NOWHERE, 0.0

    def _send(self, line: bytes) -> None:
        whole = b"\n" + line if self._torn else line  # a torn piece ends here, and does not swallow this line
        sent = os.write(self._descriptor, whole)
        self._size += sent
        self._torn = sent != len(whole)
        if self._torn:
            raise ShortWrite(sent - len(whole) + len(line), len(line), str(self._path))

    def _look(self, more: int) -> None:
        """See where the path leads now, and rotate if the file has no room for `more` bytes."""
        if self._moved():
            self._open()
        if self._size > 0 and self._size + more > self._limit:
            self._rotate(more)
        self._due = monotonic() + LOOK

    def _moved(self) -> bool:
        """Whether the path leads to another file than the open one; learns the size that it has by now."""
        if self._descriptor == _NOWHERE:
            return True
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return True
        self._size = found.st_size
        return (found.st_dev, found.st_ino) != self._identity

    def _deleted(self) -> bool:
        return os.fstat(self._descriptor).st_nlink == 0

    def _open(self) -> None:
        descriptor = os.open(self._path, _FLAGS, 0o600)
        self.close()
        found = os.fstat(descriptor)
        self._descriptor, self._identity, self._size = descriptor, (found.st_dev, found.st_ino), found.st_size
        self._limit = self._rotate_bytes if stat.S_ISREG(found.st_mode) else inf

    def _rotate(self, more: int) -> None:
        """Rename the full file, unless another process does or has done so. What goes wrong is told and hurts no line."""
        try:
            with _alone(self._path.with_name(self._path.name + LOCK)) as alone:
                if alone and not self._moved() and self._size + more > self._limit:
                    self._rename()
        except OSError as failure:
            self._tell(f"the audit file is full and was not renamed: {failure}")
        if self._moved():
            self._open()
        else:
            self._limit = self._size + self._rotate_bytes / 8  # not at each line: the next try is that much later

    def _rename(self) -> None:
        old = rotated(self._path)
        last = old[-1][0] if old else 0
        self._path.rename(self._path.with_name(f"{self._path.name}.{last + 1:06d}"))
        for _, each in old[: max(0, len(old) + 1 - self._files)]:
            self._delete(each)

    def _delete(self, old: Path) -> None:
        """Delete a renamed file that nobody writes to any more. One that stays is told of; one that has gone is no matter."""
        try:
            if time() - old.stat().st_ctime > GRACE:
                old.unlink(missing_ok=True)
        except FileNotFoundError:
            return
        except OSError as failure:
            self._tell(f"an old audit file was not deleted: {failure}")


@contextmanager
def _alone(path: Path) -> Iterator[bool]:
    """Whether no other process or thread holds the lock of this path; the system ends that of a process that dies."""
    if fcntl is None:
        yield True
        return
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(descriptor)


class Stream:
    """A descriptor that the processes inherited together, standard output. Make it before the fork.

    A pipe keeps lines apart only up to PIPE_BUF bytes, and a page's keys are longer: so each line is written under a lock.

    Whoever should read it may have stopped. The descriptor is others' as well, so it cannot be made not to block; instead no
    more is written at a time than there is room for (POSIX, `poll`: PIPE_BUF bytes of a pipe that is ready). Who has waited
    HOLD seconds gives up, and so does at once whoever finds no room after that.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._ready = _readiness(descriptor)
        self._stuck = False
        self._lock = tempfile.TemporaryFile()  # noqa: SIM115  # it lives as long as the stream: the lock is taken on it
        weakref.finalize(self, self._lock.close)

    def write(self, line: bytes) -> None:
        """Write a line. Raises OSError where nobody reads it."""
        until = monotonic() + HOLD
        with self._locked(until):
            self._send(line, until)
        self._stuck = False

    def close(self) -> None:
        """Leave the descriptor to whom it belongs."""

    def _send(self, line: bytes, until: float) -> None:
        torn = os.fstat(
            self._lock.fileno()
        ).st_size  # 1 where a process has left a piece: the file of the lock is everybody's
        whole = b"\n" + line if torn else line
        sent = 0
        try:
            while sent < len(whole):
                if not self._ready(until if sent or not self._stuck else monotonic()):
                    self._stuck = True
                    raise ShortWrite(sent - torn, len(line), None, errno.ETIMEDOUT)
                sent += os.write(self._descriptor, whole[sent : sent + _PIECE])
        finally:
            if sent and torn != (sent < len(whole)):
                self._lock.truncate(1 - torn)

    @contextmanager
    def _locked(self, until: float) -> Iterator[None]:
        if fcntl is None:
            yield
            return
        while not self._taken():
            if monotonic() > until:
                raise TimeoutError(errno.ETIMEDOUT, "another process does not come to an end with it")
            sleep(_SOON)
        try:
            yield
        finally:
            fcntl.lockf(self._lock, fcntl.LOCK_UN)

    def _taken(self) -> bool:
        try:
            fcntl.lockf(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):  # POSIX leaves the choice between the two
            return False
        return True


def _readiness(descriptor: int) -> Callable[[float], bool]:
    """What tells whether there is room in a descriptor, waiting for it until a moment of the monotonic clock at most."""
    if not hasattr(select, "poll"):  # Windows
        return lambda until: True  # noqa: ARG005  # the signature of the other one
    polled = select.poll()
    polled.register(descriptor, select.POLLOUT)
    return lambda until: bool(polled.poll(max(0.0, until - monotonic()) * 1000))
