"""What stands in the file of kept entries: its table, and the statements over one connection.

In charge of a row's form and checksum, of what is given out and what is not, and of the bound: room is made before rows are
added, and the write-ahead log is emptied before it grows too long. It must not know files, locks or threads.

A row's number is folded from its key, which is a digest: one B-tree leads to it, rows that come fill the gaps of rows that
went, and two keys of one number displace each other. All statements are short, so nobody waits long for a write lock; readers
of a write-ahead log never wait for it at all (https://sqlite.org/wal.html).
"""

from __future__ import annotations

import contextlib
import sqlite3
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final, NamedTuple

PAGE: Final = 8192  # bytes; with 4096 40 KB are read in 20 µs instead of 15, with more, short entries waste space
SKEW: Final = 2.0  # seconds by which the clocks of two processes of a host may differ, as they read and keep them
SMALLEST: Final = 1 << 20  # bytes that a file may be bounded to

_MOST_LOG: Final = 1 << 25  # bytes
_POLL: Final = 0.01  # seconds
_ROW_PAGES: Final = 2  # that a row changes besides its value's own: of the table, of the index by expiry

_PROGRAM: Final = int.from_bytes(b"Bskd")  # says in a file's header whose it is, besides the table's name
_TABLE: Final = (
    "CREATE TABLE kept (id INTEGER PRIMARY KEY, key BLOB NOT NULL, put_at REAL NOT NULL, until REAL NOT NULL,"
    " checksum INTEGER NOT NULL, value BLOB NOT NULL)"
)
_INDEXES: Final = (
    "CREATE INDEX IF NOT EXISTS kept_until ON kept (until)",
    "CREATE INDEX IF NOT EXISTS kept_put_at ON kept (put_at)",
)
_FIND: Final = (
    "SELECT key, put_at, until, checksum, value FROM kept WHERE id = ? AND key = ? AND put_at <= ? AND until > ?"
)
_STORE: Final = "INSERT OR REPLACE INTO kept (id, key, put_at, until, checksum, value) VALUES (?, ?, ?, ?, ?, ?)"
_EXPIRED: Final = "DELETE FROM kept WHERE id IN (SELECT id FROM kept WHERE until <= ? ORDER BY until LIMIT ?)"
_FUTURE: Final = "DELETE FROM kept WHERE id IN (SELECT id FROM kept WHERE put_at > ? ORDER BY put_at LIMIT ?)"
_SOONEST: Final = "SELECT id, length(value) FROM kept ORDER BY until LIMIT ?"

# SQLITE_ERROR is not about these statements, which are tested: a header's format is "unsupported", or the table is gone.
_DAMAGE: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR})

_seal: Final = struct.Struct("<16sdd").pack
_halves: Final = struct.Struct("<qq").unpack


class Damaged(sqlite3.DatabaseError):
    """The file cannot be trusted; `args[0]` says what was found."""


class Foreign(OSError):
    """The file is a sound database of another program; it is left alone."""


class LogFull(OSError):
    """The write-ahead log cannot be emptied, since a reader hangs in it."""


def is_damage(failure: Exception) -> bool:
    """Whether a failure says that the file cannot be trusted, and not only that it cannot be used now."""
    return isinstance(failure, Damaged) or code(failure) & 0xFF in _DAMAGE


def code(failure: Exception) -> int:
    """SQLite's code of a failure, zero where it is not SQLite's own (https://sqlite.org/rescode.html)."""
    return int(getattr(failure, "sqlite_errorcode", 0))


