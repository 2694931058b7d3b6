"""What the server's error numbers and the drivers' SQLSTATEs mean.

In charge of one table, by the server's number first: the two drivers disagree on SQLSTATEs (a deadlock is 40001 to
Microsoft's and 42000 to FreeTDS), and on nothing that is in parentheses. It must not know pyodbc's classes beyond their
names.

The numbers: https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors; those of
Azure: https://learn.microsoft.com/azure/azure-sql/database/troubleshoot-common-errors-issues; those from 20001 to 20099
are FreeTDS's own (sybdb.h).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.over_odbc import STATES, codes
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
    TooCostly,
    Unavailable,
    Unknown,
)
from adapters.sql import Faults

NUMBERS: Final[Mapping[type[SourceError], tuple[int, ...]]] = {
    Unavailable: (
        64, 121, 233, 258, 10053, 10054, 10060, 10061,  # the network, in Windows' numbers
        20002, 20004, 20006, 20009, 20017, 20047,  # the network, in FreeTDS's
        701, 802, 8645, 8651, 8657, 8658, 17803,  # out of memory
        921, 922, 923, 924, 926, 927, 942, 945, 946, 952, 954, 955,  # a database that is not open yet, or no longer
        976, 978, 979, 982, 983, 988,  # a replica that is not read, of an availability group
        1101, 1105, 9001, 9002, 5149,  # a full disk, a lost log
        4060, 4064,  # the database cannot be opened now: it is being recovered, say
        6005, 6006, 17142, 17147, 17148, 17187, 18401, 18451, 18461,  # shutting down, starting up, paused, single user
        40143, 40166, 40197, 40540, 40613, 42108, 42109,  # Azure: moving, failing over, waking up
    ),
    Busy: (10928, 10929, 17809, 17300, 40501, 40544, 49918, 49919, 49920),  # too many sessions, or Azure's own limits
    TimedOut: (8628,),  # while it was optimized
    Locked: (1222, 1204, 601, 3960, 3961),  # 601: rows moved under a read that takes no locks
    Deadlocked: (1205, 8650),
    Refused: (18450, 18452, 18456, 18458, 18459, 18470, 18486, 18487, 18488, 40532),
    Denied: (229, 230, 262, 297, 300, 916, 3906, 3952, 6102, 10011, 15247, 15404, 15517, 40615),
    Missing: (195, 207, 208, 911, 2812, 4104, 4121, 4413, 4502, 4902, 7202),
    BadData: (
        220, 232, 235, 241, 242, 244, 245, 248, 295, 296, 517, 535, 537, 2628, 3606, 3607,  # conversions
        6522, 8114, 8115, 8134, 8152, 8169, 9400, 9402, 9411, 9420, 9436, 9833, 13609,  # and what is no XML, no JSON
        605, 823, 824, 825,  # pages that cannot be read
    ),
    TooCostly: (191, 8623, 8631, 8632, 8649),  # 8649: the query governor's limit
    Conflict: (334, 515, 544, 547, 548, 2601, 2627),
}  # fmt: skip

# Where these drivers say something else than ODBC's own appendix, or more.
_STATES: Final[Mapping[str, type[SourceError]]] = {
    "07002": Unknown,  # too few values were given: a mistake of ours
    "24000": Unavailable,  # FreeTDS: the rest of a cancelled statement is still on the way
    "HY010": Unavailable,  # the same, as others see it
    "HY019": BadData,  # FreeTDS: overflow
    "HY091": BadData,  # a type that the driver has no words for (sql_variant)
    "HY106": BadData,  # as above
    "text: ('ODBC SQL type": BadData,  # as pyodbc says the same, its message before its SQLSTATE
    "HY000 SQLDriverConnect": Unavailable,
    "42000 SQLDriverConnect": Unavailable,
    "text: Unknown error": Unavailable,  # FreeTDS: the first use of a connection that died
    "text: The driver did not supply an error": Unavailable,
    "text: Connection is busy": Unavailable,  # its last statement has not ended: of no use any more
}

# A log-in fails as 18456 too where only the database does not open, or the server is not ready: these tell more.
_TELLING: Final = frozenset({"#4060", "#4064", "#18401", "#18451", "#18461"})


def _codes(error: BaseException) -> Sequence[str]:
    return sorted(codes(error), key=lambda code: code not in _TELLING)


FAULTS: Final = Faults(
    _codes,
    {**STATES, **_STATES, **{f"#{number}": meaning for meaning, numbers in NUMBERS.items() for number in numbers}},
)
