"""What the kinds over ODBC share: the driver manager, connection strings, connections that can be cancelled, error codes.

In charge of everything between pyodbc and a kind. It must not know any database. pyodbc is imported by `manager.load` alone,
when a source is opened: it needs the system's unixODBC, and a gateway without an ODBC source runs without either.
"""

from __future__ import annotations

from adapters.over_odbc.codes import codes
from adapters.over_odbc.connection import Connection, Cursor, cancel, connect
from adapters.over_odbc.connection_string import connection_string, connection_words
from adapters.over_odbc.manager import data_sources, drivers, load, manager_step
from adapters.over_odbc.prepared import forgotten
from adapters.over_odbc.states import STATES

__all__ = [
    "STATES",
    "Connection",
    "Cursor",
    "cancel",
    "codes",
    "connect",
    "connection_string",
    "connection_words",
    "data_sources",
    "drivers",
    "forgotten",
    "load",
    "manager_step",
]
