"""Looks at sources, as they are kept: when each is due, and what the last one found.

In charge of one row for each source and plan: it is the lease of whoever looks, too. Whoever moves `due_at` on has the look to
itself until then, and a process that dies over it leaves it to others. It must not know what is found.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Final

import sqlalchemy as sa

from app.state.tables import source_look as table

RETENTION: Final = 30 * 86_400.0  # seconds for which the looks of another plan are kept: a reload may take it back


@dataclass(frozen=True, slots=True)
class LookRecord:
    """How it stands with the looks at one source. Times are seconds since 1970; `checked_at` None: there was none yet.

    `plan` is the digest of what was served, and of the snapshots that the sources were held against. `failures` counts the looks that failed since the last good one, of which
    `breaking`, `risky` and `safe` are the numbers of findings, and `findings` all of them, a JSON list. `failure` names the
    class of the last failure.
    """

    source: str
    plan: str
    due_at: float
    checked_at: float | None = None
    failures: int = 0
    failure: str = ""
    breaking: int = 0
    risky: int = 0
    safe: int = 0
    findings: str = "[]"


def everything(connection: sa.Connection, plan: str) -> list[LookRecord]:
    """The looks of a plan, by source."""
    rows = connection.execute(sa.select(table).where(table.c.plan == plan).order_by(table.c.source)).mappings()
    return [LookRecord(**row) for row in rows]


def claim(connection: sa.Connection, source: str, plan: str, now: float, until: float) -> LookRecord | None:
    """The look at a source, if it is due and nobody else's; nobody else has it before `until`."""
    row = connection.execute(sa.select(table).where(*_is(source, plan))).mappings().one_or_none()
    if row is None:
        fresh = LookRecord(source, plan, until)
        connection.execute(table.insert().values(asdict(fresh)))
        return fresh
    if row["due_at"] > now:
        return None
    connection.execute(table.update().where(*_is(source, plan)).values(due_at=until))
    return LookRecord(**{**row, "due_at": until})


def note(connection: sa.Connection, record: LookRecord, now: float) -> None:
    """Keep how a look has ended; those of plans that are long gone are forgotten."""
    connection.execute(table.update().where(*_is(record.source, record.plan)).values(asdict(record)))
    connection.execute(table.delete().where(table.c.due_at < now - RETENTION))


def _is(source: str, plan: str) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return table.c.source == source, table.c.plan == plan
