"""The world of these tests on each kind of source: a fixture for a kind, named like it.

In charge of building it, and of how statements are run there. It must not know what is drift.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import psycopg
import pyodbc
import pytest

from adapters import registry
from tests.adapters.postgres import postgres_url
from tests.drift import world
from tests.standins.as400 import Standin
from tests.standins.as400.fixture import as400_standin
from tests.standins.serve import DISTRIBUTION

__all__ = ["as400", "as400_standin", "postgres_url", "postgresql", "sqlite"]

_NOT_THERE: Final = (
    sqlite3.OperationalError,
    psycopg.errors.UndefinedTable,
    psycopg.errors.WrongObjectType,
    pyodbc.Error,
)
_LABEL: Final = "QSYS2.COLUMN_LABELS (TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, CCSID)"


class Execute(Protocol):
    """Runs statements at a source, each on its own."""

    def __call__(self, *statements: str) -> None:
        """Run them."""


@dataclass(frozen=True)
class Plant:
    """A contract folder with its snapshot yet to be taken, and the way to the source behind it."""

    folder: Path
    execute: Execute


def _built(folder: Path, execute: Execute, source: str, *more: str) -> Plant:
    for statement in world.DROPS:
        with suppress(*_NOT_THERE):
            execute(statement)
    execute(*world.BUILD, *more)
    return Plant(world.write(folder, source), execute)


@pytest.fixture
def sqlite(tmp_path: Path) -> Plant:
    """A file beside the contract."""

    def execute(*statements: str) -> None:
        with closing(sqlite3.connect(tmp_path / "plant.db", isolation_level=None)) as connection:
            for statement in statements:
                connection.execute(statement)

    return _built(tmp_path, execute, "kind: sqlite, char: plain, path: plant.db")


@pytest.fixture
def postgresql(tmp_path: Path, postgres_url: str) -> Plant:
    """A database, of which the gateway's user may read three tables."""

    def execute(*statements: str) -> None:
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    with suppress(psycopg.errors.DuplicateObject):
        execute("CREATE ROLE reader LOGIN")
    url = postgres_url.replace("bascule@", "reader@")
    granted = 'GRANT SELECT ON "PART", "SHELF", "STOCK" TO reader'
    return _built(tmp_path, execute, f'kind: postgresql, url: "{url}"', granted)


@pytest.fixture
def as400(tmp_path: Path, as400_standin: Standin, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plant]:
    """The stand-in, whose kind this process finds as that of another distribution; one of its columns has a code page."""
    monkeypatch.syspath_prepend(str(DISTRIBUTION))
    monkeypatch.setenv("STANDIN", as400_standin.connection_string())
    registry.kinds.cache_clear()
    labelled = f"INSERT INTO {_LABEL} VALUES ('BASCULE', 'PART', 'PTNAME', 37)"
    yield _built(tmp_path, as400_standin.execute, 'kind: as400-standin, connection: "${STANDIN}"', labelled)
    as400_standin.execute("DELETE FROM QSYS2.COLUMN_LABELS")
    monkeypatch.undo()
    registry.kinds.cache_clear()
