"""The two ODBC drivers for SQL Server, by the paths of their libraries.

FreeTDS is Debian's `tdsodbc`. Microsoft's is that of the package `mssql-python-odbc`, for tests alone. Without one, the tests
that need it are skipped, or fail where BASCULE_TEST_REQUIRE is `all`.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Final, NoReturn

import pytest

_FREETDS: Final = ("usr/lib/*/odbc/libtdsodbc.so", "usr/lib64/libtdsodbc.so.0", "opt/homebrew/lib/libtdsodbc.so")
_MICROSOFT: Final = "libs/linux/debian_ubuntu/x86_64/lib/libmsodbcsql-*.so*"


def _freetds() -> list[Path]:
    return [path for pattern in _FREETDS for path in sorted(Path("/").glob(pattern))]


def _microsoft() -> list[Path]:
    spec = find_spec("mssql_python_odbc")
    return sorted(Path(spec.origin).parent.glob(_MICROSOFT)) if spec and spec.origin else []


def _missing(reason: str) -> NoReturn:
    if os.environ.get("BASCULE_TEST_REQUIRE") == "all":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session", params=["microsoft", "freetds"])
def sqlserver_driver(request: pytest.FixtureRequest) -> str:
    """The library of each driver in turn."""
    try:
        import pyodbc  # noqa: F401, PLC0415  # it cannot be imported without the driver manager
    except ImportError as error:
        _missing(f"pyodbc cannot be loaded ({error}): apt install unixodbc")
    found = _microsoft() if request.param == "microsoft" else _freetds()
    if not found:
        package = "pip install mssql-python-odbc" if request.param == "microsoft" else "apt install tdsodbc"
        _missing(f"no ODBC driver for SQL Server of {request.param}: {package}")
    return str(found[-1])
