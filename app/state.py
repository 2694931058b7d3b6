"""State: the gateway's own memory, over SQLAlchemy: SQLite beside the contract, or PostgreSQL for several hosts.

In charge of what has to outlive a process and be shared by its workers: secrets of the gateway's own making (what cursors
are signed with), and the ledger of data issues. It must not know a source. It is small: losing it costs open cursors.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.observations import DataIssueFound, Observation, log

SAMPLES = 10  # keys kept as samples of one kind of issue
FLUSH_SECONDS = 5.0
_LOCK = int.from_bytes(b"bascule")  # names the advisory lock of PostgreSQL that writers of one database hold in turn

metadata = sa.MetaData()
secret_table = sa.Table(
    "secret",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.LargeBinary, nullable=False),
)
issue_table = sa.Table(
    "data_issue",
    metadata,
    sa.Column("version", sa.Text, primary_key=True),
    sa.Column("resource", sa.Text, primary_key=True),
    sa.Column("field", sa.Text, primary_key=True),
    sa.Column("issue", sa.Text, primary_key=True),
    sa.Column("seen", sa.BigInteger, nullable=False),
    sa.Column("samples", sa.Text, nullable=False),
    sa.Column("last_seen", sa.String(32), nullable=False),
)


class StateError(Exception):
    """The state cannot be opened; `args[0]` says which, and why."""


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


class State:
    """The gateway's memory. Opened at once, so that a wrong place is known at start; safe for threads and processes."""

    def __init__(self, url: str, folder: Path) -> None:
        location = _location(url, folder)
        self.place = location.render_as_string(hide_password=True)
        with self._said():
            self.engine = _engine(location)
            with _write(self.engine) as connection:
                metadata.create_all(connection)

    def secret(self, name: str) -> bytes:
        """The secret of that name, 32 random bytes that were made when it was first asked for. Raises StateError."""
        with self._said(), _write(self.engine) as connection:
            kept = connection.execute(sa.select(secret_table.c.value).where(secret_table.c.name == name)).scalar()
            if kept is None:
                kept = secrets.token_bytes(32)
                connection.execute(secret_table.insert().values(name=name, value=kept))
        return bytes(kept)

    def add_issues(self, found: dict[tuple[str, str, str, str], _Tally]) -> None:
        """Add counts to the ledger. Raises StateError."""
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        with self._said(), _write(self.engine) as connection:
            for key, tally in found.items():
                _add_issue(connection, key, tally, now)

    def issues(self) -> list[SeenIssue]:
        """The ledger, the most frequent first. Raises StateError."""
        with self._said(), self.engine.connect() as connection:
            rows = connection.execute(sa.select(issue_table).order_by(issue_table.c.seen.desc())).mappings().all()
        return [SeenIssue(**{**row, "samples": tuple(json.loads(row["samples"]))}) for row in rows]

    def close(self) -> None:
        """Give every connection back; the state may be used again, in another process after a fork, say."""
        self.engine.dispose()

    @contextmanager
    def _said(self) -> Iterator[None]:
        """A failure of the database, or of finding its driver, as a StateError without a password in it."""
        try:
            yield
        except (sa.exc.SQLAlchemyError, ImportError) as error:
            raise StateError(f"state {self.place}: {getattr(error, 'orig', None) or error}") from error


def _location(url: str, folder: Path) -> sa.URL:
    """The URL with a SQLite file's whole path, and with the one driver for PostgreSQL that the gateway comes with."""
    try:
        location = sa.make_url(url)
    except sa.exc.ArgumentError:
        raise StateError("the state's URL cannot be read") from None
    if location.drivername == "postgresql":
        return location.set(drivername="postgresql+psycopg")
    if location.get_backend_name() == "sqlite" and not _in_memory(location):
        return location.set(database=str(folder / str(location.database)))
    return location


def _in_memory(location: sa.URL) -> bool:
    return location.database in {None, "", ":memory:"}


def _engine(location: sa.URL) -> sa.Engine:
    """An engine; a database in memory lives in one connection, which threads use in turn."""
    if location.get_backend_name() != "sqlite" or not _in_memory(location):
        return sa.create_engine(location)
    return sa.create_engine(
        location, poolclass=sa.QueuePool, pool_size=1, max_overflow=0, connect_args={"check_same_thread": False}
    )


@contextmanager
def _write(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction that has the write lock from its start, so that two workers cannot both find nothing."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        yield connection
        connection.commit()


def _add_issue(connection: sa.Connection, key: tuple[str, str, str, str], tally: _Tally, now: str) -> None:
    names = ("version", "resource", "field", "issue")
    where = sa.and_(*(issue_table.c[name] == part for name, part in zip(names, key, strict=True)))
    kept = connection.execute(sa.select(issue_table.c.seen, issue_table.c.samples).where(where)).one_or_none()
    if kept is None:
        row = dict(zip(names, key, strict=True))
        samples = json.dumps(list(tally.samples))
        connection.execute(issue_table.insert().values(**row, seen=tally.count, samples=samples, last_seen=now))
        return
    merged = list(dict.fromkeys([*json.loads(kept.samples), *tally.samples]))[:SAMPLES]
    values = {"seen": kept.seen + tally.count, "samples": json.dumps(merged), "last_seen": now}
    connection.execute(issue_table.update().where(where).values(**values))


@dataclass(slots=True)
class _Tally:
    count: int = 0
    samples: dict[str, None] = field(default_factory=dict)


class Ledger:
    """The reader of observations that counts data issues, and writes the counts to the state every few seconds."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.lock = threading.Lock()
        self.found: dict[tuple[str, str, str, str], _Tally] = {}
        self.timer: threading.Timer | None = None

    def __call__(self, observation: Observation) -> None:
        """Count a data issue; the first one after a flush sets the next flush."""
        if not isinstance(observation, DataIssueFound):
            return
        key = (observation.version, observation.resource, observation.field, observation.issue)
        with self.lock:
            tally = self.found.setdefault(key, _Tally())
            tally.count += 1
            if len(tally.samples) < SAMPLES:
                tally.samples[observation.key] = None
            if self.timer is None:
                self.timer = threading.Timer(FLUSH_SECONDS, self.flush)
                self.timer.daemon = True
                self.timer.start()

    def flush(self) -> None:
        """Write what was counted. A state that cannot be written keeps the counts for the next time."""
        with self.lock:
            found, self.found, self.timer = self.found, {}, None
        if not found:
            return
        try:
            self.state.add_issues(found)
        except StateError as error:
            log.warning("the ledger of data issues cannot be written: %s", error)
            self._put_back(found)

    def _put_back(self, found: dict[tuple[str, str, str, str], Any]) -> None:
        with self.lock:
            for key, tally in found.items():
                newer = self.found.setdefault(key, _Tally())
                newer.count += tally.count
                newer.samples = dict(list({**tally.samples, **newer.samples}.items())[:SAMPLES])

    def close(self) -> None:
        """Write what is left."""
        if self.timer is not None:
            self.timer.cancel()
        self.flush()
