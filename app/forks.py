"""Forks: what begins anew in a child process, and the semaphores that all processes of a host share.

In charge of telling whoever asked for it, after a fork: locks, timers and connections of the parent are of no use there. And
of semaphores that are made before a fork. It must not know what anybody holds, nor what a semaphore guards.

Uncontended, a semaphore costs no system call (0.17 µs a pair, where a lock of fcntl costs 3.2). A process that is killed
while it holds one never gives it back: who has waited PATIENCE for it goes on without, and gives it back in its place. So
whatever a semaphore guards has to bear, for once, two processes at a time.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_all_start_methods, get_context
from typing import Final, Protocol

PATIENCE: Final = 0.25  # seconds; who holds a semaphore may wait some hundredths for the interpreter's lock


class Forked(Protocol):
    """Something that has to begin anew in a child process."""

    def forked(self) -> None:
        """Begin in a new process: take no lock, use nothing that the parent holds."""


_told: Final[weakref.WeakSet[Forked]] = weakref.WeakSet()


def begin_anew_in_children(each: Forked) -> None:
    """Call its `forked` in every child process, as long as it lives."""
    _told.add(each)


def _tell() -> None:
    for each in list(_told):
        each.forked()


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_tell)


class Semaphore(Protocol):
    """A semaphore among processes, or a lock among threads."""

    def acquire(self, blocking: bool = ..., timeout: float = ..., /) -> bool:  # noqa: FBT001  # as threading has it
        """Take it. Whether it was free within `timeout` seconds."""

    def release(self) -> None:
        """Give it back. Fails with ValueError or RuntimeError where nobody has it."""


def semaphores(count: int) -> list[Semaphore]:
    """Semaphores that a fork shares, if the system has one."""
    if "fork" not in get_all_start_methods():
        return [threading.Lock() for _ in range(count)]
    return [get_context("fork").Lock() for _ in range(count)]


@contextmanager
def alone(semaphore: Semaphore) -> Iterator[None]:
    """Hold it; after PATIENCE, go on as if it were held."""
    semaphore.acquire(True, PATIENCE)
    try:
        yield
    finally:
        try:  # noqa: SIM105  # `suppress` costs as much as the semaphore
            semaphore.release()
        except (ValueError, RuntimeError):
            pass  # somebody whose patience ended gave it back


def lives(process: int) -> bool:
    """Whether a process of this host is still there, perhaps as one that nobody has asked for its end."""
    if process == os.getpid():
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
