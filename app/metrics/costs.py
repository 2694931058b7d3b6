"""Costs: what the requests of each caller for each route have cost, gathered until they are written.

In charge of the counts of one process, by the hour in which they came. It must not know how they are kept, nor what a caller is. It
holds no lock: whoever calls it does. Values are never counted, nor keys of rows: a route is that of the document.

What waits is bounded: beyond MOST rows, a request is counted as OTHER's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from app.observations import Cost, Served
from app.state.costs import CostKey, CostTally
from app.state.usage import OTHER, kept_caller

MOST: Final = 4096  # rows that wait to be written
REFUSED: Final = ""  # the route of requests that came too often
_LIMITED: Final = 429
_ITSELF: Final = ""  # the source under which a request itself is counted

_Place = tuple[str, str, str]  # caller, route, source


class Costs:
    """The counts of an hour that goes on, and of those before it that have yet to be written."""

    def __init__(self) -> None:
        self._hour = -1
        self._tallies: dict[_Place, CostTally] = {}
        self._waiting: dict[CostKey, CostTally] = {}

    def begin(self, hour: int) -> None:
        """Count under that hour (since 1970) from now on."""
        if hour != self._hour:
            self._put_aside()
            self._hour = hour

    def note(self, served: Served, now: float) -> None:
        """Count a request, and what it has cost at each source. One that no route has counts where it was refused alone."""
        if served.status == _LIMITED:
            self._count((served.caller, REFUSED, _ITSELF), served.took * 1000, now)
        elif served.route:
            self._count((served.caller, served.route, _ITSELF), served.took * 1000, now)
            for cost in served.costs:
                self._cost(served, cost, now)

    def taken(self) -> dict[CostKey, CostTally]:
        """What waits to be written; it is the caller's from now on."""
        self._put_aside()
        waiting, self._waiting = self._waiting, {}
        found: dict[CostKey, CostTally] = {}
        for key, tally in waiting.items():
            found.setdefault(_of(key, kept_caller(key[1])), CostTally()).add(tally)
        return found

    def put_back(self, found: Mapping[CostKey, CostTally]) -> None:
        """What could not be written waits again; where there is no more room, the rest as OTHER's."""
        for key, tally in found.items():
            here = key if key in self._waiting or self._room() else _others(key)
            self._waiting.setdefault(here, CostTally()).add(tally)

    def known(self) -> dict[CostKey, CostTally]:
        """A copy of what waits."""
        now = {(self._hour, *place): tally for place, tally in self._tallies.items()}
        found = {key: replace(tally) for key, tally in self._waiting.items()}
        for key, tally in now.items():
            found.setdefault(key, CostTally()).add(tally)
        return found

    def _cost(self, served: Served, cost: Cost, now: float) -> None:
        tally = self._count((served.caller, served.route, cost.source), cost.milliseconds, now)
        tally.statements += cost.statements
        tally.rows += cost.rows

    def _count(self, place: _Place, milliseconds: float, now: float) -> CostTally:
        """One request more there. A hit comes here once, and nowhere else."""
        tally = self._tallies.get(place)
        if tally is None:
            tally = self._first(place)
        tally.requests += 1
        tally.milliseconds += milliseconds
        tally.longest = max(tally.longest, milliseconds)
        tally.last_at = now
        return tally

    def _first(self, place: _Place) -> CostTally:
        if (self._hour, *place) not in self._waiting and not self._room():
            place = (OTHER, *place[1:])
        return self._tallies.setdefault(place, CostTally())

    def _room(self) -> bool:
        return len(self._tallies) + len(self._waiting) < MOST

    def _put_aside(self) -> None:
        for place, tally in self._tallies.items():
            self._waiting.setdefault((self._hour, *place), CostTally()).add(tally)
        self._tallies = {}


def _others(key: CostKey) -> CostKey:
    return _of(key, OTHER)


def _of(key: CostKey, caller: str) -> CostKey:
    hour, _, route, source = key
    return hour, caller, route, source
