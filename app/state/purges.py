"""Purges, as they are kept: of each tag when it was purged last, and by whom.

In charge of the two tables. It must not know what a tag names, nor what is kept under it.

The id of a purge is the time of it, in milliseconds since 1970, or one more than the id before: so ids of one log only rise, and
those of a log that was made anew lie above all of the log before it. An answer that was begun when the purge `last` was known is
no longer good if one of its tags has a later one, or if the log does not reach back to it: before `floor` something was
forgotten, or there was no log.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from app.state.tables import purge as table
from app.state.tables import purge_log as log

RETENTION: Final = 8 * 86_400.0  # seconds that a purge is remembered: no answer is kept longer than seven days
MOST: Final = 100_000  # tags: a worker has all of them in its memory


@dataclass(frozen=True, slots=True)
class PurgeRecord:
    """When a tag was purged last, in seconds since 1970, and by whom: `cli:ada`, or the identity of a caller."""

    id: int
    tag: str
    at: float
    who: str


@dataclass(frozen=True, slots=True)
class PurgeLog:
    """A part of the log: `purged` has the id of each tag's last purge. `last` and `floor` are those of the whole log."""

    last: int
    floor: int
    purged: Mapping[str, int]


def last(connection: sa.Connection) -> int | None:
    """The id of the last purge, or of the log's own beginning; None: there is no log yet."""
    found: int | None = connection.execute(sa.select(log.c.last)).scalar()
    return found


def begin(connection: sa.Connection, now: float) -> int:
    """The id of the last purge, in a log that is begun where there is none."""
    found = last(connection)
    if found is None:
        found = _moment(now)
        connection.execute(log.insert().values(last=found, floor=found))
    return found


def add(connection: sa.Connection, tags: Iterable[str], who: str, now: float) -> int:
    """Note a purge of each tag in place of the one before; what is long past is forgotten. The id of the last one."""
    found = begin(connection, now)
    first = max(found + 1, _moment(now))
    rows = [
        {"id": number, "tag": tag, "at": now, "who": who} for number, tag in enumerate(dict.fromkeys(tags), start=first)
    ]
    if not rows:
        return found
    connection.execute(table.delete().where(table.c.tag == sa.bindparam("tag")), rows)
    connection.execute(table.insert(), rows)
    newest = first + len(rows) - 1
    connection.execute(log.update().values(last=newest))
    _forget(connection, now)
    return newest


def _forget(connection: sa.Connection, now: float) -> None:
    """Forget the oldest, those beyond RETENTION and those beyond MOST; the log reaches back to them from now on."""
    beyond = connection.execute(sa.select(table.c.id).order_by(table.c.id.desc()).offset(MOST).limit(1)).scalar() or 0
    old = table.c.id <= max(beyond, _moment(now - RETENTION))
    forgotten = connection.execute(sa.select(sa.func.max(table.c.id)).where(old)).scalar()
    if forgotten is not None:
        connection.execute(table.delete().where(old))
        connection.execute(log.update().values(floor=forgotten))


def since(connection: sa.Connection, after: int) -> PurgeLog:
    """The purges with an id above `after`. One statement, so that all of it is of one moment."""
    joined = log.outerjoin(table, table.c.id > after)
    rows = connection.execute(sa.select(log.c.last, log.c.floor, table.c.tag, table.c.id).select_from(joined)).all()
    if not rows:
        return PurgeLog(0, 0, {})
    return PurgeLog(rows[0].last, rows[0].floor, {row.tag: row.id for row in rows if row.tag is not None})


def newest(connection: sa.Connection, limit: int) -> list[PurgeRecord]:
    """At most `limit` purges, the newest first."""
    rows = connection.execute(sa.select(table).order_by(table.c.id.desc()).limit(limit)).mappings()
    return [PurgeRecord(**row) for row in rows]


def _moment(at: float) -> int:
    return int(at * 1000)
