"""The driver manager: pyodbc, and the system's unixODBC beneath it.

In charge of importing pyodbc at the right moment, with its own pooling off. It must not know a driver.
"""

from __future__ import annotations

from typing import Any

from adapters.port import Unavailable


def load() -> Any:
    """The pyodbc module. Raises Unavailable, with the step that mends it.

    pyodbc's wheels for Linux bring no driver manager: without `libodbc.so.2` the import itself fails
    (https://github.com/mkleehammer/pyodbc/wiki/Install).
    """
    try:
        import pyodbc  # noqa: PLC0415  # see the package's own words
    except ModuleNotFoundError as error:
        raise Unavailable(f"an ODBC source needs pyodbc ({error}); run: pip install 'bascule[odbc]'") from error
    except ImportError as error:
        raise Unavailable(
            f"pyodbc cannot be loaded ({error}): the ODBC driver manager is missing; "
            "on Debian and Ubuntu: apt install unixodbc"
        ) from error
    pyodbc.pooling = False  # the guard keeps the connections; two pools would hide dead ones from each other
    return pyodbc


def drivers() -> tuple[str, ...]:
    """The names of the drivers that the driver manager knows. Raises Unavailable."""
    return tuple(load().drivers())
