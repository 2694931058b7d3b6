"""When keys and links were used last: noted at every request, written down once a minute.

In charge of keeping that out of the way of requests: noting takes no lock, and a timer's thread writes. It must not know what
is noted.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Final

from app.forks import begin_anew_in_children
from app.observations import log
from app.state import StateError
from app.threads import later

FLUSH_SECONDS: Final = 60.0


class LastUses:
    """The last use of each id. `write` is given those that are new, all at once; where it fails they are kept for later."""

    def __init__(self, write: Callable[[Mapping[str, float]], None], seconds: float = FLUSH_SECONDS) -> None:
        self._write = write
        self._seconds = seconds
        self.forked()
        begin_anew_in_children(self)

    def forked(self) -> None:
        """Begin in a new process: the parent writes what it has noted."""
        self._noted: dict[str, float] = {}
        self._lock = threading.Lock()
        self._flushing = threading.Lock()
        self._timer: threading.Timer | None = None

    def note(self, identifier: str, at: float) -> None:
        """A use. The first one after a flush sets the time of the next."""
        self._noted[identifier] = at
        if self._timer is None:
            self._set()

    def _set(self) -> None:
        with self._lock:
            if self._timer is None:
                self._timer = later(self._seconds, self.flush)

    def flush(self) -> None:
        """Write what is new. A use that comes meanwhile is written next time."""
        with self._lock:
            timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
        with self._flushing:
            self._flush()

    def _flush(self) -> None:
        """What is written is forgotten: links are many, and most are followed for some days."""
        new = {identifier: self._noted.pop(identifier) for identifier in list(self._noted)}  # each in one step
        if not new:
            return
        try:
            self._write(new)
        except StateError as error:
            log.warning("last uses cannot be written: %s", error)
            for identifier, at in new.items():
                self._noted.setdefault(identifier, at)  # unless it was used again meanwhile
