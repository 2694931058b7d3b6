"""The ODBC drivers that the tests use: found where distributions put them, named by their path.

A driver that is named by its path needs no entry in odbcinst.ini. Without one, the tests that need it are skipped, or fail
where BASCULE_TEST_REQUIRE is `all`.
"""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Final, NoReturn

import pytest

_FOLDERS: Final = (
    "usr/lib/*/odbc",  # Debian, Ubuntu
    "usr/lib64",  # Fedora, Red Hat
    "usr/lib/psqlodbc",
    "opt/homebrew/lib",
    "usr/local/lib",
)


def _library(name: str, package: str) -> str:
    _loaded()
    found = [path for folder in _FOLDERS for path in sorted(Path("/").glob(f"{folder}/{name}"))]
    if not found:
        _missing(f"no ODBC driver {name}: apt install {package}")
    return str(found[0])


def _loaded() -> ModuleType:
    try:
        return import_module("pyodbc")
    except ImportError as error:  # it cannot be imported without the driver manager
        _missing(f"pyodbc cannot be loaded ({error}): apt install unixodbc")


def _missing(reason: str) -> NoReturn:
    if os.environ.get("BASCULE_TEST_REQUIRE") == "all":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def pyodbc() -> ModuleType:
    """The module, where the driver manager is there too."""
    return _loaded()


@pytest.fixture(scope="session")
def sqlite_driver() -> str:
    """The library of the SQLite ODBC driver."""
    return _library("libsqlite3odbc.so", "libsqliteodbc")


@pytest.fixture(scope="session")
def postgresql_driver() -> str:
    """The library of PostgreSQL's ODBC driver for Unicode."""
    return _library("psqlodbcw.so", "odbc-postgresql")


@pytest.fixture(scope="session")
def postgresql_ansi_driver() -> str:
    """The library of PostgreSQL's ODBC driver that knows no Unicode."""
    return _library("psqlodbca.so", "odbc-postgresql")
