"""When keys were used last: noted at every request, written down once a minute.

In charge of keeping that out of the way of requests: noting takes no lock, and a timer's thread writes. It must not know what
is noted.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Final

from app.observations import log
from app.state import StateError
from app.state.forks import begin_anew_in_children

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
        self._written: dict[str, float] = {}
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
                self._timer = threading.Timer(self._seconds, self.flush)
                self._timer.daemon = True
                self._timer.start()

    def flush(self) -> None:
        """Write what is new. A use that comes meanwhile is written next time."""
        with self._lock:
            timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
        with self._flushing:
            self._flush()

    def _flush(self) -> None:
        noted = self._noted.copy()  # one step: nobody notes anything in the middle of it
        new = {identifier: at for identifier, at in noted.items() if self._written.get(identifier) != at}
        if not new:
            return
        try:
            self._write(new)
        except StateError as error:
            log.warning("the last use of keys cannot be written: %s", error)
        else:
            self._written = noted
