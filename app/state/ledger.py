"""The ledger: counts the data issues that are observed, and writes the counts to the state every few seconds.

In charge of not losing a count, and of not writing at every request. It must not know how they are kept.
"""

from __future__ import annotations

import threading

from app.forks import begin_anew_in_children
from app.observations import DataIssueFound, Observation, log
from app.state.database import StateError
from app.state.issues import SAMPLES, IssueKey, Tally
from app.state.state import State
from app.threads import later

FLUSH_SECONDS = 5.0


class Ledger:
    """The reader of observations that counts data issues, and writes the counts to the state every few seconds."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.forked()
        begin_anew_in_children(self)

    def forked(self) -> None:
        """Begin in a new process: the parent writes what it has counted."""
        self.lock = threading.Lock()
        self.flushing = threading.Lock()
        self.found: dict[IssueKey, Tally] = {}
        self.timer: threading.Timer | None = None

    def __call__(self, observation: Observation) -> None:
        """Count a data issue; the first one after a flush sets the next flush."""
        if not isinstance(observation, DataIssueFound):
            return
        key = (observation.version, observation.resource, observation.field, observation.issue)
        with self.lock:
            tally = self.found.setdefault(key, Tally())
            tally.count += 1
            if len(tally.samples) < SAMPLES:
                tally.samples[observation.key] = None
            if self.timer is None:
                self.timer = later(FLUSH_SECONDS, self.flush)

    def flush(self) -> None:
        """Write what was counted, behind what is being written. A state that cannot be written keeps the counts for the next time."""
        with self.flushing:
            self._flush()

    def _flush(self) -> None:
        with self.lock:
            found, self.found, self.timer = self.found, {}, None
        if not found:
            return
        try:
            self.state.add_issues(found)
        except StateError as error:
            log.warning("the ledger of data issues cannot be written: %s", error)
            self._put_back(found)

    def _put_back(self, found: dict[IssueKey, Tally]) -> None:
        with self.lock:
            for key, tally in found.items():
                newer = self.found.setdefault(key, Tally())
                newer.count += tally.count
                newer.samples = dict(list({**tally.samples, **newer.samples}.items())[:SAMPLES])

    def close(self) -> None:
        """Write what is left."""
        if self.timer is not None:
            self.timer.cancel()
        self.flush()
