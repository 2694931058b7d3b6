"""The promises about values: what is stored comes back, and is found by its own value bound with its column's type."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Context, Decimal
from typing import Any, Final

import pytest

from adapters.conformance.bench import Bench, whole
from adapters.port import Column, ColumnType, Compare, In, Null, Order, Shape, Source

_UTC: Final = dt.UTC

VALUES: Final[tuple[tuple[ColumnType, Any], ...]] = (
    (ColumnType("varchar", 40), ""),
    (ColumnType("varchar", 40), " leading and trailing "),
    (ColumnType("varchar", 40), 'O\'Brien "quoted" 100% :name ? $1 \\ /'),
    (ColumnType("varchar", 40), "Größe Ω 注文 \U0001f529"),
    (ColumnType("varchar", 40), "one\ntwo\ttabs\x01"),
    (ColumnType("char", 8), "FULLSIZE"),
    (ColumnType("char", 8), "  RIGHT8"),
    (ColumnType("integer"), 2**31 - 1),
    (ColumnType("integer"), -(2**31)),
    (ColumnType("integer"), 0),
    (ColumnType("integer", precision=19, scale=0), 2**53 + 1),
    (ColumnType("integer", precision=19, scale=0), -(2**63)),
    (ColumnType("decimal", precision=11, scale=2), Decimal("-999999999.99")),
    (ColumnType("decimal", precision=15, scale=0), Decimal(999999999999999)),
    (ColumnType("decimal", precision=9, scale=9), Decimal("0.000000001")),
    (ColumnType("decimal", precision=31, scale=5), Decimal("12345678901234567890123456.12345")),
    (ColumnType("decimal", precision=31, scale=0), Decimal(10**31 - 1)),
    (ColumnType("float"), 0.1),
    (ColumnType("float"), -1.5e300),
    (ColumnType("boolean"), True),
    (ColumnType("boolean"), False),
    (ColumnType("date"), dt.date(1, 1, 1)),
    (ColumnType("date"), dt.date(2024, 2, 29)),
    (ColumnType("date"), dt.date(9999, 12, 31)),
    (ColumnType("time"), dt.time(0, 0)),
    (ColumnType("time"), dt.time(23, 59, 59)),
    (ColumnType("timestamp"), dt.datetime(1, 1, 1)),  # noqa: DTZ001  # local: carries no zone
    (ColumnType("timestamp"), dt.datetime(2024, 2, 29, 1, 2, 3, 123456)),  # noqa: DTZ001  # as above
    (ColumnType("timestamp", 3), dt.datetime(2024, 2, 29, 1, 2, 3, 120000)),  # noqa: DTZ001  # as above
    (ColumnType("timestamp"), dt.datetime(9999, 12, 31, 23, 59, 59)),  # noqa: DTZ001  # as above
    (ColumnType("binary"), b""),
    (ColumnType("binary"), bytes(range(256))),
    (ColumnType("uuid"), uuid.UUID("01234567-89ab-cdef-0123-456789abcdef")),
)


def _digits(value: Any) -> int:
    return len(value.as_tuple().digits) if isinstance(value, Decimal) else 0


def _fraction(value: Any) -> int:
    """The digits of a timestamp's fraction of a second."""
    return len(f"{value.microsecond:06}".rstrip("0")) if isinstance(value, dt.datetime) else 0


def _named(value: Any) -> str:
    return f"{value}" if isinstance(value, ColumnType) else ascii(value)[:30]


