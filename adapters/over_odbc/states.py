"""What ODBC's SQLSTATEs mean to the port.

In charge of the states that are the same whatever the driver. What a driver says besides, and where it says something else,
is each kind's own table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from adapters.port import (
    BadData,
    Busy,
    Conflict,
    Deadlocked,
    Denied,
    Locked,
    Missing,
    Refused,
    SourceError,
    TimedOut,
    Unavailable,
    Unknown,
)

# ODBC Programmer's Reference, Appendix A. A class or state that is not here says nothing that helps: it is Unknown.
_ODBC: Final[Mapping[str, type[SourceError]]] = {
    "01000": Unavailable,  # a warning is raised as an error where there is no driver to tell more ("Can't open lib")
    "01002": Unavailable,  # disconnect error
    "07001": Missing,  # too few parameters, while ours are counted: the source took an unknown name for one (Access)
    "07002": Missing,
    "07006": BadData,  # restricted data type attribute violation: a value that cannot be converted
    "08": Unavailable,
    "22": BadData,
    "22019": Unknown,  # invalid escape character: ours, not the data's
    "22025": Unknown,
    "23": Conflict,
    "28": Refused,
    "3D": Missing,
    "3F": Missing,
    "40001": Deadlocked,
    "40002": Conflict,
    "40003": Unavailable,  # statement completion unknown
    "42S02": Missing,
    "42S12": Missing,
    "42S22": Missing,
    "44": Conflict,
    "HY001": Unavailable,  # memory allocation
    "HY008": TimedOut,  # operation cancelled
    "HY013": Unavailable,  # memory management
    "HY014": Busy,  # limit on the number of handles
    "HY117": Unavailable,  # suspended: the state of the transaction is not known
    "HYT00": TimedOut,
    "HYT00 SQLDriverConnect": Unavailable,  # the login timeout: nobody was asked anything
    "HYT01": Unavailable,  # connection timeout
    "IM": Unavailable,  # the driver manager finds no driver or data source
    "IM001": Unknown,  # driver does not support this function
    "IM017": Unknown,  # polling: a mistake of the caller's
    "IM018": Unknown,
}

# What ODBC 2 drivers say, where the driver manager leaves it as it is.
_ODBC_2: Final[Mapping[str, type[SourceError]]] = {
    "S0002": Missing,
    "S0022": Missing,
    "S1001": Unavailable,
    "S1008": TimedOut,
    "S1T00": TimedOut,
    "S1T00 SQLDriverConnect": Unavailable,
}

# What servers say whose drivers hand their own states on: PostgreSQL, Db2, Informix, Firebird.
_SERVERS: Final[Mapping[str, type[SourceError]]] = {
    "25006": Denied,  # read-only transaction
    "40P01": Deadlocked,
    "42501": Denied,
    "42704": Missing,
    "42703": Missing,
    "42P01": Missing,
    "53": Unavailable,
    "53300": Busy,  # too many connections
    "55006": Locked,
    "55P03": Locked,
    "57014": TimedOut,
    "57033": Locked,
    "57P": Unavailable,
    "58": Unavailable,
}

# pyodbc's own, which have no SQLSTATE: https://github.com/mkleehammer/pyodbc/blob/master/src/errors.cpp and its callers.
_PYODBC: Final[Mapping[str, type[SourceError]]] = {
    "text: Attempt to use a closed connection": Unavailable,
    "text: The cursor's connection has been closed": Unavailable,
    "text: Attempt to use a closed cursor": Unavailable,
    "OperationalError": Unavailable,
    "DataError": BadData,
    "IntegrityError": Conflict,
}

STATES: Final[Mapping[str, type[SourceError]]] = {**_ODBC, **_ODBC_2, **_SERVERS, **_PYODBC}
"""For `Faults.meanings`; a kind puts its own codes after these."""
