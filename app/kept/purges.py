"""Purges: what this process knows of the log of them, how it learns of a new one, and which answers are no longer good.

In charge of asking the state, at most every ASK seconds, or at once after `ring`: by an inquiry of the request that happens to come
then, while others go on with what is known. So a purge reaches each worker within a second, and a worker without requests asks
nothing. It must not know what an answer is: it has tags, and the generation that was known when its reading began.

While the state cannot be read, be it away or hanging, what is known holds: an outage purges nothing, and nothing can be purged in it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Final

from app.kept.tags import EVERYTHING
from app.observations import log
from app.outages import Outage
from app.state import Inquiry, PurgeLog, PurgeRecord, State

ASK: Final = 0.4  # seconds between two questions to the state
BY_ITSELF: Final = "gateway"  # who purges what no person asked for
_LOST: Final = "purges of kept answers cannot be read; what is known holds: %s"
_BACK: Final = "purges of kept answers can be read again"


@dataclass(frozen=True, slots=True)
class Known:
    """The log as it was read. `purged` has the id of each tag's last purge, above `floor`; whatever is older is not good."""

    last: int
    floor: int
    purged: Mapping[str, int]

    def with_later(self, later: PurgeLog) -> Known:
        """The same with what was purged since."""
        floor = max(self.floor, later.floor, later.purged.get(EVERYTHING, 0))
        purged = {tag: number for tag, number in {**self.purged, **later.purged}.items() if number > floor}
        return Known(later.last, floor, purged)


_NOTHING: Final = Known(0, 0, {})


class Purges:
    """The purges of a state. Safe for threads and forks. `now` is a monotonic clock.

    `tell` is called after each purge of this process: what it is set to may have other hosts ask at once.
    """

    def __init__(self, state: State, now: Callable[[], float] = monotonic) -> None:
        self.tell: Callable[[], None] = lambda: None
        self._state = state
        self._known = _NOTHING
        self._doubted = 0  # the latest generation of others that this process has asked for
        self._inquiry = Inquiry(self._read, self._keep, ASK, Outage(_LOST, _BACK, logging.ERROR), now)

    # What is known.

    def generation(self) -> int:
        """The id of the last purge that is known: what an answer is begun with. 0 until the state has been read once."""
        if self.due() or not self._inquiry.tried:
            self._inquiry.pursue(needed=not self._inquiry.tried)
        return self._known.last

    def due(self) -> bool:
        """Whether `generation` would ask the state: who must not wait leaves it to somebody else then."""
        return self._inquiry.is_due()

    def valid(self, tags: tuple[str, ...], generation: int) -> bool:
        """Whether an answer with these tags (see `tags_of`) is good that was begun when `generation` was known. Never asks.

        Not one of a generation that is not known yet: that of a worker who has asked since, or of a log that is gone. The next
        call of `generation` asks for it.
        """
        known = self._known
        if generation == known.last:
            return True
        if not known.floor <= generation < known.last:
            self._doubt(generation)
            return False
        purged = known.purged
        for tag in tags:  # noqa: SIM110  # `all` with a generator takes twice as long
            if purged.get(tag, 0) > generation:
                return False
        return True

    def holds(self, tags: tuple[str, ...], generation: int) -> bool:
        """The same for who may wait: asks for a generation that is not known yet, once. For what other workers keep."""
        if generation > self._known.last:
            self._doubt(generation)
            self.generation()
        return self.valid(tags, generation)

    def ring(self) -> None:
        """Have the next request ask the state at once. For any thread."""
        self._inquiry.ring()

    # What is done.

    def purge(self, tags: Iterable[str], who: str) -> int:
        """Purge these tags (see `tags_to_purge`) everywhere. The id of the last purge. Raises StateError."""
        last = self._state.purge(tags, who)
        self.ring()
        self.tell()
        return last

    def newest(self, limit: int) -> list[PurgeRecord]:
        """At most `limit` purges, the newest first: of each tag the last. Raises StateError."""
        return self._state.newest_purges(limit)

    # Asking.

    def _doubt(self, generation: int) -> None:
        """Ask for a generation that is not known yet; once, since it may be that of a log that was lost."""
        if generation > max(self._known.last, self._doubted):
            self._doubted = generation
            self.ring()

    def _keep(self, found: Known, _asked_at: float) -> None:
        self._known = found

    def _read(self) -> Known:
        """A log that goes back, that of a backup, lacks purges, and nobody knows which: everything is purged."""
        known, last = self._known, self._state.last_purge()
        if last == known.last:
            return known
        if last < known.last:
            log.warning("the state has lost purges of kept answers: everything is purged")
            self._state.purge([EVERYTHING], BY_ITSELF)
            known = _NOTHING
        return known.with_later(self._state.purges(known.last))
