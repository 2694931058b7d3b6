"""What drivers say when something prepared no longer fits.

In charge of these codes. It must not know who prepared what.
"""

from __future__ import annotations

from typing import Any, Final

from adapters.over_odbc.codes import codes

_FORGOTTEN: Final = (
    "07003",  # SQL0518: the statement of an EXECUTE is not prepared (Db2)
    "26000",  # invalid SQL statement name (SQL-92; PostgreSQL)
    "26501",  # SQL0514: the cursor's statement is not prepared (Db2)
    "HY007",  # associated statement is not prepared (ODBC)
    "#8179",  # could not find prepared statement with handle (SQL Server)
    "0A000",  # "cached plan must not change result type" (PostgreSQL, whose messages may be in any language)
)


def forgotten(connection: Any, error: Exception) -> bool:
    """`mend` of the kinds over ODBC: a new cursor prepares anew, so that nothing is left to do."""
    del connection
    found = codes(error)
    return any(code in found for code in _FORGOTTEN)
