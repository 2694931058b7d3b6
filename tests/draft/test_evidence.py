"""What columns seem to hold: numbers, text, bytes and codes; and that nothing wrong is proposed without a question."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.port import Column, ColumnType
from app.draft.evidence import proposals
from tests.draft.evidence_columns import BYTES, MONEY, NUMBER, TEXT, WHOLE, bound, char, proposed, sample, undecoded

LONG = ColumnType("decimal", precision=11, scale=0)
CERTAIN: tuple[tuple[str, list[Any], ColumnType, str, str, Any], ...] = (
    # what, values, column, name, type, stored_as: proposed without a question
    ("a boolean", [True, False, None], ColumnType("boolean"), "ACTIVE", "boolean", None),
    ("a timestamp", ["2026-01-01 10:00:00", "2026-02-01 11:30:00"], ColumnType("timestamp"), "AT", "datetime", None),
    ("an amount", [Decimal("19.99"), Decimal(7)] * 9, MONEY, "PRICE", "decimal", None),
    ("a float", [0.5, 1.25] * 9, ColumnType("float"), "RATIO", "number", None),
    ("a count", list(range(1, 12)) * 9, WHOLE, "PIECES", "integer", None),
    ("a 64-bit number", [2**60, 5, 7] * 9, ColumnType("integer"), "SERIAL", "integer", {"native": {"digits": 19}}),
    ("text", ["Bolt M8", "Seal", "Größe 8"] * 9, TEXT, "DSC", "string", None),
    ("currencies", ["USD", "EUR"] * 50, char(3), "CURCD", "string", None),
    ("right-justified", [*(f"{number * 37:>8}" for number in range(40)), "   A 17B"], char(8), "ITM", "string", {"right_justified": 8}),
    ("a uuid in text", ["3F2B8C1E-5D47-4A90-9C36-7E1F0A2B4C5D"] * 3 + ["7fdf97cf-b82c-4f15-9ea7-c9b0d02df10a"] * 9, char(36),
     "JOB", "string", "uuid"),
    ("the database's uuid", [UUID(int=5), UUID(int=7)], ColumnType("uuid"), "ID", "string", None),
    ("edited numbers", ["  1.234,56-", "    382,28 ", "     42,00 "] * 9, char(11), "STKQOH", "decimal",
     {"text": {"sign": "trailing", "decimal": ","}}),
    ("a flag", ["Y", "N"] * 50, char(1), "RUSHF", "boolean", {"true": "Y", "false": "N"}),
    ("a German flag", ["J", "N", "N"] * 50, char(1), "EILKZ", "boolean", {"true": "J", "false": "N"}),
    ("a cross or nothing", ["X", " "] * 50, char(1), "DONFL", "boolean", {"true": "X", "false": ""}),
    ("row versions", [number.to_bytes(8, "big") for number in range(2001, 2300)], ColumnType("binary", 8), "RV", "binary", None),
)  # fmt: skip


@pytest.mark.parametrize(
    ("values", "kind", "name", "api_type", "stored_as"),
    [case[1:] for case in CERTAIN],
    ids=[case[0] for case in CERTAIN],
)
def test_what_is_certain(values: list[Any], kind: ColumnType, name: str, api_type: str, stored_as: Any) -> None:
    """The values say it, and no question is left."""
    found = proposed(values, kind, name)
    assert (found.type, found.stored_as, found.doubts) == (api_type, stored_as, ())


PACKED = [bytes.fromhex(f"{value:07d}C") for value in range(100, 4000, 13)]
UNCERTAIN: tuple[tuple[str, list[Any], ColumnType, str, str, Any, str], ...] = (
    # what, values, column, name, type, stored_as, a part of the question
    ("an amount without decimals", list(range(100, 90000, 77)), LONG, "ORDTOT", "integer", None, "decimals"),
    ("packed", PACKED, BYTES, "ORDWT", "integer", "packed", "decimals"),
    ("zoned", [f"{value:06d}{'{ABCDEFGHI'[value % 10]}" for value in range(500)], char(7), "COST", "integer",
     {"zoned": {"ccsid": 37}}, "decimals"),
    ("zoned in Germany", [f"{value:06d}{'äABCDEFGHI'[value % 10]}" for value in range(500)], char(7), "COST", "integer",
     {"zoned": {"ccsid": 273}}, "decimals"),
    ("blanks", ["PO 1", "PO 2", "    "] * 20, char(4), "CUSPO", "string", {"native": {"blank": "null"}}, "blank"),
    ("placeholders", [*(f"C{number}" for number in range(50)), *["*NONE"] * 9], TEXT, "REF", "string",
     {"native": {"nulls": ["*NONE"]}}, "*NONE"),
    ("two generations of flags", [*"YN" * 50, *"J " * 20], char(1), "RUSHF", "boolean",
     {"true": ["Y", "J"], "false": ["N", ""]}, "blank"),
    ("codes", ["10", "20", "50"] * 40, char(2), "ORDST", "enum", {"10": "code-10", "20": "code-20", "50": "code-50"}, "mean"),
    ("numbers that are codes", [0, 1, 2, 9] * 40, WHOLE, "State", "enum",
     {"0": "code-0", "1": "code-1", "2": "code-2", "9": "code-9"}, "mean"),
    ("a record code", ["A"] * 90 + ["D"] * 10, char(1), "ACREC", "enum", {"A": "active", "D": "deleted"}, "mean"),
    ("0 and 1", [0, 1] * 50, ColumnType("decimal", precision=1, scale=0), "VAL", "boolean", {"true": "1", "false": "0"}, "integer"),
    ("a constant", ["001"] * 50, char(3), "CONO", "string", None, "every value"),
    ("one value", ["20260131"], char(8), "VAL", "string", None, "yyyymmdd"),
    ("times without seconds", [0] * 30 + [hour * 100 + minute for hour in range(6, 23) for minute in (0, 15, 30, 45)], NUMBER, "STRTM", "time", "hhmm", "midnight"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("values", "kind", "name", "api_type", "stored_as", "question"),
    [case[1:] for case in UNCERTAIN],
    ids=[case[0] for case in UNCERTAIN],
)
def test_what_is_asked(
    values: list[Any], kind: ColumnType, name: str, api_type: str, stored_as: Any, question: str
) -> None:
    """The likeliest is proposed, with the question that only a person can answer."""
    found = proposed(values, kind, name)
    assert (found.type, found.stored_as) == (api_type, stored_as)
    assert any(question in doubt for doubt in found.doubts), found.doubts


EBCDIC = [
    "Prüfprotokoll beilegen",
    "Rückfrage bei Hr. Müller",
    "Maße lt. Zeichnung prüfen",
    "Teillieferung möglich",
    "Call before",
]
PAGED = [text.encode("cp273").ljust(30, b"\x40") for text in EBCDIC] * 5


def test_the_code_page_of_bytes_is_the_one_that_makes_words() -> None:
    """German umlauts are signs in code page 37: 273 is taken, with the question, and with the pages that read alike."""
    found = proposed(PAGED, ColumnType("binary", 30), "ORMRK")
    assert (found.type, found.stored_as) == ("string", {"ebcdic": 273})
    assert "is the code page 273? the sample reads alike in 1141" in found.doubts


def test_a_text_may_name_the_code_page() -> None:
    """Where nothing in the sample tells pages apart, what people wrote does; it is still asked."""
    plain = [text.encode("cp273").ljust(30, b"\x40") for text in ("CALL BEFORE", "DOCK 4", "ON HOLD")] * 5
    found = proposed(plain, ColumnType("binary", 30), "ORMRK", "Remarks, CCSID 65535 (really 273)")
    assert found.stored_as == {"ebcdic": 273}
    assert found.doubts


def test_text_of_the_wrong_code_page_is_asked_about() -> None:
    """Signs within words that another page turns into letters."""
    words = ["Ausführung", "Größe", "Müller", "Straße", "Länge", "Bolt", "Seal"]
    found = proposed([word.encode("cp273").decode("cp037") for word in words] * 5, TEXT, "DSC")
    assert found.stored_as == {"misread": {"as": 37, "really": 273}}
    assert any("'Ausführung'" in doubt for doubt in found.doubts)


def test_mojibake_is_asked_about() -> None:
    """UTF-8 that a PC tool read as Windows-1252."""
    words = ["Müller", "Größe", "Länge", "Bolt"]
    found = proposed([word.encode().decode("cp1252") for word in words] * 5, TEXT, "DSC")
    assert found.stored_as == {"misread": {"as": 1252, "really": 1208}}
    assert found.doubts


NAMED: tuple[tuple[str, list[Any], ColumnType, str, str, Any, str], ...] = (
    # a text, values, column, name, type, stored_as, a part of the question that is left
    ("Order total, 2 implied decimals", list(range(100, 9000, 7)), LONG, "ORDTOT", "decimal", {"implied": 2}, "decimals"),
    ("Weight in kg, packed, 1 decimal", PACKED, BYTES, "ORDWT", "decimal", {"packed": 1}, "decimals"),
    ("Start of the first shift, seconds since midnight", [21600, 27000] * 10, WHOLE, "ShiftStart", "time", "seconds", ""),
    ("M made, P purchased", ["M", "P"] * 50, char(1), "ITMPB", "enum", {"M": "made", "P": "purchased"}, ""),
    ("Status: A active, H credit hold, I inactive", ["A", "H", "I"] * 50, char(1), "CSTAT", "enum",
     {"A": "active", "H": "credit-hold", "I": "inactive"}, ""),
    ("0 planned 1 released 9 cancelled", [0, 1, 9] * 50, WHOLE, "State", "enum",
     {"0": "planned", "1": "released", "9": "cancelled"}, ""),
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "values", "kind", "name", "api_type", "stored_as", "asked"), NAMED, ids=[case[0] for case in NAMED]
)
def test_texts_are_evidence(
    text: str, values: list[Any], kind: ColumnType, name: str, api_type: str, stored_as: Any, asked: str
) -> None:
    """What people wrote about a column names codes and settles what cannot be counted."""
    found = proposed(values, kind, name, text)
    assert (found.type, found.stored_as, bool(found.doubts)) == (api_type, stored_as, bool(asked))
    assert asked in "".join(found.doubts)


def test_a_name_alone_convinces_nobody() -> None:
    """A column that is called a date, and holds none, is no date."""
    found = proposed(list(range(100, 99000, 61)), NUMBER, "ORDDT", "Order date CYYMMDD")
    assert found.type == "integer"


def test_a_key_of_digits_keeps_its_zeros() -> None:
    """A number that is a key and is called one is text; a line's number is a number."""
    assert proposed(list(range(1001, 3000)), NUMBER, "ORDNO", key=True).stored_as == {"integer": 8}
    assert (
        proposed(list(range(1, 9)) * 50, ColumnType("decimal", precision=3, scale=0), "LINNO", key=True).type
        == "integer"
    )


