"""Order links, as they are kept: what each shows and how long, for the people who manage them. No text of a link.

In charge of the table's rows as values. Serving a link does not read them: its text says everything. It must not know the form
of that text, nor what a resource is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import sqlalchemy as sa

from app.state.tables import order_link as table

KEPT: Final = 90 * 86_400.0  # seconds that a link is remembered after its end: somebody may ask what it was


@dataclass(frozen=True, slots=True)
class LinkRecord:
    """One link to one item. Times are seconds since 1970; None: never. `path` is the item's, as in an address."""

    id: str
    path: str
    fields: tuple[str, ...]
    note: str
    created_at: float
    expires_at: float
    revoked_at: float | None = None
    last_used_at: float | None = None

    def lives(self, now: float) -> bool:
        """Whether it is neither revoked nor expired."""
        return self.revoked_at is None and now < self.expires_at


def add(connection: sa.Connection, record: LinkRecord) -> None:
    """Keep a new link; those whose end is long past are forgotten."""
    connection.execute(table.delete().where(table.c.expires_at < record.created_at - KEPT))
    connection.execute(table.insert().values(asdict(record) | {"fields": json.dumps(record.fields)}))


def find(connection: sa.Connection, identifier: str) -> LinkRecord | None:
    """The link of that id."""
    row = connection.execute(sa.select(table).where(table.c.id == identifier)).mappings().one_or_none()
    return None if row is None else _record(row)


def page(connection: sa.Connection, path: str, after: LinkRecord | None, limit: int) -> list[LinkRecord]:
    """At most `limit` links, the newest first, dead ones too: to the item `path` (empty: to any), older than `after`."""
    order = table.c.created_at, table.c.id
    wanted = sa.select(table).order_by(*(column.desc() for column in order)).limit(limit)
    if path:
        wanted = wanted.where(table.c.path == path)
    if after is not None:
        wanted = wanted.where(sa.tuple_(*order) < sa.tuple_(sa.literal(after.created_at), sa.literal(after.id)))
    return [_record(row) for row in connection.execute(wanted).mappings()]


def _record(row: sa.RowMapping) -> LinkRecord:
    values: dict[str, Any] = {**row, "fields": tuple(json.loads(row["fields"]))}
    return LinkRecord(**values)


def revoke(connection: sa.Connection, identifier: str, now: float) -> bool:
    """End a link. Whether it had not been revoked before: the first time stays."""
    stands = sa.and_(table.c.id == identifier, table.c.revoked_at.is_(None))
    return bool(connection.execute(table.update().where(stands).values(revoked_at=now)).rowcount)


def note_uses(connection: sa.Connection, uses: Mapping[str, float]) -> None:
    """Keep when links were used last; a later use that another worker has noted stays."""
    earlier = sa.or_(table.c.last_used_at.is_(None), table.c.last_used_at < sa.bindparam("at"))
    statement = (
        table.update().where(table.c.id == sa.bindparam("link"), earlier).values(last_used_at=sa.bindparam("at"))
    )
    connection.execute(statement, [{"link": identifier, "at": at} for identifier, at in sorted(uses.items())])
