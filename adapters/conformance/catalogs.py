"""The promises about the catalog, named queries, and statements shown to people."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Final

import pytest

from adapters.conformance.bench import Bench, whole
from adapters.port import All, Column, ColumnType, Compare, In, Like, Order, Shape, Source, SourceError

_COLUMNS: Final = (
    whole("ID"),
    whole("LINE"),
    Column("CODE", ColumnType("char", 3), nullable=False),
    Column("NAME", ColumnType("varchar", 40)),
    Column("PRICE", ColumnType("decimal", precision=11, scale=2)),
    Column("RATE", ColumnType("float")),
    Column("DUE", ColumnType("date")),
    Column("AT", ColumnType("timestamp", 3)),
    Column("RAW", ColumnType("binary")),
    Column("BIG", ColumnType("integer", precision=19, scale=0)),
)
_ROW: Final = (
    1,
    2,
    "ABC",
    "O'Brien",
    Decimal("12.50"),
    0.5,
    "2024-02-29",
    "2024-02-29 01:02:03.123",
    b"\x00\xff",
    2**63 - 1,
)
_KEY: Final = ColumnType("integer")


class CatalogPromises(Bench):
    """What is declared is what the catalog says."""

    def _made(self, source: Source) -> None:
        """The table, an index, and a view, which would keep the table from being made anew."""
        name, view, code = self.quote("CATD"), self.quote("CATV"), self.quote("CODE")
        self.execute(f"DROP VIEW IF EXISTS {view}")
        self.make("CATD", _COLUMNS, [_ROW], key=["ID", "LINE"])
        self.execute(
            f"CREATE UNIQUE INDEX CATD_CODE ON {name} ({code}, {self.quote('NAME')})",
            f"CREATE VIEW {view} AS SELECT {code} FROM {name}",  # noqa: S608  # names of this suite's own
        )
        self.learn(source, "CATD")

    def test_the_catalog_says_what_was_declared(self, source: Source) -> None:
        """Names, types with their numbers, nullability, key and indexes survive the way through the source."""
        self._made(source)
        table = source.catalog(["CATD"]).tables["CATD"]
        assert table.columns == tuple(replace(column, type=self.declared(column.type)) for column in _COLUMNS)
        if not source.traits.indexes:
            assert (table.key, table.indexes, table.foreign) == ((), (), ())
            return
        assert table.key == ("ID", "LINE")
        unique = [index for index in table.indexes if index.columns == ("CODE", "NAME")]
        assert [index.unique for index in unique] == [True]

    def test_all_tables_and_views_are_listed(self, source: Source) -> None:
        """Without names, everything is listed, views too, with or without columns; a table that is not there is left out."""
        self._made(source)
        tables = source.catalog().tables
        assert {"CATD", "CATV"} <= set(tables)
        listed = {each.name: each for each in source.tables()}
        assert set(listed) == set(tables)
        assert [listed[name].kind for name in ("CATD", "CATV")] == ["table", "view"]
        assert [tables[name].kind for name in ("CATD", "CATV")] == ["table", "view"]
        assert tables["CATV"].columns[0].type == self.declared(ColumnType("char", 3))
        assert set(source.catalog(["CATD", "NO_SUCH"]).tables) == {"CATD"}

    def test_a_reference_is_told(self, source: Source) -> None:
        """Its columns in the order of those that they refer to; the table by the name that it has in this catalog."""
        child, parent = self.quote("CATC"), self.quote("CATP")
        first, second = self.quote("X"), self.quote("Y")
        self.execute(f"DROP TABLE IF EXISTS {child}")
        self.make("CATP", (whole("A"), whole("B")), key=["A", "B"])
        self.execute(
            f"CREATE TABLE {child} ({second} {self.declare(_KEY)}, {first} {self.declare(_KEY)},"
            f" CONSTRAINT {self.quote('CATC_REF')} FOREIGN KEY ({first}, {second}) REFERENCES {parent} ({self.quote('A')}, {self.quote('B')}))"
        )
        tables = source.catalog(["CATC", "CATP"]).tables
        told = [(key.columns, key.table, key.references) for key in tables["CATC"].foreign]
        assert told == ([(("X", "Y"), "CATP", ("A", "B"))] if source.traits.indexes else [])
        assert {key.name for key in tables["CATC"].foreign} <= {"", "CATC_REF"}
        assert tables["CATP"].foreign == ()

    def test_rows_are_counted_by_the_source(self, source: Source) -> None:
        """What its statistics say of a table, where they say something; of a view nothing is known."""
        self._made(source)
        self.make(
            "CATN", (whole("ID"), Column("NAME", ColumnType("varchar", 40))), [(number, "x") for number in range(30)]
        )
        self.count_rows("CATN")
        tables = source.catalog(["CATN", "CATV"]).tables
        assert tables["CATN"].rows == (30 if self.counted.value else None)
        assert tables["CATV"].rows is None

    @pytest.mark.parametrize(
        "end", ["", ";", " ;\n", " -- the end", "\n/* the\nend; */ ;\n-- really", " WHERE ';' <> '--' ;"]
    )
    def test_a_query_is_described_and_read(self, source: Source, end: str) -> None:
        """Columns of a table keep their types; colons, percent signs and what stands at the end do no harm."""
        self._made(source)
        code, name = self.quote("CODE"), self.quote("NAME")
        columns = f"{code}, {name}, '10:30 100% :x ?' AS {self.quote('note')}"
        text = f"SELECT {columns} FROM {self.quote('CATD')}{end}"  # noqa: S608  # names of this suite's own
        described = source.catalog([], {"q.sql": text}).queries["q.sql"]
        assert [column.name for column in described.columns] == ["CODE", "NAME", "note"]
        expected = [self.described(kind) for kind in (ColumnType("char", 3), ColumnType("varchar", 40))]
        assert [column.type for column in described.columns[:2]] == expected
        self.learn(source, queries={"q.sql": text})
        shape = Shape(("note", "CODE"), query=text, where=All((Compare("CODE", "="), Like("note", "contains"))))
        assert self.answer(source, shape, "ABC", "100%") == [("10:30 100% :x ?", "ABC")]

    def test_render_writes_values_as_literals(self, source: Source) -> None:
        """A person can read the statement with its values; a quote in a value is doubled."""
        self._made(source)
        where = All((Compare("NAME", "="), In("ID", 2), Compare("PRICE", ">"), Like("NAME", "prefix")))
        shape = Shape(("CODE",), "CATD", where=where, order=(Order("ID"),), limited=True)
        text = source.render(shape, ("O'Brien", 1, 2, Decimal("9.50"), "5%", 10))
        assert "'O''Brien'" in text
        assert "IN (1, 2)" in text
        assert "> 9.5" in text
        assert "'5/%%'" in text
        assert "v0" not in text

    def test_explain_names_the_table(self, source: Source) -> None:
        """The source's plan comes as lines of text, or the kind says that it has none to show."""
        self._made(source)
        shape = Shape(("CODE",), "CATD", where=All((Compare("ID", "="), Compare("LINE", "="))))
        if source.traits.explains:
            assert "CATD" in source.explain(shape, (1, 2))
        else:
            with pytest.raises(SourceError):
                source.explain(shape, (1, 2))

    def test_a_statement_is_compiled_once(self, source: Source) -> None:
        """Equal shapes have one statement; it is told with each answer."""
        self._made(source)
        first = source.run(Shape(("CODE",), "CATD", where=Compare("ID", "=")), (1,))
        again = source.run(Shape(("CODE",), "CATD", where=Compare("ID", "=")), (2,))
        assert first.statement is again.statement
        assert "CATD" in first.statement