def test_blanks_alone_are_text() -> None:
    """A column of blanks holds no number and no date, and is asked about."""
    found = proposed([" " * 30] * 50, char(30), "NOTE3")
    assert (found.type, found.stored_as) == ("string", None)
    assert found.doubts == ("every value is blank: is the column in use?",)


def test_an_empty_column_is_asked_about() -> None:
    """Nothing is known of a column without values."""
    for values in ([], [None, None]):
        found = proposed(values, NUMBER)
        assert (found.type, found.stored_as, found.evidence) == ("integer", None, "no values")
        assert found.doubts


KINDS = (
    NUMBER, WHOLE, MONEY, TEXT, BYTES, char(1), char(8), ColumnType("float"), ColumnType("boolean"), ColumnType("date"),
    ColumnType("time"), ColumnType("timestamp", 3), ColumnType("timestamptz"), ColumnType("uuid"), ColumnType("binary", 16),
    ColumnType("integer"), ColumnType("decimal"), ColumnType("varchar"),
)  # fmt: skip
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.integers(0, 99999999), st.floats(), st.decimals(), st.text(max_size=12),
    st.text("0123456789 -.:/", max_size=12), st.binary(max_size=16), st.dates(), st.times(), st.datetimes(), st.uuids(),
    st.sampled_from(["Y", "N", "", "*NONE", "20260131", "1260131", "31.01.2026", b"\x40\x40", bytearray(b"\x01\x2c")]),
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(KINDS),
    st.lists(VALUES, max_size=30),
    st.integers(1, 8),
    st.sampled_from(["VAL", "ORDDT", "PRMTM", "RUSHFL", "CUSNO", "ADR1"]),
)
def test_whatever_a_column_holds(kind: ColumnType, values: list[Any], times: int, name: str) -> None:
    """Any values whatever make a proposal that binds; what it does not decode, it says."""
    made = sample([Column(name, kind)], [(value,) for value in values * times])
    (found,) = proposals(made)
    bound(found, made)
    assert list(undecoded(made)) == []
