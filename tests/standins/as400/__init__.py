"""A stand-in for an AS/400, for tests: Apache Derby, which speaks DRDA and a SQL of Db2's family, behind IBM's own Db2 driver.

    server   starts, kills and stops it
    shim     between the driver and Derby, which need an interpreter
    driver   IBM's driver, and the library that widens its lengths (widened.c)
    qsys2    the catalog views of Db2 for i, over Derby's own catalog
    kind     the kind `as400-standin`: the product's `as400` over another connection string

Real in it: an IBM driver through pyodbc and unixODBC, a socket, blank-padded CHAR, DECIMAL to 31 digits, FOR BIT DATA, parameters
that take the type of the column beside them, FETCH FIRST, WITH UR, locks, and the codes of Db2's messages.

It is no IBM i. Not in it: libraries and members, CCSIDs, DECFLOAT, GRAPHIC, date arithmetic, WITH, packed data that is none, and
every message of the ODBC driver of IBM i Access. The driver is IBM's Db2 driver, and not that one. What only an IBM i does is
tested with a driver that is made up (tests/adapters/test_as400_faults.py).
"""

from __future__ import annotations

from tests.standins.as400.server import Standin, missing, started

__all__ = ["Standin", "missing", "started"]
