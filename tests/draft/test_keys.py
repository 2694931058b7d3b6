"""Keys: declared ones first, else by counting; and the columns by which programs delete."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from adapters.port import Column, ColumnType, Index
from app.draft import keys
from app.draft.evidence import proposals
from app.draft.model import Sample
from tests.draft.evidence_columns import NUMBER, char, sample

LINES = [(1000 + number // 3, number % 3 + 1, f"ITEM {number % 7}") for number in range(90)]
COLUMNS = [
    Column("ORDNO", NUMBER, nullable=False),
    Column("LINNO", NUMBER, nullable=False),
    Column("ITMNO", char(10), nullable=False),
]


def found(made: Sample) -> keys.Key:
    """The key of a sample by its own proposals."""
    return keys.key(made, proposals(made))


def test_a_declared_key_is_taken() -> None:
    """The source says it: nothing is counted, and nothing is asked."""
    columns, evidence, doubts = found(sample(COLUMNS, LINES, ("ORDNO", "LINNO")))
    assert (columns, evidence, doubts) == (("ORDNO", "LINNO"), "the table's own key", ())


def test_a_unique_index_comes_next() -> None:
    """The shortest one; an index that is not unique says nothing."""
    indexes = (
        Index("L1", ("ORDNO",)),
        Index("L2", ("ORDNO", "LINNO", "ITMNO"), unique=True),
        Index("L3", ("ORDNO", "LINNO"), unique=True),
    )
    columns, evidence, doubts = found(sample(COLUMNS, LINES, (), *indexes))
    assert (columns, evidence, doubts) == (("ORDNO", "LINNO"), "unique index L3; the table declares no key", ())


def test_a_unique_index_that_holds_null_is_asked_about() -> None:
    """Rows without a value in it could not be addressed."""
    nullable = [replace(COLUMNS[0], nullable=True), *COLUMNS[1:]]
    columns, _, doubts = found(sample(nullable, LINES, (), Index("L1", ("ORDNO", "LINNO"), unique=True)))
    assert columns == ("ORDNO", "LINNO")
    assert doubts == ("ORDNO can be NULL: rows without a value have no address",)


def test_the_fewest_leading_columns_that_tell_rows_apart() -> None:
    """Proved on the sample, and asked about."""
    columns, evidence, doubts = found(sample(COLUMNS, LINES))
    assert columns == ("ORDNO", "LINNO")
    assert evidence == "unique in 90 of 90 rows read; the table declares no key"
    assert doubts == ("do ORDNO, LINNO tell all rows apart?",)


def test_any_one_column_is_tried_at_last() -> None:
    """The key of a table need not come first."""
    columns = [*(Column(name, char(4)) for name in ("A", "B", "C", "D")), Column("REF", char(8))]
    rows = [("x", "y", "z", str(number % 5), f"R{number}") for number in range(60)]
    assert found(sample(columns, rows))[0] == ("REF",)


def test_few_rows_prove_little() -> None:
    """It is said how few."""
    assert "there are 3 rows only" in found(sample(COLUMNS, LINES[:3]))[2]


@pytest.mark.parametrize("rows", [[], LINES[:1], [*LINES, LINES[0]]], ids=["none", "one", "twice"])
def test_no_key_is_no_guess(rows: list[tuple[Any, ...]]) -> None:
    """Nothing to count, or a row that stands twice: a person has to say."""
    columns, _, doubts = found(sample(COLUMNS, rows))
    assert columns == ()
    assert doubts


def test_columns_that_can_be_no_address_are_left_out() -> None:
    """Bytes, floating point, and columns with NULL tell rows apart, but not for a client."""
    columns = [
        Column("RV", ColumnType("binary", 8)),
        Column("RATIO", ColumnType("float")),
        Column("NOTE", char(9)),
        Column("ID", NUMBER),
    ]
    rows = [(bytes([number] * 8), number / 7, f"N{number}" if number else None, number) for number in range(60)]
    assert found(sample(columns, rows))[0] == ("ID",)


@pytest.mark.parametrize(
    ("name", "text", "kind", "codes", "active"),
    [
        ("ACREC", "", char(1), "AAAD", {"ACREC": ("A",)}),
        ("RCST", "Record code: A active, D deleted", char(1), "AAAD", {"RCST": ("A",)}),
        ("DLTFLG", "", char(1), "NNY", {"DLTFLG": ("N",)}),
        ("DELETED", "", char(1), ["", "", "X"], {"DELETED": ("",)}),
        ("IsDeleted", "", ColumnType("boolean"), [0, 0, 1], {"IsDeleted": ("false",)}),
        ("is_deleted", "", ColumnType("boolean"), [False, True], {"is_deleted": ("false",)}),
        ("DELFLAG", "", ColumnType("integer"), [0, 0, 1], {"DELFLAG": ("0",)}),
        ("DELETED", "", char(1), "NQZ", {}),
        ("ORDST", "Order status", char(1), "AAAD", {}),
        ("DELDAT", "Delivery date", char(1), "AAAD", {}),
        ("DELETED", "", char(1), "YYY", {}),
    ],
)
def test_logical_deletes(
    name: str, text: str, kind: ColumnType, codes: Any, active: dict[str, tuple[str, ...]]
) -> None:
    """A column that is called so, and holds what such columns hold; the values that mean that a row is there."""
    says, evidence, _ = keys.deleted(sample([Column(name, kind, text=text)], [(code,) for code in codes]))
    assert says == active
    assert bool(evidence) is bool(active)


def test_the_evidence_of_a_logical_delete_is_counted() -> None:
    """How many rows hold each code."""
    made = sample([Column("DELETED", char(1))], [(" ",), (" ",), ("X",)])
    assert keys.deleted(made)[1] == "DELETED: 2 rows are blank, 1 rows are X"


@pytest.mark.parametrize(("name", "codes"), [("ACTRC", "YN"), ("RECST", "10"), ("del", "YN")])
def test_a_flag_that_may_mean_either_deletes_nothing(name: str, codes: str) -> None:
    """`ACTRC` of Y is a row that is there, and `del` may be delivered: nobody is hidden unasked."""
    rows = [(number, codes[number % 10 == 0]) for number in range(300)]
    made = sample([Column("ID", ColumnType("integer")), Column(name, ColumnType("char", 1))], rows)
    active, evidence, doubts = keys.deleted(made)
    assert (active, evidence) == ({}, "")
    assert [doubt.startswith(f"are rows deleted by {name}?") for doubt in doubts] == [True] * (name != "del")


@pytest.mark.parametrize(
    ("codes", "asked"),
    [
        ("A" * 90 + "D" * 10, ""),
        ("A" * 100, "no row read is deleted: which codes mean so"),
        ("A" * 10 + "D" * 90, "most rows read are deleted: is it not the other way round?"),
        ("A" * 60 + " " * 30 + "D" * 10, "do blank, A all mean that a row is there?"),
        ("AAAD", "there are 4 rows only"),
    ],
)
def test_what_is_not_sure_of_a_logical_delete_is_asked(codes: str, asked: str) -> None:
    """Rows are hidden by it: what the sample alone does not prove is a question."""
    active, _, doubts = keys.deleted(sample([Column("ACREC", char(1))], [(code,) for code in codes]))
    assert "A" in active["ACREC"]
    assert asked in "".join(doubts)
    assert bool(doubts) is bool(asked)
