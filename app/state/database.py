"""The database of the state: where it is, how it is read and written, and how it fails.

In charge of the engine, of transactions, and of one kind of error without a password in it. It must not know a table's
meaning.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex, CreateTable

from app.forks import begin_anew_in_children
from app.state.tables import metadata

_LOCK: Final = int.from_bytes(
    b"bascule"
)  # names the advisory lock of PostgreSQL that writers of one database hold in turn
_PATIENCE: Final = {
    "connect_timeout": "5",  # seconds, libpq's
    "tcp_user_timeout": "5000",  # milliseconds: a network that went away is an error, not a wait of many minutes
    "keepalives_idle": "10",  # seconds, after which that is found out also while an answer is waited for
}

_create: Final = partial(sa.create_engine, hide_parameters=True)  # in errors: they are secrets, hashes and keys of rows


class StateError(Exception):
    """The state cannot be opened, read or written; `args[0]` says which, and why."""


class Database:
    """An engine, opened at once, so that a wrong place is known at start. Safe for threads and processes."""

    def __init__(self, url: str, folder: Path) -> None:
        location = _location(url, folder)
        self.place = _place(location)
        with self._said():
            self.engine = _engine(location)
            with _write(self.engine) as connection:
                metadata.create_all(connection)
        begin_anew_in_children(self)

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection to read with. Raises StateError."""
        with self._said(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction that nobody else writes beside; it is committed at the end. Raises StateError."""
        with self._said(), _write(self.engine) as connection:
            yield connection

    def close(self) -> None:
        """Give every connection back; the database may be used again, in another process after a fork, say."""
        self.engine.dispose()

    def forked(self) -> None:
        """Begin in a new process, which must not touch the connections of its parent."""
        self.engine.dispose(close=False)

    @contextmanager
    def _said(self) -> Iterator[None]:
        """A failure of the database, or of finding its driver, as a StateError without a password in it."""
        try:
            yield
        except (sa.exc.SQLAlchemyError, ImportError) as error:
            raise StateError(f"state {self.place}: {getattr(error, 'orig', None) or error}") from error


def is_there(url: str, folder: Path) -> bool:
    """Whether a state can be read without making one. Raises StateError for a URL that is none."""
    location = _location(url, folder)
    if location.get_backend_name() != "sqlite":
        return True
    return not _in_memory(location) and Path(str(location.database)).exists()


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


def _place(location: sa.URL) -> str:
    """The URL as it may be shown; libpq takes passwords among the parameters, too."""
    hidden = {name: "***" for name in location.query if "password" in name}
    return location.update_query_dict(hidden).render_as_string(hide_password=True)


def _in_memory(location: sa.URL) -> bool:
    return location.database in {None, "", ":memory:"}


def _engine(location: sa.URL) -> sa.Engine:
    """An engine; a database in memory lives in one connection, which threads use in turn."""
    if location.get_backend_name() != "sqlite":
        patience = {name: value for name, value in _PATIENCE.items() if name not in location.query}
        return _create(location, connect_args=patience if location.drivername.endswith("+psycopg") else {})
    if not _in_memory(location):
        _create_private(Path(str(location.database)))
        return _create(location)
    engine = _create(
        location, poolclass=sa.QueuePool, pool_size=1, max_overflow=0, connect_args={"check_same_thread": False}
    )
    sa.event.listen(engine, "connect", _create_tables)
    return engine


def _create_private(path: Path) -> None:
    """Make the file for its owner's eyes alone: it holds what cursors are signed with, and hashes of keys.

    One that is there stays as it is; one that cannot be made is SQLite's to complain about.
    """
    with contextlib.suppress(OSError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _create_tables(connection: Any, _record: object) -> None:
    """The tables of a database in memory, which is empty again in each new connection: after `close`, after a fork."""
    for table in metadata.sorted_tables:
        connection.execute(str(CreateTable(table, if_not_exists=True)))
        for index in table.indexes:
            connection.execute(str(CreateIndex(index, if_not_exists=True)))


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
