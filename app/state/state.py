"""Every question to the gateway's memory, and every order: one method each.

In charge of which of them belong to one transaction, and of the revision. It must not know how a table is written.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.state import costs, history, issues, keys, links, looks, notes, purges, revocations, usage
from app.state.costs import CostKey, CostRecord, CostTally
from app.state.database import Database
from app.state.history import Numbers
from app.state.issues import IssueKey, SeenIssue, Tally
from app.state.keys import KeyRecord
from app.state.links import LinkRecord
from app.state.looks import LookRecord
from app.state.notes import ChangeNote, FailureNote
from app.state.purges import PurgeLog, PurgeRecord
from app.state.revocations import Revoked
from app.state.tables import secret as secret_table
from app.state.usage import UsageKey, UsageRecord


class State:
    """The gateway's memory. Opened at once, so that a wrong place is known at start; safe for threads and processes.

    Every method raises StateError. `clock` is the one on the wall.
    """

    def __init__(self, url: str, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self.database = Database(url, folder)
        self._clock = clock

    @property
    def engine(self) -> sa.Engine:
        """What it is kept with."""
        return self.database.engine

    @property
    def place(self) -> str:
        """Where it is, without a password."""
        return self.database.place

    def close(self) -> None:
        """Give every connection back; the state may be used again, in another process after a fork, say."""
        self.database.close()

    # Secrets of the gateway's own making.

    def secret(self, name: str) -> bytes:
        """The secret of that name, 32 random bytes that were made when it was first asked for."""
        with self.database.writing() as connection:
            kept = connection.execute(sa.select(secret_table.c.value).where(secret_table.c.name == name)).scalar()
            if kept is None:
                kept = secrets.token_bytes(32)
                connection.execute(secret_table.insert().values(name=name, value=kept))
        return bytes(kept)

    # Data issues.

    def add_issues(self, found: Mapping[IssueKey, Tally]) -> None:
        """Add counts to the ledger."""
        with self.database.writing() as connection:
            issues.add(connection, found)

    def issues(self) -> list[SeenIssue]:
        """The ledger, the most frequent first."""
        with self.database.reading() as connection:
            return issues.everything(connection)

    # Usage.

    def add_usage(self, found: Mapping[UsageKey, int], oldest: str) -> None:
        """Add calls to those of their days; days before `oldest` (ISO) are forgotten."""
        with self.database.writing() as connection:
            usage.add(connection, found, oldest)

    def usage(self, day: str) -> list[UsageRecord]:
        """What each caller read from that day (ISO, UTC) on, the most frequent first."""
        with self.database.reading() as connection:
            return usage.since(connection, day)

    # Callers: every change raises the revision, in its own transaction.

    def revision(self) -> int:
        """How often keys or revocations have changed. Cheap: whoever keeps a copy of them asks this first."""
        with self.database.reading() as connection:
            return revocations.read_revision(connection)

    def api_keys(self) -> list[KeyRecord]:
        """All keys, the oldest first, dead ones too."""
        with self.database.reading() as connection:
            return keys.everything(connection)

    def add_key(self, record: KeyRecord) -> None:
        """Keep a new key."""
        with self.database.writing() as connection:
            keys.add(connection, record)
            revocations.raise_revision(connection)

    def replace_key(self, identifier: str, until: float, record: KeyRecord) -> bool:
        """Keep a new key in the place of one that ends at `until`; False, and nothing is done, if that one is gone."""
        with self.database.writing() as connection:
            replaced = keys.replace(connection, identifier, until, record)
            if replaced:
                revocations.raise_revision(connection)
        return replaced

    def revoke_key(self, identifier: str) -> bool:
        """End a key now. Whether there was one that had not been revoked before."""
        with self.database.writing() as connection:
            revoked = keys.revoke(connection, identifier, self._clock())
            if revoked:
                revocations.raise_revision(connection)
        return revoked

    def note_uses(self, uses: Mapping[str, float]) -> None:
        """Keep when keys, by id, were used last. The revision stays: nothing depends on it."""
        with self.database.writing() as connection:
            keys.note_uses(connection, uses)

    # Links: a new one is no change to what workers know; its own text tells them.

    def add_link(self, record: LinkRecord) -> None:
        """Keep a new link, for those who manage links."""
        with self.database.writing() as connection:
            links.add(connection, record)

    def link(self, identifier: str) -> LinkRecord | None:
        """The link of that id, dead or alive."""
        with self.database.reading() as connection:
            return links.find(connection, identifier)

    def links(self, path: str, after: LinkRecord | None, limit: int) -> list[LinkRecord]:
        """At most `limit` links, the newest first: to the item `path` (empty: to any), older than `after`."""
        with self.database.reading() as connection:
            return links.page(connection, path, after, limit)

    def revoke_link(self, kind: str, record: LinkRecord) -> bool:
        """End a link now, on all workers; `kind` is that of its revocation. Whether it had not been revoked before."""
        now = self._clock()
        with self.database.writing() as connection:
            revoked = links.revoke(connection, record.id, now)
            if revoked:
                revocations.revoke(connection, [(kind, record.id)], record.expires_at, now)
                revocations.raise_revision(connection)
        return revoked

    def note_link_uses(self, uses: Mapping[str, float]) -> None:
        """Keep when links, by id, were used last."""
        with self.database.writing() as connection:
            links.note_uses(connection, uses)

    def revoke(self, kind: str, identifier: str, until: float) -> None:
        """Revoke a token or a link that would end by itself at `until`, seconds since 1970; after that it is forgotten."""
        with self.database.writing() as connection:
            revocations.revoke(connection, [(kind, identifier)], until, self._clock())
            revocations.raise_revision(connection)

    def revocations(self) -> Revoked:
        """What is revoked, as pairs of kind and id."""
        with self.database.reading() as connection:
            return revocations.read_revocations(connection)

    # Purges of kept answers.

    def purge(self, tags: Iterable[str], who: str) -> int:
        """Note that what is kept under these tags is no longer good, and who says so. The id of the last purge."""
        with self.database.writing() as connection:
            return purges.add(connection, tags, who, self._clock())

    def last_purge(self) -> int:
        """The id of the last purge. Cheap: whoever keeps a copy of the log asks this first."""
        with self.database.reading() as connection:
            found = purges.last(connection)
        if found is None:
            with self.database.writing() as connection:
                found = purges.begin(connection, self._clock())
        return found

    def purges(self, after: int) -> PurgeLog:
        """The purges after the one of that id."""
        with self.database.reading() as connection:
            return purges.since(connection, after)

    def newest_purges(self, limit: int) -> list[PurgeRecord]:
        """At most `limit` purges, the newest first: of each tag the last."""
        with self.database.reading() as connection:
            return purges.newest(connection, limit)

    # Looks at sources for drift.

    def looks(self, plan: str) -> list[LookRecord]:
        """How it stands with the looks at each source, by those who serve the plan of that digest."""
        with self.database.reading() as connection:
            return looks.everything(connection, plan)

    def claim_look(self, source: str, plan: str, seconds: float) -> LookRecord | None:
        """The look at a source, for so many seconds, if it is due and nobody else's."""
        now = self._clock()
        with self.database.writing() as connection:
            return looks.claim(connection, source, plan, now, now + seconds)

    def note_look(self, record: LookRecord) -> None:
        """Keep how a look has ended, and when the next one is due."""
        with self.database.writing() as connection:
            looks.note(connection, record, self._clock())

    # History: what was served, what it has cost, and how the sources were.

    def add_history(
        self, minutes: Mapping[int, Numbers], spent: Mapping[CostKey, CostTally], oldest: tuple[int, int]
    ) -> None:
        """Add to the numbers of minutes and to the costs of hours; what is before `oldest`, a minute and an hour, is forgotten."""
        with self.database.writing() as connection:
            history.add(connection, minutes, oldest[0])
            costs.add(connection, spent, oldest[1])

    def history(self, minute: int) -> dict[int, Any]:
        """The numbers of each minute (since 1970) from that one on."""
        with self.database.reading() as connection:
            return history.since(connection, minute)

    def costs(self, hour: int) -> list[CostRecord]:
        """What requests have cost from that hour (since 1970) on."""
        with self.database.reading() as connection:
            return costs.since(connection, hour)

    def note_sources(self, failures: Iterable[FailureNote], changes: Iterable[ChangeNote]) -> None:
        """Keep with what sources failed last, and what last happened to them."""
        with self.database.writing() as connection:
            notes.add(connection, failures, changes)

    def source_notes(self) -> tuple[list[FailureNote], list[ChangeNote]]:
        """The last failure and the last change of each source."""
        with self.database.reading() as connection:
            return notes.everything(connection)
