"""Notes of sources: with what each failed last, and what last happened to it as a whole, so that any worker can tell.

In charge of what is worth noting and of how soon it is written: something new at once, the same again every few seconds, and never
more than once a second. It must not know what a failure means, nor how notes are kept. The state is written by a timer's thread: no
request waits for it.

What the guard says instead of asking a source (the circuit is open, a quiet window is on) is no failure of the source's, and would hide
the one that led to it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Final

from app.forks import begin_anew_in_children
from app.observations import Observation, SourceChanged, SourceFailed
from app.outages import Outage
from app.state import ChangeNote, FailureNote, StateError
from app.state.notes import ONCE
from app.threads import later

AT_ONCE: Final = 0.05  # seconds: failures come in crowds
AGAIN: Final = 10.0  # seconds until the same failure is written with its newest moment
PAUSE: Final = 1.0  # seconds between two writes, at least
LONGEST_TEXT: Final = 300  # characters of a driver's text
CHANGES: Final = frozenset(
    {"opened", "closed", "quiet", "awake", "refused"}
)  # what a source stays until something else happens
CONSEQUENCES: Final = frozenset({"CircuitOpen", "Quiet"})

Write = Callable[[Iterable[FailureNote], Iterable[ChangeNote]], None]
"""Keeps what is newer than what is kept. Raises StateError."""


class SourceNotes:
    """The reader of observations that notes. Safe for threads and forks."""

    def __init__(self, write: Write, clock: Callable[[], float] = time.time) -> None:
        self._write, self._clock = write, clock
        self._outage = Outage("notes of sources cannot be written: %s", "notes of sources can be written again")
        self.forked()
        begin_anew_in_children(self)

    def forked(self) -> None:
        """Begin in a new process: the parent writes what it has noted."""
        self._lock = threading.Lock()
        self._flushing = threading.Lock()
        self._timer: threading.Timer | None = None
        self._due = self._wrote = 0.0  # by the monotonic clock
        self._failures: dict[str, FailureNote] = {}
        self._changes: dict[str, ChangeNote] = {}
        self._unwritten: set[str] = set()  # sources

    def __call__(self, observation: Observation) -> None:
        """Read one observation."""
        if isinstance(observation, SourceFailed):
            if observation.error not in CONSEQUENCES:
                self._failed(observation)
        elif isinstance(observation, SourceChanged) and observation.event in CHANGES:
            self._changed(observation)

    def known(self) -> tuple[list[FailureNote], list[ChangeNote]]:
        """What this process has noted."""
        with self._lock:
            return list(self._failures.values()), list(self._changes.values())

    def flush(self) -> None:
        """Write what is new. A state that cannot be written is tried again with the next note."""
        with self._flushing:
            with self._lock:
                timer, self._timer = self._timer, None
                names, self._unwritten, self._wrote = self._unwritten, set(), time.monotonic()
                failures = [self._failures[name] for name in names if name in self._failures]
                changes = [self._changes[name] for name in names if name in self._changes]
            if timer is not None:
                timer.cancel()
            if names:
                self._flush(names, failures, changes)

    def close(self) -> None:
        """Write what is left. It may be used again."""
        self.flush()

    def _failed(self, observation: SourceFailed) -> None:
        text = observation.text[:LONGEST_TEXT]
        note = FailureNote(observation.source, observation.error, text, observation.request_id, self._clock())
        with self._lock:
            before = self._failures.get(note.source)
            self._failures[note.source] = note
            known = before is not None and before.error == note.error
            self._note(note.source, AGAIN if known else AT_ONCE)

    def _changed(self, observation: SourceChanged) -> None:
        text = observation.text[:LONGEST_TEXT]
        note = ChangeNote(observation.source, observation.event, text, self._clock())
        with self._lock:
            before = self._changes.get(note.source)
            # A circuit that opens again here was closed by another worker's trial meanwhile.
            if before is None or before.event != note.event or note.event in ONCE:
                self._changes[note.source] = note
                self._note(note.source, AT_ONCE)

    def _note(self, source: str, seconds: float) -> None:
        """Write it after so many seconds, or when something else is written before. Call it locked."""
        self._unwritten.add(source)
        now = time.monotonic()
        due = max(now + seconds, self._wrote + PAUSE)
        if self._timer is None or due < self._due:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = later(due - now, self.flush)
            self._due = due

    def _flush(self, names: set[str], failures: list[FailureNote], changes: list[ChangeNote]) -> None:
        try:
            self._write(failures, changes)
        except StateError as error:
            self._outage.begins(error)
            with self._lock:
                self._unwritten |= names
        else:
            self._outage.ends()
