"""What the driver and Db2 for i say when something goes wrong, and what it means.

In charge of one table. It must not know pyodbc: `over_odbc.codes` finds the codes in an exception, the most telling first.

The native code of Db2 (`#-204`) and the message's name (`SQL0204`) are the same thing said twice; of messages without a native
code (the driver's own, CWB…) only the name is there. The SQLSTATE comes last: for a log-in that was refused it says 08001,
which would have the gateway try again, until the system disables the profile.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from adapters.over_odbc import STATES, codes
from adapters.port import (
    BadData,
    Conflict,
    Deadlocked,
    Denied,
    Locked,
    Missing,
    Refused,
    SourceError,
    TimedOut,
    TooCostly,
    Unavailable,
    Unknown,
)
from adapters.sql import Faults

# SQL messages and codes, IBM i. By number: the message `SQLnnnn`, and the native code `-nnn`.
_NUMBERS: Final[Mapping[int, type[SourceError]]] = {
    204: Missing,  # object not found
    205: Missing,  # column not found
    206: Missing,  # column or global variable not found
    7001: Missing,  # file not a database file
    7003: Missing,  # file with more than one format
    7011: Missing,  # not a table, view or physical file
    530: Conflict,  # foreign key
    532: Conflict,
    803: Conflict,  # duplicate key
    407: Conflict,  # NULL where none may be
    404: Conflict,  # value too long for its column
    551: Denied,
    552: Denied,
    567: Denied,
    901: Unknown,  # an error of the system's own; the job log has it
    906: Unknown,  # an earlier error, which the job log has, ended the statement
    910: Locked,  # object with a change that is not committed
    911: Deadlocked,
    913: Locked,  # row or object in use
    7958: Locked,
    7008: Denied,  # not valid for the operation: mostly a file without a journal, under commitment control
    952: TimedOut,  # cancelled
    666: TooCostly,  # the estimate exceeds the limit
    802: BadData,  # invalid decimal data, among other things
    180: BadData,  # no date, time or timestamp
    181: BadData,
    183: BadData,
    189: BadData,
    190: BadData,
    191: BadData,  # mixed data not properly formed
    302: BadData,
    304: BadData,
    332: BadData,  # character conversion between CCSIDs not defined
    420: BadData,  # not numeric
    461: BadData,
    30080: Unavailable,  # communication error
    30081: Unavailable,
    30082: Refused,  # as IBM's Db2 drivers say it
}

# Messages of the driver, and of the operating system in their text.
_MESSAGES: Final[Mapping[str, type[SourceError]]] = {
    "CWBSY": Refused,  # sign-on: unknown, wrong, expired, disabled
    "CWBCO": Unavailable,  # communication
    "CWBNL": BadData,  # translation between code pages
    "CPF4128": Locked,  # cannot allocate the objects of a file
    "CPF5027": Locked,  # record in use
    "CPF5032": Locked,  # record already allocated to the job
}

# SQLSTATEs that mean something else here than the state says, or that only Db2 has.
_OWN_STATES: Final[Mapping[str, type[SourceError]]] = {
    "25": Denied,
    "42502": Denied,
    "55019": Denied,
    "57005": TooCostly,
    "57": Unavailable,
}

# pyodbc's classes, where nothing else is known.
_CLASSES: Final[Mapping[str, type[SourceError]]] = {
    "InterfaceError": Unavailable,
    "OperationalError": Unavailable,
    "DataError": BadData,
    "IntegrityError": Conflict,
    **dict.fromkeys(("Error", "DatabaseError", "InternalError", "NotSupportedError", "ProgrammingError"), Unknown),
    "ValueError": BadData,  # no date or time that Python has: 24:00:00 in a timestamp
    "InvalidOperation": BadData,  # no number
}


def _named() -> Mapping[str, type[SourceError]]:
    """Each SQL message under its name and under its native code."""
    names = {f"SQL{number:04d}": meaning for number, meaning in _NUMBERS.items()}
    return names | {f"#-{number}": meaning for number, meaning in _NUMBERS.items()}


FAULTS: Final = Faults(codes, {**STATES, **_OWN_STATES, **_CLASSES, **_named(), **_MESSAGES})
