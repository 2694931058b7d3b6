"""The promises about predicates, names, and the values that try to be more than values."""

from __future__ import annotations

import operator
from typing import Any, Final

import pytest

from adapters.conformance.bench import Bench, whole
from adapters.port import (
    All,
    Any_,
    Column,
    ColumnType,
    Compare,
    In,
    Like,
    Missing,
    Null,
    Order,
    Predicate,
    Shape,
    Source,
)

_ROWS: Final = (
    (1, "Bolt", 5),
    (2, "bolt", 5),
    (3, "Nut 100%", None),
    (4, "Nut_1", 8),
    (5, "O'Ring /x", -3),
    (6, None, 0),
)
_COLUMNS: Final = (whole("ID"), Column("T", ColumnType("varchar", 20)), Column("N", ColumnType("integer")))

_OPERATORS: Final = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

_PREDICATES: Final[tuple[tuple[Predicate, tuple[Any, ...], list[int]], ...]] = (
    (All(()), (), [1, 2, 3, 4, 5, 6]),
    (Any_(()), (), []),
    (In("N", 1), (5,), [1, 2]),
    (In("N", 3), (5, 8, 8), [1, 2, 4]),
    (In("N", 2, negated=True), (5, 8), [5, 6]),
    (Null("N"), (), [3]),
    (Null("T", negated=True), (), [1, 2, 3, 4, 5]),
    (Any_((Null("N"), Compare("N", "="))), (8,), [3, 4]),
    (All((Compare("N", ">="), Compare("N", "<"), Like("T", "prefix"))), (0, 6, "B"), [1]),
    (Any_((All((Compare("ID", "="), Compare("N", "="))), All((Compare("ID", "="), Null("N"))))), (1, 5, 3), [1, 3]),
    (All((Any_((Compare("ID", "="), In("ID", 2))), Compare("N", ">"))), (1, 2, 5, 4), [1, 2]),
    (All((Any_(()), Compare("ID", "="))), (1,), []),
    (Any_((All(()), Compare("ID", "="))), (1,), [1, 2, 3, 4, 5, 6]),
)

_LIKES: Final[tuple[tuple[str, str, list[int]], ...]] = (
    ("prefix", "Bo", [1]),
    ("prefix", "bo", [2]),
    ("prefix", "", [1, 2, 3, 4, 5]),
    ("prefix", "olt", []),
    ("contains", "olt", [1, 2]),
    ("contains", "OLT", []),
    ("contains", "%", [3]),
    ("contains", "_", [4]),
    ("contains", "/", [5]),
    ("contains", "'", [5]),
    ("contains", "[N]", []),
    ("prefix", "N_t", []),
    ("prefix", "%", []),
    ("contains", "\\", []),
    ("contains", "*", []),
)

ATTACKS: Final = (
    "' OR '1'='1",
    "'; DROP TABLE FILT; --",
    '" OR ""="',
    "1 OR 1=1",
    "%' OR 1=1 --",
    "\\'; SELECT 1; --",
    "x' UNION SELECT ID, T, N FROM FILT --",
    "${jndi:ldap://x}",
    "%(v0)s",
    ":v0",
    "?",
    "$1",
    "/*",
)

NAMES: Final = (
    "ORD#", "$TOTAL", "@X", "lower", "UPPER", "MixedCase", "ORDER", "DATE", "select", "two words", "it's",
    'say "hi"', "100%", "%s", "%(x)s", "a:b", ":v0", "?", "$1", "Größe", "semi;colon", "--", "v0", "count",
)  # fmt: skip


class FilterPromises(Bench):
    """What a predicate means, whatever the names and values."""

    def _filtered(self, source: Source, where: Predicate, *values: Any) -> list[Any]:
        self.make("FILT", _COLUMNS, _ROWS, key=["ID"])
        self.learn(source, "FILT")
        return self.answer(source, Shape(("ID",), "FILT", where=where, order=(Order("ID"),)), *values)

    @pytest.mark.parametrize("sign", list(_OPERATORS))
    def test_a_comparison_leaves_null_out(self, source: Source, sign: Any) -> None:
        """Each operator gives what Python's gives over the values that are not NULL."""
        expected = [row[0] for row in _ROWS if row[2] is not None and _OPERATORS[sign](row[2], 5)]
        assert self._filtered(source, Compare("N", sign), 5) == expected

    @pytest.mark.parametrize(("where", "values", "expected"), _PREDICATES)
    def test_predicates_combine(
        self, source: Source, where: Predicate, values: tuple[Any, ...], expected: list[int]
    ) -> None:
        """IN, NULL, All and Any mean what they say, and take their values depth first."""
        assert self._filtered(source, where, *values) == expected

    @pytest.mark.parametrize(("match", "text", "expected"), _LIKES)
    def test_like_takes_text_as_it_stands(self, source: Source, match: Any, text: str, expected: list[int]) -> None:
        """Wildcards in the value stand for themselves, and case matters."""
        assert self._filtered(source, Like("T", match), text) == expected

    def test_an_in_list_may_be_as_long_as_the_traits_say(self, source: Source) -> None:
        """`max_parameters` values, one of which is there, find its row."""
        count = source.traits.max_parameters
        assert self._filtered(source, In("ID", count), *range(6, 6 + count)) == [6]

    @pytest.mark.parametrize("attack", ATTACKS)
    @pytest.mark.parametrize(
        "where", [Compare("T", "="), Compare("T", "<>"), In("T", 1), Like("T", "contains")], ids=str
    )
    def test_a_value_is_never_more_than_a_value(self, source: Source, where: Predicate, attack: str) -> None:
        """Text that would be SQL if it were pasted finds nothing, and does nothing."""
        everything = isinstance(where, Compare) and where.op == "<>"
        expected = [1, 2, 3, 4, 5] if everything else []
        assert self._filtered(source, where, attack) == expected
        assert len(self.answer(source, Shape(("ID",), "FILT"))) == len(_ROWS)

    @pytest.mark.parametrize("name", NAMES)
    def test_any_name_can_be_read(self, source: Source, name: str) -> None:
        """Tables and columns keep their exact names: reserved words, signs, blanks, cases."""
        self.make(name, [whole("ID"), Column(name, ColumnType("varchar", 9))], [(1, "a"), (2, "b")], key=["ID"])
        self.learn(source, name)
        where = All((Compare(name, ">"), Like(name, "prefix"), In(name, 2)))
        shape = Shape(
            (name, "ID"), name, where=where, order=(Order(name), Order("ID")), after=(False, False), limited=True
        )
        assert self.answer(source, shape, "a", "b", "b", "c", "a", 1, 10) == [("b", 2)]

    def test_two_names_that_differ_in_case_are_two_names(self, source: Source) -> None:
        """A shape's column is read, and not one that looks like it."""
        self.make("CASED", [whole("ID"), Column("Name", ColumnType("varchar", 9))], [(1, "a")])
        self.learn(source, "CASED")
        assert self.answer(source, Shape(("Name",), "CASED")) == ["a"]
        with pytest.raises(Missing, match="no column NAME"):
            source.run(Shape(("NAME",), "CASED"), ())
