"""Data issues, as they are kept: how often each kind was served, with sample keys.

In charge of adding counts and of reading them. It must not know when they are written: that is the ledger's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import sqlalchemy as sa

from app.state.tables import data_issue as table

SAMPLES: Final = 10  # keys kept as samples of one kind of issue

IssueKey = tuple[str, str, str, str]  # version, resource, field, issue


@dataclass(frozen=True, slots=True)
class SeenIssue:
    """How often a kind of issue was served, with sample keys. A row that is served twice counts twice."""

    version: str
    resource: str
    field: str
    issue: str
    seen: int
    samples: tuple[str, ...]
    last_seen: str


@dataclass(slots=True)
class Tally:
    """What was counted of one kind of issue; `samples` are keys, in the order in which they came."""

    count: int = 0
    samples: dict[str, None] = field(default_factory=dict)


def add(connection: sa.Connection, found: Mapping[IssueKey, Tally]) -> None:
    """Add counts."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    for key, tally in found.items():
        _add(connection, key, tally, now)


def _add(connection: sa.Connection, key: IssueKey, tally: Tally, now: str) -> None:
    names = ("version", "resource", "field", "issue")
    where = sa.and_(*(table.c[name] == part for name, part in zip(names, key, strict=True)))
    kept = connection.execute(sa.select(table.c.seen, table.c.samples).where(where)).one_or_none()
    if kept is None:
        row = dict(zip(names, key, strict=True))
        samples = json.dumps(list(tally.samples))
        connection.execute(table.insert().values(**row, seen=tally.count, samples=samples, last_seen=now))
        return
    merged = list(dict.fromkeys([*json.loads(kept.samples), *tally.samples]))[:SAMPLES]
    values = {"seen": kept.seen + tally.count, "samples": json.dumps(merged), "last_seen": now}
    connection.execute(table.update().where(where).values(**values))


def everything(connection: sa.Connection) -> list[SeenIssue]:
    """All kinds, the most frequent first."""
    rows = connection.execute(sa.select(table).order_by(table.c.seen.desc())).mappings()
    return [SeenIssue(**{**row, "samples": tuple(json.loads(row["samples"]))}) for row in rows]