class Row(NamedTuple):
    """An entry as it stands in the file. `put_at` and `until`: seconds since 1970."""

    key: bytes
    put_at: float
    until: float
    checksum: int
    value: bytes


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one file may take. `pages`: of the database; `log`: bytes of the write-ahead log; `batch`: bytes written at once."""

    pages: int
    log: int
    batch: int

    @property
    def step(self) -> int:
        """How many rows may be deleted at once, so that a transaction stays small in the log."""
        return max(8, self.batch // (_ROW_PAGES * PAGE))


def bounds(size: int) -> Bounds:
    """How `size` bytes are divided: at most a quarter for the log. Raises ValueError below a mebibyte."""
    if size < SMALLEST:
        raise ValueError(f"a file of kept entries needs {SMALLEST} bytes at least, not {size}")
    log = min(size // 4, _MOST_LOG)
    return Bounds((size - log) // PAGE, log, log // 4)


def cost(value: bytes) -> int:
    """The bytes that storing a value may write."""
    return len(value) + _ROW_PAGES * PAGE


def sealed(key: bytes, put_at: float, until: float, value: bytes) -> Row:
    """A row with its checksum."""
    return Row(key, put_at, until, _checksum(key, put_at, until, value), value)


def is_whole(row: Row) -> bool:
    """Whether a row is what was once put: neither torn nor mixed with another. Damage can change even its types."""
    try:
        return _checksum(row.key, row.put_at, row.until, row.value) == row.checksum
    except (struct.error, TypeError):
        return False


def _checksum(key: bytes, put_at: float, until: float, value: bytes) -> int:
    """CRC-32: 10 µs for 40 KB; BLAKE2b takes 43, and nobody has to be kept from forging what only the owner can write."""
    return zlib.crc32(value, zlib.crc32(_seal(key, put_at, until)))


def _number(key: bytes) -> int:
    first, second = _halves(key)
    return int(first ^ second)


def connected(path: Path, limits: Bounds, patience: float) -> sqlite3.Connection:
    """A connection to a file that exists; a statement waits `patience` seconds for a lock. Raises sqlite3.Error.

    `mmap_size` 0: a failing disk is then an error, not a signal. `secure_delete` FAST: what is deleted is overwritten where
    that costs nothing. `cache_size` in KiB: an entry is read once, and then kept nearer.
    """
    connection = sqlite3.connect(
        f"{path.as_uri()}?mode=rw", uri=True, timeout=patience, isolation_level=None, check_same_thread=False
    )
    try:
        connection.executescript(
            f"PRAGMA synchronous = NORMAL; PRAGMA max_page_count = {limits.pages}; PRAGMA cache_size = -512;"
            f"PRAGMA mmap_size = 0; PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = {limits.log};"
            "PRAGMA secure_delete = FAST; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"
            "PRAGMA temp_store = MEMORY"
        )
    except BaseException:
        connection.close()
        raise
    return connection


def be_patient(connection: sqlite3.Connection, patience: float) -> None:
    """Let statements wait so many seconds for a lock."""
    connection.execute(f"PRAGMA busy_timeout = {int(patience * 1000)}").fetchall()


def examine(connection: sqlite3.Connection) -> None:
    """See that a file is empty, or ours and sound. Raises Damaged, or another sqlite3.DatabaseError, or Foreign.

    `quick_check` reads the file once: some tenths of a second for 256 MB.
    """
    tables = dict(connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table'").fetchall())
    ours = "kept" in tables or _scalar(connection, "PRAGMA application_id") == _PROGRAM
    if tables and not ours:
        raise Foreign("it is the database of another program")
    if tables and tables.get("kept") != _TABLE:
        raise Damaged("it is of another version")
    found = str(_scalar(connection, "PRAGMA quick_check(1)"))
    if found != "ok":
        raise Damaged(found)


def prepare(connection: sqlite3.Connection, limits: Bounds, now: float) -> bool:
    """Make the table where there is none, keep the bound if it was lowered, and give up what is of uncertain age.

    A row from the future says that the clock was set back while nobody ran, and so that no row's age is known: then none is
    kept, and the answer is True. Nobody else may have the file open.
    """
    connection.execute(f"PRAGMA page_size = {PAGE}")
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    mode = _scalar(connection, "PRAGMA journal_mode = WAL")
    if mode != "wal":
        raise OSError(f"its folder allows no write-ahead log, only {mode}")
    with _transaction(connection):
        if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'kept'").fetchall():
            connection.execute(_TABLE)
            connection.execute(f"PRAGMA application_id = {_PROGRAM}")
        for index in _INDEXES:
            connection.execute(index)
        newest = _scalar(connection, "SELECT max(put_at) FROM kept")
        uncertain = newest is not None and newest > now + SKEW
        if uncertain:
            connection.execute("DELETE FROM kept")
    _shrink(connection, limits)
    return uncertain


def find(connection: sqlite3.Connection, key: bytes, now: float) -> Row | None:
    """The row of a key, unless it has expired or is from the future. It may be torn: see `is_whole`."""
    found = connection.execute(_FIND, (_number(key), key, now + SKEW, now)).fetchall()
    return Row(*found[0]) if found else None


@dataclass(frozen=True, slots=True)
class Log:
    """The write-ahead log. `length`: its bytes, now; `patience`: seconds that a writer may wait until others let it be emptied."""

    length: Callable[[], int]
    patience: float


def store(connection: sqlite3.Connection, rows: Sequence[Row], now: float, limits: Bounds, log: Log) -> int:
    """Write rows in one transaction, in the room of those that expire soonest; how many of these had to go.

    `rows` cost at most `limits.batch` bytes. Raises sqlite3.Error, LogFull.
    """
    wanted = sum(cost(each.value) for each in rows) // PAGE + 1
    evicted = 0
    while True:
        _shorten(connection, limits.log // 2, log)
        with _transaction(connection):
            lacking = wanted - _free(connection, limits)
            if lacking <= 0:
                _prune(connection, now, limits.step)
                connection.executemany(_STORE, [(_number(each.key), *each) for each in rows])
                return evicted
            evicted += _evict(connection, lacking, limits.step)


def _prune(connection: sqlite3.Connection, now: float, most: int) -> None:
    connection.execute(_EXPIRED, (now, most))
    connection.execute(_FUTURE, (now + SKEW, most))


def _evict(connection: sqlite3.Connection, pages: int, most: int) -> int:
    """Delete the rows that expire soonest until about so many pages are free, `most` rows at most; how many went.

    Raises Damaged where no row goes although pages are wanted: the index does not lead to what fills the file.
    """
    gone, freed = list[tuple[int]](), 0
    for number, length in connection.execute(_SOONEST, (most,)).fetchall():
        if freed >= pages:
            break
        gone.append((number,))
        freed += length // PAGE
    if not gone or not connection.executemany("DELETE FROM kept WHERE id = ?", gone).rowcount:
        raise Damaged("it is full, but nothing in it can be found")
    return len(gone)


def _shrink(connection: sqlite3.Connection, limits: Bounds) -> None:
    """Bring a file that is larger than its bound allows now below it, in small steps. Raises sqlite3.Error."""
    while (count := _scalar(connection, "PRAGMA page_count")) > limits.pages:
        lacking = -_free(connection, limits)
        if lacking > 0:
            with _transaction(connection):
                _evict(connection, lacking, limits.step)
        else:
            connection.execute(f"PRAGMA incremental_vacuum({limits.batch // PAGE})").fetchall()
            if _scalar(connection, "PRAGMA page_count") >= count:
                raise Damaged("it has free pages that cannot be given back")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    connection.execute(f"PRAGMA max_page_count = {limits.pages}").fetchall()


def _free(connection: sqlite3.Connection, limits: Bounds) -> int:
    """The pages that can be written before the bound is reached; fewer than none where it was lowered."""
    used = _scalar(connection, "PRAGMA page_count") - _scalar(connection, "PRAGMA freelist_count")
    return int(limits.pages - used)


def _shorten(connection: sqlite3.Connection, longest: int, log: Log) -> None:
    """Empty the write-ahead log where it is too long. Raises LogFull where somebody keeps reading from it.

    Where another process is emptying it, SQLite says so at once and has nobody wait.
    """
    deadline = monotonic() + log.patience
    while log.length() > longest:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        if log.length() <= longest:
            return
        if monotonic() >= deadline:
            raise LogFull("its write-ahead log is full, and a reader keeps it from being emptied")
        sleep(_POLL)


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """A transaction that has the write lock from its start."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):  # SQLite has rolled back already where a disk is full
            connection.execute("ROLLBACK")
        raise


def _scalar(connection: sqlite3.Connection, statement: str) -> Any:
    return connection.execute(statement).fetchall()[0][0]
