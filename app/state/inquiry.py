"""An inquiry: one question to the state again and again, for whoever keeps a copy of what it knows.

In charge of when it is asked, and of nobody waiting long for an answer: it is asked beside the requests, by one thread at a time, in
the request that happens to come when it is due. That request waits for PATIENCE; if that was in vain, nobody waits any more until the
state answers again, and everybody goes on with what is known. It must not know what is asked, nor what is done without an answer.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic
from typing import Final, Generic, TypeVar

from app.forks import begin_anew_in_children
from app.outages import Outage
from app.state.database import StateError
from app.threads import begun

T = TypeVar("T")

PATIENCE: Final = 0.5  # seconds that a request waits for an answer, where it could go on without
FIRST: Final = 2.0  # seconds that it waits where it could not, unless somebody has waited in vain
LOST: Final = 30.0  # seconds without an answer after which the question is asked once more, beside the one that hangs


class Inquiry(Generic[T]):
    """A question that is due every `pause` seconds. Safe for threads and forks. `now` is a monotonic clock.

    `ask` is the question, which raises StateError; `keep` is called with its answer and the moment at which it was asked, never with
    one that is older than what was kept before. A failure that took long is not asked for again for as long.
    """

    def __init__(
        self,
        ask: Callable[[], T],
        keep: Callable[[T, float], None],
        pause: float,
        outage: Outage,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._ask, self._keep, self._pause, self._outage, self._now = ask, keep, pause, outage, now
        self._kept_of = self._now()  # when the question was asked whose answer is kept
        self.tried = False  # whether any question has come to an end, well or not
        self.forked()
        begin_anew_in_children(self)

    def forked(self) -> None:
        """Begin in a new process: whoever was asking when it was made is not here."""
        self._lock = threading.Lock()
        self._asking: threading.Thread | None = None  # who asks, and nobody else
        self._late = False  # whether somebody waited in vain, or it failed slowly, and no answer has come since
        self._rung = False
        self._due_at = self._now()

    def is_due(self) -> bool:
        """Whether `pursue` would ask."""
        return self._now() >= self._due_at or (self._rung and self._asking is None and not self._outage)

    def ring(self) -> None:
        """Have it asked at once, once nobody asks any more; in an outage, when its time comes. For any thread."""
        self._rung = True

    def pursue(self, *, needed: bool) -> None:
        """Ask, if it is due. Who asks waits for the answer; whoever else comes does only where it is `needed`.

        Nobody waits for longer than FIRST, nor behind somebody who has waited in vain.
        """
        asking, mine = self._begun()
        waits = mine if needed == self._late else needed  # late: who cannot do without tries, once; else nobody does
        if asking is None or not waits:
            return
        seconds = FIRST if needed and not self._late else PATIENCE
        asking.join(seconds)
        if asking.is_alive() and asking is self._asking:
            self._late = True
            self._outage.begins(StateError(f"the state has not answered within {seconds:g} s"))

    def _begun(self) -> tuple[threading.Thread | None, bool]:
        """The thread that asks, and whether it was begun just now."""
        if not self.is_due():
            return self._asking, False
        with self._lock:
            if not self.is_due():
                return self._asking, False
            began = self._now()
            self._rung = False  # before the question: who rings during it wants another one
            thread = begun("state", self._asked, began)  # which needs the lock before it ends
            if thread is not None:
                self._asking, self._due_at = thread, began + LOST
            return thread, thread is not None

    def _asked(self, began: float) -> None:
        try:
            found = self._ask()
        except StateError as error:
            self._failed(began, error)
        else:
            self._answered(began, found)

    def _failed(self, began: float, error: StateError) -> None:
        """Ask again when its time comes; of a question that was given up, nothing."""
        with self._lock:
            if self._asking is not threading.current_thread():
                return
            ended = self._now()
            self._due_at = ended + max(self._pause, ended - began)
            self._late = ended - began > PATIENCE
            self._outage.begins(error)
            self._asking, self.tried = None, True

    def _answered(self, began: float, found: T) -> None:
        """Keep it, unless somebody who asked later was faster."""
        with self._lock:
            if began >= self._kept_of:
                self._kept_of = began
                self._keep(found, began)
            self._due_at = began + self._pause
            self._late = False
            self._outage.ends()
            self._asking, self.tried = None, True
