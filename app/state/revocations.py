"""Revocations: what is dead before its time; and the revision, which every change of them and of keys raises.

In charge of the two tables. It must not know what a token or a link is: each is a kind and an id.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import sqlalchemy as sa

from app.state.tables import revision, revocation

SKEW: Final = 3600.0  # seconds that the clocks of hosts may differ: what has ended to one still lives to another

Revoked = frozenset[tuple[str, str]]  # kind, id


def raise_revision(connection: sa.Connection) -> None:
    """Tell every worker to look again. Belongs to the transaction of the change itself."""
    if not connection.execute(revision.update().values(value=revision.c.value + 1)).rowcount:
        connection.execute(revision.insert().values(value=1))


def read_revision(connection: sa.Connection) -> int:
    """How many changes there were."""
    return int(connection.execute(sa.select(revision.c.value)).scalar() or 0)


def revoke(connection: sa.Connection, each: Iterable[tuple[str, str]], until: float, now: float) -> None:
    """Keep these until their own end has come for everybody; those whose end has come are forgotten."""
    connection.execute(revocation.delete().where(revocation.c.until < now - SKEW))
    for kind, identifier in each:
        same = sa.and_(revocation.c.kind == kind, revocation.c.id == identifier)
        if not connection.execute(revocation.update().where(same).values(until=until)).rowcount:
            connection.execute(revocation.insert().values(kind=kind, id=identifier, until=until))


def read_revocations(connection: sa.Connection) -> Revoked:
    """All of them, some of which may have come to their own end."""
    return frozenset(
        (kind, identifier) for kind, identifier in connection.execute(sa.select(revocation.c.kind, revocation.c.id))
    )
