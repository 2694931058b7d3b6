"""The T-SQL of every shape of read: as it was reviewed, understood by another reader of T-SQL, and as a server wants it."""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import Any, Final, Literal

import pytest
import sqlglot
from sqlglot import exp

from adapters.port import (
    All,
    Any_,
    Catalog,
    Column,
    ColumnType,
    Compare,
    Denied,
    In,
    Like,
    Null,
    Order,
    Shape,
    Table,
)
from adapters.sql.statements import Rules, Statement, as_it_is, compile_shape, render_shape
from adapters.sqlserver import BACKEND

GOLDEN: Final = Path(__file__).parents[1] / "golden" / "tsql"
RENEW: Final = "BASCULE_TEST_RENEW"

_PAGE: Final = 1252
_TYPES: Final = {
    "Id": ColumnType("integer", precision=10, scale=0),
    "Line": ColumnType("integer", precision=5, scale=0),
    "Code": ColumnType("char", 8, ccsid=_PAGE),
    "Name": ColumnType("varchar", 40, ccsid=_PAGE),
    "Notes": ColumnType("varchar", ccsid=_PAGE),
    "Other": ColumnType("varchar", 40),
    "NCode": ColumnType("char", 8, ccsid=1200),
    "NName": ColumnType("varchar", 40, ccsid=1200),
    "NNotes": ColumnType("varchar", ccsid=1200),
    "Price": ColumnType("decimal", precision=19, scale=4),
    "Rate": ColumnType("float"),
    "Open": ColumnType("boolean"),
    "Day": ColumnType("date"),
    "Clock": ColumnType("time", 3),
    "Clock7": ColumnType("time", 7),
    "Old": ColumnType("timestamp"),
    "Small": ColumnType("timestamp", 0),
    "New": ColumnType("timestamp", 3),
    "New7": ColumnType("timestamp", 7),
    "At": ColumnType("timestamptz", 7),
    "Raw": ColumnType("binary", 16),
    "Image": ColumnType("binary"),
    "Version": ColumnType("binary", 8),
    "Guid": ColumnType("uuid"),
    "Variant": ColumnType("varchar", 8000, ccsid=1200),
}
_KNOWN: Final = Table("T", tuple(Column(name, kind, name not in {"Id", "Line"}) for name, kind in _TYPES.items()))
_ALL: Final = tuple(_TYPES)
_CAST_WHEN_COMPARED: Final = {"Notes", "NNotes", "Image", "Variant"}

