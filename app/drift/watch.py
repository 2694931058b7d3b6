"""The watch: a running gateway's own look at its sources, on a schedule.

In charge of when: a few minutes after a start, then every so often, later where a source does not answer or wants its quiet; and
of who: one worker of all that share a state, by a lease there. It must not know what a look does.

It runs in a thread of its own in each worker, which sleeps but for that. Nothing that goes wrong in it reaches a request, and
nothing that it finds changes an answer. What is found is told once, and kept in the state for `/readyz`.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from adapters.port import Quiet, Source, SourceError
from app.assembly import Compiled
from app.drift.bounds import Bounds
from app.drift.findings import Finding, counts
from app.drift.live import Look, look
from app.observations import DriftFound, Observatory, SourceChecked, log
from app.state import LookRecord, State, StateError

START: Final = 300.0  # seconds after a start: everybody comes at once then
LEASE: Final = 3600.0  # seconds that a look may take before another worker begins anew
FIRST_PAUSE: Final = 60.0  # seconds after a first failure; each further one doubles them
LONGEST_NAP: Final = 3600.0  # seconds: the clock on the wall may be set
SHORTEST_NAP: Final = 0.2
DAY: Final = 86_400.0  # seconds
SHARE: Final = 0.05  # of the rows that the contract grants for a day: the others are for requests
BOUNDS: Final = Bounds(rows=200, seconds=5.0, batch=5, rest=0.05, patience=2)
"""Less than a person asks for: nobody waits for it, and others wait for the source."""


class Watch:
    """Looks at the sources of a gateway. `clock` is the one on the wall, as the state has it."""

    def __init__(
        self,
        compiled: Compiled,
        sources: Mapping[str, Source],
        state: State,
        observatory: Observatory,
        every: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._compiled, self._sources, self._state = compiled, sources, state
        self._observatory, self._every, self._clock = observatory, every, clock
        self._basis = compiled.basis
        self._stopping = threading.Event()
        self._held: LookRecord | None = None  # the look that goes on here, by its lease
        self._ending = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to watch, in this process; not before a fork. Never raises: without a thread there is no watch."""
        if not self._every or not self._sources:
            return
        thread = threading.Thread(target=self._watch, name="bascule-drift", daemon=True)
        try:
            thread.start()
        except RuntimeError as failure:
            log.warning("sources are not watched for drift: %s", failure)
        else:
            self._thread = thread

    def close(self) -> None:
        """Stop watching. A look that goes on ends before its next statement, and is anybody's again at once. Never raises."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(1.0)
        try:
            self._give_back()
        except StateError as failure:
            log.warning("a look for drift was left, and is due again when its lease has ended: %s", failure)

    def _watch(self) -> None:
        nap = min(START, self._every)
        while not self._stopping.wait(nap):
            nap = self.turn()

    def turn(self) -> float:
        """Look at each source that is due and nobody else's. The seconds until one is due again. Never raises."""
        try:
            for name in self._sources:
                self._visit(name)
            due = [record.due_at for record in self._state.looks(self._basis)]
        except StateError as failure:
            log.warning("sources are not watched for drift at the moment: %s", failure)
            return FIRST_PAUSE
        return min(LONGEST_NAP, max(SHORTEST_NAP, min(due, default=0.0) - self._clock()))

    def _visit(self, name: str) -> None:
        """A look, if it is due and nobody else's. A defect of it is told, and tried again when the lease has ended."""
        if self._stopping.is_set():
            return
        record = self._held = self._state.claim_look(name, self._basis, LEASE)
        if record is None:
            return
        try:
            self._look(record)
        except StateError:
            raise
        except Exception:  # noqa: BLE001  # a defect here must end neither the watch nor anything else
            log.exception("a look at %s for drift failed", name)
        finally:
            self._held = None

    def _look(self, record: LookRecord) -> None:
        """One look, kept and told; but for one that was to stop, or was given back meanwhile."""
        spec, rate = self._compiled.contract.sources[record.source], self._rate(record.source)
        granted = None if rate is None else int(rate * min(self._every, DAY))
        bounds = replace(BOUNDS, seconds=min(BOUNDS.seconds, spec.deadline), granted=granted)
        found = look(self._compiled, self._sources[record.source], bounds, self._stopping.is_set)
        if found.stopped:
            self._give_back()
        elif self._taken() is not None:
            self._keep(record, found)

    def _rate(self, source: str) -> float | None:
        """The rows that looks may read of a source in a second, on the whole; None: any number."""
        rows = self._compiled.contract.sources[source].rows_per_day
        return None if rows is None else SHARE * rows / DAY

    def _keep(self, record: LookRecord, found: Look) -> None:
        """Keep what a look has found, and tell what is new of it."""
        after = self._after(record, found)
        self._state.note_look(after)
        known = frozenset(each["id"] for each in json.loads(record.findings))
        for finding in found.findings if found.failure is None else ():
            if finding.id not in known:
                self._observatory.tell(_told(finding))
        numbers = (after.breaking, after.risky, after.safe)
        self._observatory.tell(SourceChecked(record.source, *numbers, found.took, after.failure))

    def _give_back(self) -> None:
        """Let others have the look that goes on here, if one does."""
        record = self._taken()
        if record is not None:
            self._state.note_look(replace(record, due_at=self._clock()))

    def _taken(self) -> LookRecord | None:
        """The look that goes on here, for whoever ends it: for one alone, since its lease may be another's afterwards."""
        with self._ending:
            record, self._held = self._held, None
        return record

    def _after(self, record: LookRecord, found: Look) -> LookRecord:
        """The record after a look. One that failed changes nothing of what is known, but when to try again."""
        now = self._clock()
        if found.failure is not None:
            after, rate = _failed(record, found.failure, now, self._every), self._rate(record.source)
            paid = now + found.read / rate if rate else now  # when the rows of this look are made up for
            return replace(after, due_at=max(after.due_at, paid))
        plain = [finding.plain() for finding in found.findings]
        kinds = counts(finding.grade for finding in found.findings)
        return LookRecord(
            record.source,
            record.plan,
            due_at=now + self._every,
            checked_at=now,
            breaking=kinds["breaking"],
            risky=kinds["risky"],
            safe=kinds["safe"],
            findings=json.dumps(plain, ensure_ascii=False),
        )


def _failed(record: LookRecord, failure: SourceError, now: float, every: float) -> LookRecord:
    """When to try again: after a quiet window; else after a pause that grows with each failure, and never longer than usual."""
    wanted = failure.retry_after or 0.0
    if isinstance(failure, Quiet):
        return replace(record, due_at=now + max(FIRST_PAUSE, wanted), failure=type(failure).__name__)
    pause = min(every, FIRST_PAUSE * 2.0 ** min(record.failures, 20))
    due_at = now + max(pause, wanted)
    return replace(record, due_at=due_at, failures=record.failures + 1, failure=type(failure).__name__)


def _told(finding: Finding) -> DriftFound:
    return DriftFound(finding.source, finding.code, finding.grade, finding.place, finding.message)
