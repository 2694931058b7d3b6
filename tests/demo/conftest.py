"""The plant, generated and built once for all tests of the demo."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from app.demo import plant


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> plant.Plant:
    """A plant in a folder of its own."""
    return plant.build(tmp_path_factory.mktemp("demo") / "plant")


@pytest.fixture
def databases(built: plant.Plant) -> Iterator[Mapping[str, sqlite3.Connection]]:
    """Both databases, opened for reading."""
    opened = {name: _open(path) for name, path in built.databases.items()}
    yield opened
    for connection in opened.values():
        connection.close()


@pytest.fixture
def plant_(built: plant.Plant) -> Iterator[sqlite3.Connection]:
    """Both databases on one connection, `mes` attached, for questions that concern both."""
    connection = _open(built.databases["erp"])
    connection.execute("ATTACH ? AS mes", (f"{built.databases['mes'].as_uri()}?mode=ro",))
    yield connection
    connection.close()


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