_SIGNS: Final[dict[str, Literal["<", "<=", ">", ">="]]] = {"lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_KEY: Final = (Order("Id"), Order("Line"))
_CTE: Final = """
-- what is open
;WITH [open ( items] AS (
    SELECT Id, Line, 'a ; ) -- b' AS Note FROM dbo.Items /* ( */ WHERE State <> 'X'
), counted AS (SELECT COUNT(*) AS N FROM [open ( items])
SELECT o.Id, o.Line, c.N AS Price FROM [open ( items] AS o CROSS JOIN counted AS c -- all
;
"""
_NAMESPACES: Final = "WITH XMLNAMESPACES ('urn:a' AS a) SELECT Id, x.value('(/a:b)[1]', 'int') AS Line FROM Docs"

SHAPES: Final[dict[str, Shape]] = {
    "list": Shape(_ALL, "T", order=_KEY, limited=True),
    "list_unlimited": Shape(("Id", "Name"), "sales.T", order=_KEY),
    "item": Shape(("Id", "Line", "Name"), "sales.T", where=All((Compare("Id", "="), Compare("Line", "=")))),
    "count": Shape((), "T", where=Compare("Name", "="), count=True),
    "count_all": Shape((), "T", count=True),
    "nothing": Shape(("Id",), "T", where=Any_(())),
    "names": Shape(("we]ird [?]", "select"), "odd [schema].odd ] table"),
    **{
        f"filter_{name.lower()}": Shape(
            ("Id",), "T", where=All((Compare(name, "="), Compare(name, "<>"), In(name, 2), In(name, 2, negated=True)))
        )
        for name in _ALL
    },
    **{
        f"operator_{word}": Shape(("Id",), "T", where=Compare("Name", sign))
        for word, sign in _SIGNS.items()
    },
    "null": Shape(("Id",), "T", where=Any_((Null("Name"), Null("Price", negated=True)))),
    **{
        f"like_{name.lower()}": Shape(("Id",), "T", where=All((Like(name, "prefix"), Like(name, "contains"))))
        for name in ("Code", "Name", "Notes", "Other", "NName", "NNotes", "Variant")
    },
    "page_of_a_key": Shape(("Id", "Line"), "T", order=_KEY, after=(False, False), limited=True),
    "page_backwards": Shape(
        ("Id", "Line"), "T", order=tuple(Order(o.column, descending=True) for o in _KEY), after=(False, False), limited=True
    ),
    "page_mixed": Shape(
        ("Id", "Line"), "T", order=(Order("Id"), Order("Line", descending=True)), after=(False, False), limited=True
    ),
    "page_after_a_value": Shape(("Name", "Id"), "T", order=(Order("Name"), *_KEY), after=(False,) * 3, limited=True),
    "page_after_null": Shape(("Name", "Id"), "T", order=(Order("Name"), *_KEY), after=(True, False, False), limited=True),
    "page_down_after_a_value": Shape(
        ("Old", "Id"), "T", order=(Order("Old", descending=True), *_KEY), after=(False,) * 3, limited=True
    ),
    "page_down_after_null": Shape(
        ("Old", "Id"), "T", order=(Order("Old", descending=True), *_KEY), after=(True, False, False), limited=True
    ),
    "page_of_long_text": Shape(("Notes", "Id"), "T", order=(Order("Notes"), *_KEY), after=(False,) * 3, limited=True),
    "page_under_a_filter": Shape(
        ("Id", "Line"), "T", where=Compare("Code", "="), order=_KEY, after=(False, False), limited=True
    ),
    "query": Shape(("Id", "Line"), query="SELECT Id, Line FROM Items WHERE At < '10:30:00';", limited=True),
    "query_with_expressions": Shape(
        ("Id", "Price"), query=_CTE, where=Compare("Id", ">"), order=_KEY, after=(False, False), limited=True
    ),
    "query_counted": Shape((), query=_CTE, where=In("Id", 3), count=True),
    "query_with_namespaces": Shape(("Id", "Line"), query=_NAMESPACES, order=_KEY, limited=True),
}  # fmt: skip

_PARSED: Final = sorted(SHAPES.keys() - {"query_with_namespaces"})  # sqlglot does not know XMLNAMESPACES

_RULES: Final = Rules(
    BACKEND.dialect,
    BACKEND.traits,
    BACKEND.bind,
    BACKEND.wildcards,
    BACKEND.place or as_it_is,
    BACKEND.project or as_it_is,
    hoists=BACKEND.hoists,
    operand=BACKEND.operand or as_it_is,
    literal=BACKEND.literal,
)


def _known(name: str) -> Table:
    text = ColumnType("varchar", 9)
    return Table("odd", (Column("we]ird [?]", text), Column("select", text))) if name == "names" else _KNOWN


def _statement(name: str) -> Statement:
    return compile_shape(SHAPES[name], _known(name), _RULES)


def _tree(name: str) -> exp.Expr:
    return sqlglot.parse_one(_statement(name).text, dialect="tsql", error_level=sqlglot.ErrorLevel.RAISE)


@pytest.mark.parametrize("name", SHAPES)
def test_the_text_is_the_one_that_was_reviewed(name: str) -> None:
    """Statements are, sign by sign, the committed ones. `BASCULE_TEST_RENEW=1` writes them anew; then read the difference."""
    found = _statement(name).text + "\n"
    file = GOLDEN / f"{name}.sql"
    if os.environ.get(RENEW) == "1":
        file.write_text(found, encoding="utf-8")
    kept = file.read_text(encoding="utf-8")
    difference = difflib.unified_diff(kept.splitlines(), found.splitlines(), "reviewed", "now", n=1, lineterm="")
    assert found == kept, "\n".join([f"{RENEW}=1 renews tests/golden/tsql", *difference])


def test_no_reviewed_text_is_left_over() -> None:
    """Each file belongs to a shape."""
    assert {file.stem for file in GOLDEN.glob("*.sql")} == set(SHAPES)


@pytest.mark.parametrize("name", _PARSED)
def test_the_text_is_one_statement_of_t_sql(name: str) -> None:
    """Another reader of T-SQL takes it, as one SELECT, with a placeholder for every value."""
    tree = _tree(name)
    assert isinstance(tree, exp.Select)
    assert len(list(tree.find_all(exp.Placeholder))) == len(_statement(name).slots)


@pytest.mark.parametrize("name", _PARSED)
def test_the_text_suits_every_server_since_2008(name: str) -> None:
    """TOP and keysets instead of OFFSET, FETCH or row numbers; the limit is a value, in parentheses."""
    tree, text = _tree(name), _statement(name).text
    assert not list(tree.find_all(exp.Offset, exp.Fetch, exp.Window))
    assert ("SELECT TOP (?) " in text) == SHAPES[name].limited
    assert "POSTCOMPILE" not in text


@pytest.mark.parametrize(
    "name", [name for name in _PARSED if not any(name.endswith(each.lower()) for each in _CAST_WHEN_COMPARED)]
)
def test_casts_are_of_values_and_never_of_columns(name: str) -> None:
    """In WHERE, only a placeholder is cast: a cast of the column would keep its index from being used."""
    if name == "page_of_long_text":
        return
    where = _tree(name).args.get("where")
    for cast in where.find_all(exp.Cast) if where else ():
        assert isinstance(cast.this, exp.Placeholder), cast.sql("tsql")


@pytest.mark.parametrize(
    "name", ["filter_notes", "filter_nnotes", "filter_image", "filter_variant", "page_of_long_text"]
)
def test_what_cannot_be_compared_is_cast_to_what_can(name: str) -> None:
    """text, ntext, xml, image and sql_variant take part in no comparison, and not in ORDER BY."""
    tree = _tree(name)
    column = {"page_of_long_text": "Notes"}.get(name) or next(
        each for each in _CAST_WHEN_COMPARED if name == f"filter_{each.lower()}"
    )
    for part in (tree.args["where"], tree.args.get("order")):
        for found in part.find_all(exp.Column) if part else ():
            assert found.name != column or isinstance(found.parent, exp.Cast)


def test_expressions_stand_before_the_statement() -> None:
    """A CTE cannot stand in a derived table: it comes first, and the query's own SELECT goes into the brackets."""
    text = _statement("query_with_expressions").text
    assert text.startswith("WITH [open ( items] AS (")
    assert "FROM (\nSELECT o.Id, o.Line, c.N AS Price" in text
    assert _statement("query_with_namespaces").text.startswith("WITH XMLNAMESPACES ('urn:a' AS a) SELECT TOP (?)")


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM T",
        "EXEC dbo.Change",
        "WITH x AS (SELECT 1 AS Id) INSERT INTO T SELECT Id FROM x",
        ";WITH x AS (SELECT 1 AS Id) DELETE FROM x",
        "SELECT 1 AS Id; DROP TABLE T",
        "SELECT 1 AS Id) AS q; DELETE FROM T; SELECT * FROM (SELECT 1 AS Id",
        "SELECT Id INTO Copy FROM T",
        "SELECT Id FROM [T]]]) AS q; DROP TABLE [T]",
    ],
)
def test_a_query_that_writes_is_refused(query: str) -> None:
    """Nothing in a session forbids writing, so that such a text never becomes a statement."""
    with pytest.raises(Denied):
        compile_shape(Shape(("Id",), query=query), _KNOWN, _RULES)


