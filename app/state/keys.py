"""API keys, as they are kept: never their text, only a hash of it.

In charge of the table's rows as values. It must not know the form of a key, nor who may do what with one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import sqlalchemy as sa

from app.state.tables import api_key as table

_JSON: Final = ("scopes", "claims", "networks")


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """One key. Times are seconds since 1970; None: never.

    `pepper` names the pepper that `hash` was made with. `rate` is a class of limits. `networks` are those that the key may be
    used from, none: any. `replaced_by` is the id of the key that a rotation made.
    """

    id: str
    hash: bytes = field(repr=False)
    pepper: str
    owner: str
    created_at: float
    note: str = ""
    scopes: tuple[str, ...] = ()
    claims: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    rate: str = "default"
    networks: tuple[str, ...] = ()
    expires_at: float | None = None
    revoked_at: float | None = None
    replaced_by: str | None = None
    last_used_at: float | None = None

    def lives(self, now: float) -> bool:
        """Whether it is neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


def add(connection: sa.Connection, record: KeyRecord) -> None:
    """Keep a new key."""
    row = asdict(record)
    connection.execute(table.insert().values(row | {name: json.dumps(row[name]) for name in _JSON}))


def everything(connection: sa.Connection) -> list[KeyRecord]:
    """All keys, the oldest first, dead ones too."""
    return [
        _record(row) for row in connection.execute(sa.select(table).order_by(table.c.created_at, table.c.id)).mappings()
    ]


def _record(row: sa.RowMapping) -> KeyRecord:
    values: dict[str, Any] = {**row, **{name: json.loads(row[name]) for name in _JSON}}
    claims = {name: tuple(found) for name, found in values["claims"].items()}
    return KeyRecord(
        **values | {"claims": claims, "scopes": tuple(values["scopes"]), "networks": tuple(values["networks"])}
    )


def replace(connection: sa.Connection, identifier: str, until: float, record: KeyRecord) -> bool:
    """Keep a new key in the place of one that ends at `until`. Whether that one still stood to be replaced."""
    stands = sa.and_(table.c.id == identifier, table.c.revoked_at.is_(None), table.c.replaced_by.is_(None))
    replaced = connection.execute(table.update().where(stands).values(replaced_by=record.id, expires_at=until)).rowcount
    if replaced:
        add(connection, record)
    return bool(replaced)


def revoke(connection: sa.Connection, identifier: str, now: float) -> bool:
    """End a key. Whether it had not been revoked before: the first time stays."""
    stands = sa.and_(table.c.id == identifier, table.c.revoked_at.is_(None))
    return bool(connection.execute(table.update().where(stands).values(revoked_at=now)).rowcount)


def note_uses(connection: sa.Connection, uses: Mapping[str, float]) -> None:
    """Keep when keys were used last; a later use that another worker has noted stays."""
    earlier = sa.or_(table.c.last_used_at.is_(None), table.c.last_used_at < sa.bindparam("at"))
    statement = table.update().where(table.c.id == sa.bindparam("key"), earlier).values(last_used_at=sa.bindparam("at"))
    connection.execute(statement, [{"key": identifier, "at": at} for identifier, at in sorted(uses.items())])
