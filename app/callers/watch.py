"""The watch: what a worker knows of keys and revocations, and how it learns of a change.

In charge of reading them anew when the state's revision has changed, which is asked at most once a second, by an inquiry of the
request that happens to come then: a worker without requests asks nothing. So what is revoked is dead everywhere a second later. It
must not know what a key or a token is good for.

While the state cannot be read, be it away or hanging, the last good answer holds for a minute from when it was asked for, so that a
restart of PostgreSQL stops nobody. After that every credential is answered with 503, and not with 401: nobody should throw away a
good key because a database is down.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from time import monotonic
from typing import Final

from app.outages import Outage
from app.problems import ProblemError
from app.state import Inquiry, KeyRecord, State

ASK: Final = 1.0  # seconds between two questions to the state
HOLD: Final = 60.0  # seconds that an answer holds while there is no newer one
RETRY_AFTER: Final = 5  # seconds
_LOST: Final = f"keys and revocations cannot be read; what is known holds for {HOLD:.0f} s: %s"
_BACK: Final = "keys and revocations can be read again"
UNAVAILABLE: Final = "source-unavailable"  # the problem that says so: 503, and the same request may succeed later


@dataclass(frozen=True, slots=True)
class Known:
    """What the state said at a revision. `revoked` holds ids by kind."""

    revision: int
    keys: Mapping[str, KeyRecord] = field(repr=False)
    revoked: Mapping[str, frozenset[str]]


class Watch:
    """What this process knows of keys and revocations. Safe for threads and forks. `now` is a monotonic clock."""

    def __init__(self, state: State, now: Callable[[], float] = monotonic) -> None:
        self._state = state
        self._now = now
        self._known: Known | None = None
        self._good_until = now()
        outage = Outage(_LOST, _BACK, logging.ERROR)
        self._inquiry = Inquiry(self._read, self._keep, ASK, outage, now)

    def known(self) -> Known:
        """What is known now. Raises ProblemError, 503, where it is too old to be trusted."""
        if self._known is None or self._inquiry.is_due() or self._now() >= self._good_until:
            return self._asked()
        return self._known

    def settled(self) -> bool:
        """Whether `known` would answer without asking anybody."""
        return self._known is not None and not self._inquiry.is_due() and self._now() < self._good_until

    def revision(self) -> int:
        """The revision of what is known."""
        return self.known().revision

    def revoked(self, kind: str) -> frozenset[str]:
        """The revoked ids of a kind. The very same object until something has changed."""
        return self.known().revoked.get(kind, frozenset())

    def _asked(self) -> Known:
        """What is known once the state was asked, if it is time; who comes meanwhile goes on with what is known."""
        self._inquiry.pursue(needed=not self._is_good())
        if self._known is None or not self._is_good():
            headers = (("Retry-After", str(RETRY_AFTER)),)
            raise ProblemError(UNAVAILABLE, "credentials cannot be checked at the moment", headers=headers)
        return self._known

    def _is_good(self) -> bool:
        return self._known is not None and self._now() < self._good_until

    def _keep(self, found: Known, asked_at: float) -> None:
        self._known, self._good_until = found, asked_at + HOLD

    def _read(self) -> Known:
        """The revision is read first: a change between the two is read again a second later, and never missed."""
        revision = self._state.revision()
        if self._known is not None and revision == self._known.revision:
            return self._known
        keys = {record.id: record for record in self._state.api_keys()}
        return Known(revision, keys, _by_kind(self._state.revocations()))


def _by_kind(revoked: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    groups = groupby(sorted(revoked), key=lambda each: each[0])
    return {kind: frozenset(identifier for _, identifier in each) for kind, each in groups}