@pytest.mark.parametrize(
    "query", ["SELECT Id FROM [a;b]", "SELECT 'DELETE; (' AS Id", "SELECT [it's ]]; DELETE] AS Id FROM T -- ; )"]
)
def test_signs_in_names_and_text_are_no_statement(query: str) -> None:
    """Semicolons, quotes and parentheses within quoted names, text and comments mean nothing."""
    assert "FROM (\nSELECT" in compile_shape(Shape(("Id",), query=query), _KNOWN, _RULES).text


def test_literals_are_those_of_t_sql() -> None:
    """For people, values stand where they go, and as the server reads them."""
    shape = Shape(
        ("Id",), "T", where=All((Compare("NName", "="), Compare("Raw", "="), Compare("Open", "="), Compare("Old", ">")))
    )
    text = render_shape(shape, _KNOWN, _RULES, ["Größe's", b"\x00\xff", True, "2024-02-29 01:02:03.1234"])
    assert "[NName] = N'Größe''s'" in text
    assert "[Raw] = 0x00FF" in text
    assert "[Open] = 1" in text
    assert "> CAST('2024-02-29T01:02:03.123' AS DATETIME)" in text


def test_values_go_where_the_port_says() -> None:
    """TOP comes first in the text, and last among the values."""
    shape = Shape(("Id",), "T", where=Compare("Id", ">"), order=_KEY, after=(False, False), limited=True)
    given: list[Any] = _statement_of(shape).bind([1, 2, 3, 50])
    assert given == [50, 1, 2, 2, 2, 3]


def _statement_of(shape: Shape) -> Statement:
    return compile_shape(shape, Catalog({"T": _KNOWN}).tables["T"], _RULES)
