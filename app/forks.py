"""What begins anew in a child process: locks, timers and connections of the parent are of no use there.

In charge of telling whoever asked for it, after a fork. It must not know what they hold.
"""

from __future__ import annotations

import os
import weakref
from typing import Final, Protocol


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
