"""The queries of the catalog of Db2 for i.

In charge of their text. What their rows mean is the module `catalog`'s. The views are described in IBM i, Db2 for i SQL
reference, "Db2 for i catalog views"; QADBKFLD is the cross-reference file behind them, which also knows DDS.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Part:
    """A query for the tables of one library; `{names}` in it takes a condition on some of their names.

    `columns` are those that a name may be in. Each row begins with the library and the table's name.
    """

    text: str
    columns: tuple[str, ...]

    @property
    def times(self) -> int:
        """How often each name is bound."""
        return len(self.columns)

    def statement(self, names: int) -> str:
        """The query for so many names; 0: for all of the library."""
        marks = ", ".join("?" * names)
        either = " OR ".join(f"{column} IN ({marks})" for column in self.columns)
        return self.text.format(names=f" AND ({either})" if names else "").strip()


SCHEMA: Final = "SELECT CURRENT SCHEMA FROM SYSIBM.SYSDUMMY1"

LIBRARIES: Final = "SELECT SYSTEM_SCHEMA_NAME, TYPE FROM QSYS2.LIBRARY_LIST_INFO ORDER BY ORDINAL_POSITION"

FILES: Final = Part(
    """
SELECT TABLE_SCHEMA, TABLE_NAME, SYSTEM_TABLE_NAME, TABLE_TYPE, TABLE_TEXT, BASE_TABLE_SCHEMA, BASE_TABLE_NAME
FROM QSYS2.SYSTABLES
WHERE TABLE_SCHEMA = ?{names} AND TABLE_TYPE IN ('P', 'T', 'V', 'L', 'A', 'M')
ORDER BY TABLE_NAME
""",
    ("TABLE_NAME", "SYSTEM_TABLE_NAME"),
)

_COLUMNS: Final = """
SELECT TABLE_SCHEMA, TABLE_NAME, SYSTEM_TABLE_NAME, COLUMN_NAME, SYSTEM_COLUMN_NAME,
       DATA_TYPE, LENGTH, NUMERIC_SCALE, DATETIME_PRECISION, CCSID, IS_NULLABLE, COLUMN_TEXT, COLUMN_HEADING
FROM QSYS2.{view}
WHERE TABLE_SCHEMA = ?{{names}}
ORDER BY TABLE_NAME, ORDINAL_POSITION
"""

COLUMNS: Final = Part(_COLUMNS.format(view="SYSCOLUMNS2"), ("TABLE_NAME",))
OLD_COLUMNS: Final = Part(_COLUMNS.format(view="SYSCOLUMNS"), ("TABLE_NAME",))  # before IBM i 7.4: slower

CONSTRAINTS: Final = Part(
    """
SELECT C.TABLE_SCHEMA, C.TABLE_NAME, C.CONSTRAINT_NAME, C.CONSTRAINT_TYPE, K.COLUMN_NAME
FROM QSYS2.SYSCST C
JOIN QSYS2.SYSKEYCST K ON K.CONSTRAINT_SCHEMA = C.CONSTRAINT_SCHEMA AND K.CONSTRAINT_NAME = C.CONSTRAINT_NAME
WHERE C.TABLE_SCHEMA = ?{names} AND C.CONSTRAINT_TYPE IN ('PRIMARY KEY', 'UNIQUE')
ORDER BY C.TABLE_NAME, C.CONSTRAINT_NAME, K.ORDINAL_POSITION
""",
    ("C.TABLE_NAME",),
)

INDEXES: Final = Part(
    """
SELECT I.TABLE_SCHEMA, I.TABLE_NAME, I.INDEX_SCHEMA, I.INDEX_NAME, I.IS_UNIQUE, K.COLUMN_NAME
FROM QSYS2.SYSINDEXES I
JOIN QSYS2.SYSKEYS K ON K.INDEX_SCHEMA = I.INDEX_SCHEMA AND K.INDEX_NAME = I.INDEX_NAME
WHERE I.TABLE_SCHEMA = ?{names}
ORDER BY I.TABLE_NAME, I.INDEX_SCHEMA, I.INDEX_NAME, K.ORDINAL_POSITION
""",
    ("I.TABLE_NAME",),
)

# Also the access paths of keyed physical files and of logical files, which no other view has.
ACCESS_PATHS: Final = Part(
    """
SELECT TABLE_SCHEMA, TABLE_NAME, INDEX_SCHEMA, INDEX_NAME, INDEX_TYPE, "UNIQUE", COLUMN_NAMES, SEARCH_CONDITION
FROM QSYS2.SYSTABLEINDEXSTAT
WHERE TABLE_SCHEMA = ?{names} AND INDEX_TYPE IN ('INDEX', 'LOGICAL', 'PHYSICAL')
ORDER BY TABLE_NAME, INDEX_SCHEMA, INDEX_NAME
""",
    ("TABLE_NAME",),
)

# The key fields of a file by short names: for logical files, and where SYSTABLEINDEXSTAT may not be read.
FIELDS: Final = Part(
    """
SELECT DBKLIB, DBKFIL, DBKFLD
FROM QSYS.QADBKFLD
WHERE DBKLIB = ?{names}
ORDER BY DBKFIL, DBKPOS
""",
    ("DBKFIL",),
)

# The columns of a key and those of the key that it refers to, side by side.
FOREIGN: Final = Part(
    """
SELECT C.TABLE_SCHEMA, C.TABLE_NAME, C.CONSTRAINT_NAME, K.COLUMN_NAME, U.TABLE_SCHEMA, U.TABLE_NAME, P.COLUMN_NAME
FROM QSYS2.SYSCST C
JOIN QSYS2.SYSREFCST R ON R.CONSTRAINT_SCHEMA = C.CONSTRAINT_SCHEMA AND R.CONSTRAINT_NAME = C.CONSTRAINT_NAME
JOIN QSYS2.SYSCST U ON U.CONSTRAINT_SCHEMA = R.UNIQUE_CONSTRAINT_SCHEMA AND U.CONSTRAINT_NAME = R.UNIQUE_CONSTRAINT_NAME
JOIN QSYS2.SYSKEYCST K ON K.CONSTRAINT_SCHEMA = C.CONSTRAINT_SCHEMA AND K.CONSTRAINT_NAME = C.CONSTRAINT_NAME
JOIN QSYS2.SYSKEYCST P ON P.CONSTRAINT_SCHEMA = U.CONSTRAINT_SCHEMA AND P.CONSTRAINT_NAME = U.CONSTRAINT_NAME
 AND P.ORDINAL_POSITION = K.ORDINAL_POSITION
WHERE C.TABLE_SCHEMA = ?{names} AND C.CONSTRAINT_TYPE = 'FOREIGN KEY'
ORDER BY C.TABLE_NAME, C.CONSTRAINT_NAME, K.ORDINAL_POSITION
""",
    ("C.TABLE_NAME",),
)

# Kept by the system as rows come and go; of all members together.
ROWS: Final = Part(
    """
SELECT TABLE_SCHEMA, TABLE_NAME, NUMBER_ROWS
FROM QSYS2.SYSTABLESTAT
WHERE TABLE_SCHEMA = ?{names}
ORDER BY TABLE_NAME
""",
    ("TABLE_NAME",),
)
