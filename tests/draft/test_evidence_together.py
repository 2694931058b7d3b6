"""Columns that belong together become one proposal; others stay apart."""

from __future__ import annotations

import pytest

from adapters.port import Column, ColumnType
from app.draft.evidence import proposals
from tests.draft.evidence_columns import NUMBER, bound, char, days, sample

CYYMMDD = [(day.year - 1900) * 10000 + day.month * 100 + day.day for day in days()]
HHMMSS = [(6 + turn % 16) * 10000 + turn * 7 % 60 * 100 for turn in range(400)]


@pytest.mark.parametrize(("day", "clock"), [("PRMDT", "PRMTM"), ("UPDDAT", "UPDTIM"), ("sent_date", "sent_time")])
def test_a_date_and_its_time_are_a_moment(day: str, clock: str) -> None:
    """Neighbours with one stem, a date and a time by what they hold."""
    made = sample([Column(day, NUMBER), Column(clock, NUMBER)], [*zip(CYYMMDD, HHMMSS, strict=True), (0, 0)])
    (found,) = proposals(made)
    assert (found.columns, found.type, found.stored_as) == ((day, clock), "datetime", ["cyymmdd", "hhmmss"])
    assert bound(found, made).decode(0, 0) is None
    assert found.example


def test_a_time_of_another_date_stays_apart() -> None:
    """The time behind the order's date is not called like it."""
    made = sample([Column("ORDDT", NUMBER), Column("PRMTM", NUMBER)], list(zip(CYYMMDD, HHMMSS, strict=True)))
    assert [found.columns for found in proposals(made)] == [("ORDDT",), ("PRMTM",)]


def test_numbered_lines_are_one_text() -> None:
    """Address lines and notes, of one width."""
    columns = [Column("CUSNO", char(8)), *(Column(f"NOTE{number}", char(30)) for number in range(1, 4))]
    rows = [(f"C{number}", f"Street {number}", f"Town {number}", " " * 30) for number in range(50)]
    made = sample(columns, rows)
    found = proposals(made)
    assert [each.columns for each in found] == [("CUSNO",), ("NOTE1", "NOTE2", "NOTE3")]
    assert (found[1].stored_as, found[1].doubts, found[1].example) == ("lines", (), "Street 0\nTown 0")


@pytest.mark.parametrize("name", ["PHONE", "NOTE"])
def test_numbered_columns_that_are_no_lines_stay_apart(name: str) -> None:
    """Two telephone numbers are no text, nor are narrow notes."""
    columns = [Column(f"{name}{number}", char(10)) for number in (1, 2)]
    made = sample(columns, [(f"49711{number}", f"49172{number}") for number in range(50)])
    assert [len(found.columns) for found in proposals(made)] == [1, 1]


def test_the_parts_of_a_date_are_one() -> None:
    """Century, year, month and day, in four columns or in three."""
    two, four = ColumnType("decimal", precision=2, scale=0), ColumnType("decimal", precision=4, scale=0)
    rows = [(day.year // 100, day.year % 100, day.month, day.day) for day in days()]
    made = sample([Column(name, two) for name in ("ORDCC", "ORDYY", "ORDMM", "ORDDD")], rows)
    (found,) = proposals(made)
    assert (found.type, found.stored_as, found.example) == ("date", "parts", days()[0].isoformat())
    shorter = sample([Column("DUE_YEAR", four), Column("DUE_MONTH", two), Column("DUE_DAY", two)],
                     [(day.year, day.month, day.day) for day in days()])  # fmt: skip
    assert [each.stored_as for each in proposals(shorter)] == ["parts"]


def test_columns_called_like_parts_may_hold_something_else() -> None:
    """Lengths in yards, miles and degrees are no date."""
    two = ColumnType("decimal", precision=2, scale=0)
    made = sample(
        [Column(name, two) for name in ("CC", "YY", "MM", "DD")],
        [(99 - turn % 9, 5, 60 + turn % 9, 77) for turn in range(50)],
    )
    assert len(proposals(made)) == 4


def test_proposals_keep_the_table_s_order() -> None:
    """Each column is in one proposal, at the place of its first."""
    names = ("ORDNO", "PRMDT", "PRMTM", "CUSNO")
    rows = [(number, day, clock, number % 50) for number, (day, clock) in enumerate(zip(CYYMMDD, HHMMSS, strict=True))]
    made = sample([Column(name, NUMBER) for name in names], rows, ("ORDNO",))
    assert [name for found in proposals(made) for name in found.columns] == list(names)
