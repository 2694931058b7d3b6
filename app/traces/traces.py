"""Traces: the reader of observations that collects what belongs to a sampled request, and has it exported behind.

In charge of what is sampled, and of costing a request next to nothing: spans are made and sent by a thread of its own, which begins
with the first sampled request of a process, never before a fork. It must not know a span, nor where it goes.

A collector that is away, or slower than the requests, costs nobody anything: what waits is bounded, the oldest is dropped, and
that is told once.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from random import random
from time import time_ns
from typing import Final, NamedTuple, Protocol

from app.forks import begin_anew_in_children
from app.observations import Observation, Served, SourceFailed, StatementRun, log
from app.outages import Outage
from app.threads import begun
from app.traces.context import Parent, parent

INTERVAL: Final = 2.0  # seconds between two exports
MOST_OPEN: Final = 1024  # requests whose statements wait for the request's end
MOST_WAITING: Final = 4096  # requests that wait for their export
BATCH: Final = 512  # requests of one export
LAST: Final = 2.0  # seconds for what is left, at the end of a process


class Crowded(Exception):
    """More is traced than can be sent."""


class Asked(NamedTuple):
    """What a source was asked, and when that ended, in nanoseconds since 1970."""

    observation: StatementRun | SourceFailed
    ended: int


class Ended(NamedTuple):
    """A sampled request that has ended, with what it has asked of sources."""

    observation: Served
    ended: int
    asked: Sequence[Asked]
    parent: Parent | None


class Exporter(Protocol):
    """Where requests go."""

    def export(self, requests: Sequence[Ended]) -> None:
        """Send them. Raises what went wrong."""
        ...

    def close(self) -> None:
        """Give up what it holds, and what it is about to try again."""
        ...


class Traces:
    """The reader that traces `ratio` (0 to 1) of the requests, and those whose trusted parent is traced.

    `exporter` makes one, in the process and the thread that exports. Safe for threads and forks.
    """

    def __init__(self, ratio: float, exporter: Callable[[], Exporter], interval: float = INTERVAL) -> None:
        self._ratio, self._exporter, self._interval = ratio, exporter, interval
        self._outage = Outage("traces are not taken, and are dropped until they are: %s", "traces are taken again")
        self._crowd = Outage(
            "more requests are traced than can be sent, and the oldest are dropped: %s", "all are sent again"
        )
        self.forked()
        begin_anew_in_children(self)

    def forked(self) -> None:
        """Begin in a new process."""
        self._lock = threading.Lock()
        self._open: dict[str, list[Asked]] = {}
        self._waiting: deque[Ended] = deque(maxlen=MOST_WAITING)
        self._dropped = 0
        self._thread: threading.Thread | None = None
        self._ending = threading.Event()

    def __call__(self, observation: Observation) -> None:
        """Read one observation."""
        if isinstance(observation, Served):
            self._served(observation)
        elif isinstance(observation, StatementRun | SourceFailed) and observation.request_id:
            self._asked(observation)

    def _asked(self, observation: StatementRun | SourceFailed) -> None:
        """Whether its request is sampled is only known at its end; what nobody fetches is dropped by what comes later."""
        asked = Asked(observation, time_ns())
        with self._lock:
            if len(self._open) >= MOST_OPEN:
                del self._open[next(iter(self._open))]
            self._open.setdefault(observation.request_id, []).append(asked)

    def _served(self, observation: Served) -> None:
        come_from = parent(observation.trace) if observation.trace else None
        trusted = come_from is not None and come_from.trusted
        sampled = come_from.sampled if come_from is not None and trusted else random() < self._ratio  # noqa: S311  # it keeps no secret
        asked: Sequence[Asked] = ()
        if self._open:
            with self._lock:
                asked = self._open.pop(observation.request_id, ())
        if sampled:
            self._dropped += len(self._waiting) == MOST_WAITING
            self._waiting.append(Ended(observation, time_ns(), asked, come_from))
            if self._thread is None:
                self._begin()

    def _begin(self) -> None:
        with self._lock:
            if self._thread is not None:
                return
            self._ending = threading.Event()
            self._thread = begun("traces", self._run, self._ending)

    def _run(self, ending: threading.Event) -> None:
        """Export what waits, every so often and whenever a batch is full, and once more at the end."""
        exporter = None
        while not ending.wait(0 if len(self._waiting) >= BATCH else self._interval) or self._waiting:
            try:
                exporter = exporter or self._exporter()
                self._export(exporter)
            except Exception as failure:  # noqa: BLE001  # whatever it is, no request is to feel it
                self._outage.begins(failure)
                log.debug("traces are not taken", exc_info=True)
            self._count_dropped()
        if exporter is not None:
            exporter.close()

    def _count_dropped(self) -> None:
        dropped, self._dropped = self._dropped, 0
        if dropped:
            self._crowd.begins(Crowded(f"{dropped} by now"))
        else:
            self._crowd.ends()

    def _export(self, exporter: Exporter) -> None:
        """Send a batch. Raises what went wrong; the batch is lost then: a collector that comes back wants what is new."""
        batch: list[Ended] = []
        while self._waiting and len(batch) < BATCH:
            batch.append(self._waiting.popleft())
        if batch:
            exporter.export(batch)
            self._outage.ends()

    def close(self) -> None:
        """Export what is left, as far as that is quick. It may be used again."""
        with self._lock:
            thread, self._thread = self._thread, None
        self._ending.set()
        if thread is not None:
            thread.join(LAST)
