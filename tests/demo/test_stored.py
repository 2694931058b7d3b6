"""The stored forms that the demo writes, against known pairs."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from app.demo import stored

DAY = date(2024, 2, 29)
PAIRS = {
    "cyymmdd": (stored.cyymmdd(DAY), 1240229),
    "cyymmdd of the nineties": (stored.cyymmdd(date(1999, 12, 31)), 991231),
    "cyymmdd without a date": (stored.cyymmdd(None), 0),
    "yyyymmdd": (stored.yyyymmdd(DAY), 20240229),
    "mmddyy": (stored.mmddyy(DAY), 22924),
    "cyyddd": (stored.cyyddd(DAY), 124060),
    "yyyymm": (stored.yyyymm(DAY), 202402),
    "yyww of a week that began last year": (stored.yyww(date(2027, 1, 1)), 2653),
    "hhmmss": (stored.hhmmss(datetime(2024, 2, 29, 9, 30, 5)), 93005),  # noqa: DTZ001  # legacy local time
    "packed": (stored.packed(1234, 3), bytes.fromhex("01234C")),
    "packed, negative": (stored.packed(-1234, 3), bytes.fromhex("01234D")),
    "zoned 37": (stored.zoned(12345, 8, 37), "0001234E"),
    "zoned 37, negative": (stored.zoned(-12345, 8, 37), "0001234N"),
    "zoned 37, zero": (stored.zoned(12340, 5, 37), "1234{"),
    "zoned 273, zero": (stored.zoned(12340, 5, 273), "1234ä"),
    "zoned 273, negative zero": (stored.zoned(-12340, 5, 273), "1234ü"),
    "edited": (stored.edited(-123456, 10), " 1.234,56-"),
    "ebcdic": (stored.ebcdic("Hallo", 6), bytes.fromhex("C88193939640")),
    "misread": (stored.misread("Müller Straße", tag=37, really=273), "M}ller Stra~e"),
    "char": (stored.char("Bolt M8", 9), "Bolt M8  "),
    "right": (stored.right("10001", 8), "   10001"),
    "row version": (stored.row_version(2001), bytes.fromhex("00000000000007D1")),
}


@pytest.mark.parametrize(("made", "known"), PAIRS.values(), ids=PAIRS.keys())
def test_stored_form(made: object, known: object) -> None:
    """Each helper gives the form that the imitated system would hold."""
    assert made == known
