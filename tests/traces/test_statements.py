"""What a statement does, in the words of the conventions."""

from __future__ import annotations

import pytest

from adapters.registry import kinds
from app.traces.statements import LONGEST, SYSTEMS, Words, system, words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('SELECT "A"."X" \nFROM "A" \nWHERE "A"."X" = ? LIMIT ?', Words("SELECT", "A", "SELECT A")),
        ("select X from LIB.ORDHDR fetch first 3 rows only", Words("SELECT", "LIB.ORDHDR", "SELECT LIB.ORDHDR")),
        ("SELECT TOP (3) [X] FROM [dbo].[Job Order]", Words("SELECT", "dbo.Job Order", "SELECT dbo.Job Order")),
        ("SELECT 1 FROM A JOIN B ON A.I = B.I JOIN A C ON 1 = 1", Words("SELECT", "", "SELECT A B")),
        ("WITH N AS (SELECT X FROM A) SELECT * FROM N", Words("SELECT", "", "SELECT A N")),
        ("SELECT 1", Words("SELECT", "", "SELECT")),
        ("", Words("", "", "")),
    ],
)
def test_a_statement_is_summarised(text: str, found: Words) -> None:
    """Its operation, and the tables that it names; one table is the collection."""
    assert words(text) == found


def test_a_summary_has_a_bound() -> None:
    """However many tables there are."""
    assert len(words("SELECT 1 FROM " + " JOIN ".join(f"TABLE{each}" for each in range(100))).summary) == LONGEST


def test_each_kind_has_the_name_of_the_conventions() -> None:
    """Those that the conventions know; ODBC may be anything."""
    assert set(kinds()) - set(SYSTEMS) == {"odbc"}
    assert {name: system(name) for name in ("as400", "sqlserver", "odbc")} == {
        "as400": "ibm.db2",
        "sqlserver": "microsoft.sql_server",
        "odbc": "other_sql",
    }