class ValuePromises(Bench):
    """What is stored comes back, and is found."""

    @pytest.mark.parametrize(("kind", "value"), VALUES, ids=_named)
    def test_a_stored_value_comes_back_and_is_found(self, source: Source, kind: ColumnType, value: Any) -> None:
        """A value of every type, at its extremes, is read as it was stored, and `=` and IN find it, and only it.

        A number or a timestamp with more digits than the kind says it keeps is read with as many digits as it says.
        """
        self.make("VALS", [whole("ID"), Column("V", kind)], [(1, value), (2, None)])
        self.learn(source, "VALS")
        stored = self.answer(source, Shape(("V",), "VALS", where=Compare("ID", "=")), 1)[0]
        if _digits(value) > self.exact_digits.value:
            rounded = Context(prec=self.exact_digits.value).plus
            assert rounded(self.read(kind, stored)) == rounded(value), self.exact_digits.reason
            return
        if _fraction(value) > self.exact_fraction.value:
            assert abs(self.read(kind, stored) - value) < dt.timedelta(seconds=10**-self.exact_fraction.value)
            return
        assert self.read(kind, stored) == value
        assert self.answer(source, Shape(("ID",), "VALS", where=Compare("V", "=")), value) == [1]
        assert self.answer(source, Shape(("ID",), "VALS", where=In("V", 2)), value, value) == [1]
        assert self.answer(source, Shape(("ID",), "VALS", where=Compare("V", "=")), stored) == [1]

    @pytest.mark.parametrize("base", ["char", "varchar", "integer", "decimal", "date", "timestamp", "binary", "uuid"])
    def test_null_is_read_as_none(self, source: Source, base: Any) -> None:
        """NULL is None whatever the type, and no value's equal."""
        kind = {"char": ColumnType("char", 3), "decimal": ColumnType("decimal", precision=9, scale=2)}.get(
            base, ColumnType(base)
        )
        self.make("NULLS", [whole("ID"), Column("V", kind)], [(1, None)])
        self.learn(source, "NULLS")
        assert self.answer(source, Shape(("V",), "NULLS", where=Null("V"))) == [None]
        assert self.answer(source, Shape(("V",), "NULLS", where=Null("V", negated=True))) == []

    @pytest.mark.parametrize("text", ["AB", "AB ", "AB    ", "AB          "])
    def test_trailing_blanks_of_a_char_do_not_matter(self, source: Source, text: str) -> None:
        """A CHAR is found with or without its padding, by every predicate that compares."""
        self.make("PADS", [whole("ID"), Column("C", ColumnType("char", 6))], [(1, "AB"), (2, "ABC"), (3, " AB")])
        self.learn(source, "PADS")

        def found(where: Any, *values: Any) -> list[Any]:
            return self.answer(source, Shape(("ID",), "PADS", where=where, order=(Order("ID"),)), *values)

        assert found(Compare("C", "="), text) == [1]
        assert found(In("C", 2), text, text) == [1]
        assert found(Compare("C", "<>"), text) == [2, 3]
        assert found(Compare("C", ">"), text) == [2]
        assert found(Compare("C", ">="), text) == [1, 2]
        assert found(Compare("C", "<"), text) == [3]
        assert found(Compare("C", "<="), text) == [1, 3]

    @pytest.mark.parametrize("base", ["char", "varchar"])
    def test_a_value_longer_than_its_column_finds_nothing(self, source: Source, base: Any) -> None:
        """A long value is never cut to the column's length, which would find what was not asked for."""
        self.make("LONGS", [whole("ID"), Column("C", ColumnType(base, 3))], [(1, "ABC")])
        self.learn(source, "LONGS")
        assert self.answer(source, Shape(("ID",), "LONGS", where=Compare("C", "=")), "ABCD") == []
        assert self.answer(source, Shape(("ID",), "LONGS", where=In("C", 2)), "ABCD", "ABC DEF") == []

    @pytest.mark.parametrize(
        ("kind", "spelling"),
        [
            (ColumnType("decimal", precision=9, scale=2), Decimal("12.5")),
            (ColumnType("decimal", precision=9, scale=2), Decimal("12.500000")),
            (ColumnType("decimal", precision=9, scale=2), 12.5),
            (ColumnType("decimal", precision=9, scale=2), Decimal("1.25E+1")),
        ],
    )
    def test_numbers_are_compared_as_numbers(self, source: Source, kind: ColumnType, spelling: Any) -> None:
        """Another spelling of the same number finds it; text order plays no part."""
        self.make("NUMS", [whole("ID"), Column("N", kind)], [(1, Decimal("12.50")), (2, Decimal("9.00"))])
        self.learn(source, "NUMS")
        assert self.answer(source, Shape(("ID",), "NUMS", where=Compare("N", "=")), spelling) == [1]
        assert self.answer(source, Shape(("ID",), "NUMS", where=Compare("N", "<")), spelling) == [2]

    @pytest.mark.parametrize("huge", [2**31, 2**63, -(2**63) - 1, 10**40])
    def test_a_number_beyond_its_column_finds_nothing(self, source: Source, huge: int) -> None:
        """A number that the column's type cannot hold is compared all the same, not refused."""
        self.make("INTS", [whole("ID")], [(1,)])
        self.learn(source, "INTS")
        assert self.answer(source, Shape(("ID",), "INTS", where=Compare("ID", "=")), huge) == []
        assert self.answer(source, Shape(("ID",), "INTS", where=Compare("ID", "<")), huge) == [1] * (huge > 0)

    def test_a_fraction_equals_no_whole_number(self, source: Source) -> None:
        """1.5 is compared with an integer column as 1.5; 1.0 is 1."""
        self.make("INTS", [whole("ID")], [(1,), (2,)])
        self.learn(source, "INTS")
        assert self.answer(source, Shape(("ID",), "INTS", where=Compare("ID", "=")), Decimal("1.5")) == []
        assert self.answer(source, Shape(("ID",), "INTS", where=Compare("ID", ">")), Decimal("1.5")) == [2]
        assert self.answer(source, Shape(("ID",), "INTS", where=Compare("ID", "=")), Decimal("1.0")) == [1]

    def test_a_nul_character_finds_nothing(self, source: Source) -> None:
        """Text that the column cannot hold is no error."""
        self.make("TEXTS", [whole("ID"), Column("T", ColumnType("varchar", 9))], [(1, "a")])
        self.learn(source, "TEXTS")
        assert self.answer(source, Shape(("ID",), "TEXTS", where=Compare("T", "=")), "a\0") == []
