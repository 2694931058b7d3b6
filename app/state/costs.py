"""Costs, as they are kept: what the requests of each caller for each route have cost, by hour and by source.

In charge of adding counts, of bounds, and of reading sums. It must not know when they are written, nor what a caller is.

Under the source `""` stand the requests themselves, with the time that they took; under a source, those that asked it, and what
they cost there. An hour, and a day that was summed up, has MOST_ROWS rows: what comes beyond is counted as OTHER's. Hours that are older than WHOLE are summed up
by day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import groupby
from typing import Any, Final

import sqlalchemy as sa

from app.state.tables import cost_hour as table
from app.state.usage import OTHER

MOST_ROWS: Final = 2_000  # of an hour, some 200 kB
WHOLE: Final = 8 * 24  # hours that are kept as such: a week, and the day that has begun
DAY: Final = 24  # hours

CostKey = tuple[int, str, str, str]  # hour since 1970, caller, route, source; empty source: the requests themselves

_Place = tuple[str, str, str]  # an hour's row: caller, route, source
_PLACE: Final = ("caller", "route", "source")
_SUMS: Final = ("requests", "statements", "rows", "milliseconds")
_GREATEST: Final = ("longest", "last_at")


@dataclass(slots=True)
class CostTally:
    """What some requests have cost. `longest` is the greatest of the summands of `milliseconds`, `last_at` seconds since 1970."""

    requests: int = 0
    statements: int = 0
    rows: int = 0
    milliseconds: float = 0.0
    longest: float = 0.0
    last_at: float = 0.0

    def add(self, other: CostTally) -> None:
        """Count those of another here, too."""
        self.requests += other.requests
        self.statements += other.statements
        self.rows += other.rows
        self.milliseconds += other.milliseconds
        self.longest = max(self.longest, other.longest)
        self.last_at = max(self.last_at, other.last_at)


@dataclass(frozen=True, slots=True)
class CostRecord:
    """What a caller's requests for a route have cost at a source; `source` empty: the requests, and the time that they took."""

    caller: str
    route: str
    source: str
    tally: CostTally = field(default_factory=CostTally)


def add(connection: sa.Connection, found: Mapping[CostKey, CostTally], oldest: int) -> None:
    """Add counts to what the hours have; hours before `oldest` are forgotten."""
    for hour, keys in groupby(sorted(found), key=lambda key: key[0]):
        if hour >= oldest:
            _add(connection, hour, {key[1:]: found[key] for key in keys}, oldest)


def _add(connection: sa.Connection, hour: int, found: Mapping[_Place, CostTally], oldest: int) -> None:
    known = sa.select(*(table.c[name] for name in _PLACE)).where(table.c.hour == hour)
    before = {(caller, route, source) for caller, route, source in connection.execute(known)}
    if not before:  # the first counts of an hour
        connection.execute(table.delete().where(table.c.hour < oldest))
        _fold(connection, hour - WHOLE)
    placed = _placed(found, before)
    _insert(connection, hour, {place: tally for place, tally in placed.items() if place not in before})
    _update(connection, hour, {place: tally for place, tally in placed.items() if place in before})


def _placed(found: Mapping[_Place, CostTally], before: Iterable[_Place]) -> dict[_Place, CostTally]:
    """The counts by the rows that they go to: OTHER's, where an hour has no room for more."""
    rows, placed = set(before), dict[_Place, CostTally]()
    for place, tally in found.items():
        here = place if place in rows or len(rows) < MOST_ROWS else (OTHER, *place[1:])
        rows.add(here)
        placed.setdefault(here, CostTally()).add(tally)
    return placed


def _insert(connection: sa.Connection, hour: int, found: Mapping[_Place, CostTally]) -> None:
    if found:
        connection.execute(table.insert(), [{"hour": hour, **_named(place, found[place])} for place in found])


def _named(place: _Place, tally: CostTally) -> dict[str, Any]:
    return {**dict(zip(_PLACE, place, strict=True)), **asdict(tally)}


def _update(connection: sa.Connection, hour: int, found: Mapping[_Place, CostTally]) -> None:
    if not found:
        return
    more: dict[str, Any] = {name: table.c[name] + sa.bindparam(f"more_{name}") for name in _SUMS}
    for name in _GREATEST:
        new = sa.bindparam(f"more_{name}", type_=sa.Double)
        more[name] = sa.case((table.c[name] < new, new), else_=table.c[name])
    same = (table.c[name] == sa.bindparam(f"more_{name}") for name in _PLACE)
    statement = table.update().where(table.c.hour == hour, *same).values(more)
    connection.execute(statement, [_bound(place, tally) for place, tally in found.items()])


def _bound(place: _Place, tally: CostTally) -> Mapping[str, Any]:
    return {f"more_{name}": value for name, value in _named(place, tally).items()}


def _fold(connection: sa.Connection, before: int) -> None:
    """Sum up the hours of days that have ended before that hour, each in the first hour of its day."""
    end = before - before % DAY
    single = sa.select(table.c.hour).where(table.c.hour < end, table.c.hour % DAY != 0)
    days = sorted({hour - hour % DAY for hour in connection.scalars(single.distinct())})
    for day in days:
        here = table.c.hour.between(day, day + DAY - 1)
        found = {(each.caller, each.route, each.source): each.tally for each in _read(connection, here)}
        connection.execute(table.delete().where(here))
        _insert(connection, day, _placed(found, ()))


def since(connection: sa.Connection, hour: int) -> list[CostRecord]:
    """What was counted from that hour on."""
    return _read(connection, table.c.hour >= hour)


def _read(connection: sa.Connection, where: sa.ColumnElement[bool]) -> list[CostRecord]:
    """The sums of some hours, by caller, route and source."""
    sums = [sa.func.sum(table.c[name]) for name in _SUMS] + [sa.func.max(table.c[name]) for name in _GREATEST]
    place = [table.c[name] for name in _PLACE]
    rows = connection.execute(sa.select(*place, *sums).where(where).group_by(*place).order_by(*place))
    return [CostRecord(row[0], row[1], row[2], _tally(row[3:])) for row in rows]


def _tally(numbers: Sequence[Any]) -> CostTally:
    """PostgreSQL's sums of integers are decimals."""
    requests, statements, brought, *times = numbers
    return CostTally(int(requests), int(statements), int(brought), *map(float, times))
