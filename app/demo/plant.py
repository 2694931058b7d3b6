"""Building the demo plant: a contract folder with its two databases.

In charge of files: the contract's copy, the databases, and the note that says from what they were made. It must not know
what a gateway does with them.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.demo import dirt, erp, floor, masters, mes, trade
from app.demo.catalogs import DATABASES
from app.demo.dice import Dice
from app.demo.tables import Database

SEED = "bascule"
_HERE = Path(__file__).resolve().parent
_NOTE = ".demo-plant.json"
_CONTRACT_FILES = ("*.yaml", "*.sql", "*.md")

Tables = Mapping[str, list[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class Plant:
    """A built plant: its contract folder, the database file of each source, and whether this call wrote the databases."""

    folder: Path
    databases: Mapping[str, Path]
    fresh: bool


def build(folder: Path) -> Plant:
    """Make `folder` a demo plant, or leave it as it is where this generator has made it already.

    The databases are made anew when the generator has changed, the contract's files when the contract that comes with
    the gateway has changed; until then a reader's own edits stay. A database appears whole or not at all.

    Raises:
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = {database.name: folder / database.file for database in DATABASES}
    note, wanted = _read_note(folder), {"data": _data_version(), "contract": _contract_version()}
    if note.get("contract") != wanted["contract"] or not (folder / "gateway.yaml").exists():
        _copy_contract(folder)
    fresh = note.get("data") != wanted["data"] or not all(path.exists() for path in paths.values())
    if fresh:
        data = generate()
        for database in DATABASES:
            _write_database(database, data[database.name], paths[database.name])
    if note != wanted:
        (folder / _NOTE).write_text(json.dumps(wanted, indent=2) + "\n", encoding="utf-8")
    return Plant(folder, paths, fresh)


def build_databases(folder: Path) -> Mapping[str, Path]:
    """Write the databases alone, the file of each source: a plant that nobody has documented. Files that are there stay.

    Raises:
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = {database.name: folder / database.file for database in DATABASES}
    missing = [database for database in DATABASES if not paths[database.name].exists()]
    data = generate() if missing else {}
    for database in missing:
        _write_database(database, data[database.name], paths[database.name])
    return paths


def generate() -> Mapping[str, Tables]:
    """The rows of every table of every source, sorted by key; the same in each run."""
    customers = masters.customers(_dice("customers"))
    items = masters.items(_dice("items"))
    components = masters.components(_dice("components"), items)
    orders = trade.orders(_dice("orders"), customers, items)
    jobs = floor.jobs(_dice("jobs"), orders)
    shipments = floor.shipments(_dice("shipments"), orders)
    data: dict[str, Tables] = {
        "erp": erp.rows(customers, items, components, orders, _dice("rush")),
        "mes": mes.rows(jobs, shipments),
    }
    for database in DATABASES:
        for table in database.tables:
            dirt.plant(_dice(f"dirt in {table.name}"), table, data[database.name][table.name])
    return data


def contract_folder() -> Path:
    """Where the demo's contract lies: beside this module in an installed gateway, in `openapi/plant` in a checkout."""
    installed = _HERE / "contract"
    return installed if installed.is_dir() else _HERE.parents[1] / "openapi" / "plant"


def _dice(part: str) -> Dice:
    return Dice(f"{SEED}: {part}")


def _write_database(database: Database, tables: Tables, path: Path) -> None:
    """Write one file under another name, then move it into place; what an older file left beside it goes first."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    connection = sqlite3.connect(temporary, isolation_level=None)
    try:
        connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN")
        for table in database.tables:
            connection.execute(table.create)
            connection.executemany(table.insert, tables[table.name])
            for statement in table.create_indexes:
                connection.execute(statement)
        connection.execute("COMMIT")
    finally:
        connection.close()
    for suffix in ("-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    temporary.replace(path)


def _contract_files() -> list[Path]:
    """The contract's files, relative to its folder."""
    source = contract_folder()
    return sorted(path.relative_to(source) for pattern in _CONTRACT_FILES for path in source.rglob(pattern))


def _copy_contract(folder: Path) -> None:
    for path in _contract_files():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(contract_folder() / path, target)


def _data_version() -> str:
    """A digest of the generator itself: no version number to forget."""
    return _digest(sorted(_HERE.glob("*.py")))


def _contract_version() -> str:
    return _digest([contract_folder() / path for path in _contract_files()])


def _digest(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.name}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _read_note(folder: Path) -> dict[str, str]:
    """What the folder was made from; empty where nothing tells."""
    try:
        note = json.loads((folder / _NOTE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return note if isinstance(note, dict) else {}
