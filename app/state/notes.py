"""Notes of sources, as they are kept: with what each failed last, and what last happened to it as a whole.

In charge of one row for each source, of which the newer of two stands; of two that are as new, the one that was written later. It
must not know who notes, nor what an event means, but for which are told once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Final

import sqlalchemy as sa

from app.state.tables import source_change, source_failure

ONCE: Final = frozenset({"opened", "closed"})
"""Events that one worker of a host tells, to whom they happened; the others are told by each, whenever it notices."""


@dataclass(frozen=True, slots=True)
class FailureNote:
    """A source did not answer. `text` is the driver's, for operators; `at` is seconds since 1970."""

    source: str
    error: str
    text: str
    request_id: str
    at: float


@dataclass(frozen=True, slots=True)
class ChangeNote:
    """Something happened to a source as a whole: `event` is a word of `adapters.port.Notice`."""

    source: str
    event: str
    text: str
    at: float


def add(connection: sa.Connection, failures: Iterable[FailureNote], changes: Iterable[ChangeNote]) -> None:
    """Keep what is newer than what is kept.

    An event that each worker tells changes nothing where it is the one that is kept: the first who told it was first. One that is
    told once has happened again: what was between has come too late, or was over before anybody could write it.
    """
    for failure in failures:
        _keep(connection, source_failure, failure)
    for change in changes:
        kept = sa.select(source_change.c.event).where(source_change.c.source == change.source)
        if change.event in ONCE or connection.execute(kept).scalar() != change.event:
            _keep(connection, source_change, change)


def _keep(connection: sa.Connection, table: sa.Table, note: FailureNote | ChangeNote) -> None:
    here = table.c.source == note.source
    kept = connection.execute(sa.select(table.c.at).where(here)).scalar()
    if kept is None:
        connection.execute(table.insert().values(asdict(note)))
    elif kept <= note.at:
        connection.execute(table.update().where(here).values(asdict(note)))


def everything(connection: sa.Connection) -> tuple[list[FailureNote], list[ChangeNote]]:
    """The last failure and the last change of each source."""
    failures = connection.execute(sa.select(source_failure).order_by(source_failure.c.source)).mappings()
    changes = connection.execute(sa.select(source_change).order_by(source_change.c.source)).mappings()
    return [FailureNote(**row) for row in failures], [ChangeNote(**row) for row in changes]
