"""Catalog files that people have been at: read table by table, they say what they say when they are read as a whole."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.port import Catalog
from app.contract import catalog_file
from app.contract.catalog_blocks import cut
from app.contract.catalog_file import read
from app.shapes import Fault, Faults
from tests.contract.test_catalog_file import WRITTEN, by_table, whole

PLAIN = """\
tables:
  A:
    text: The first
    columns:
      ID: {type: integer, null: false}
      NAME: {type: varchar, null: true, text: "A: name, \\"quoted\\" # no comment"}
    key: [ID]
    indexes:
      A_ID: {columns: [ID], unique: true}
  "B #2":
    rows: 12
    columns:
      ID: {type: date, null: true}
    foreign_keys:
      - {columns: [ID], table: A, references: [ID]}
queries:
  q.sql:
    columns:
      N: {type: integer, null: true}
"""
EDITS = {
    "a comment": ("  A:\n", "# of mine\n  # mine\n  A: # the first\n          # deep\n"),
    "blank lines": ("    key", "\n   \n    key"),
    "blanks at the end": ("    key: [ID]", "    key: [ID]   "),
    "other quotes": ('"B #2"', "'B #2'"),
    "an apostrophe in quotes": ("The first", "'It''s the first'"),
    "quotes where none are needed": ("  A:", '  "A":'),
    "an escape in a name": ('"B #2"', '"B\\x41\\u00df"'),
    "a blank before the colon": ("  A:", "  A :"),
    "a table in brackets": (
        '  "B #2":\n    rows: 12\n    columns:\n',
        "  C: {columns: {X: {type: date}}}\n  D:\n    columns:\n",
    ),
    "words at another depth": ("      A_ID:", "            A_ID:"),
    "a table at another depth": (
        PLAIN[PLAIN.index("    rows: 12") : PLAIN.index("queries")],
        "   rows: 12\n   columns: {X: {type: date}}\n",
    ),
    "an umlaut": ("The first", "Größe"),
    "no queries": (PLAIN[PLAIN.index("queries") :], ""),
    "the queries in front": (PLAIN, PLAIN[PLAIN.index("queries") :] + PLAIN[: PLAIN.index("queries")]),
    "no line break at the end": ("      N: {type: integer, null: true}\n", "      N: {type: integer, null: true}"),
}
LEFT = {
    "tables at another depth": ("  A:", "   A:"),
    "an anchor": ("{type: date, null: true}", "&d {type: date, null: true}"),
    "an alias": ("{type: date, null: true}", "*d"),
    "a tag": ("rows: 12", "rows: !!int 12"),
    "a quoted text of two lines": ("The first", '"The\n      first"'),
    "a text of two lines": ("The first", "The\n      first"),
    "a text of several lines": ("The first", "|\n      The\n      first"),
    "brackets over two lines": ("key: [ID]", "key: [\n  ID]"),
    "a list a line an item": ("key: [ID]", "key:\n      -  - ID"),
    "a quote that ends in the next table": ("The first", '"The first\n  B:\n    text: "'),
    "a table twice": ('"B #2"', '"A"'),
    "a name that is blank": ("  A:", '  "  ":'),
    "a name that is no text": ("  A:", "  [A]:"),
    "a name with a NUL": ("  A:", '  "A\\0":'),
    "a name that is too long": ("  A:", f"  {'A' * 1100}:"),
    "a table too little indented": ("  A:", " A:"),
    "tables as a list": ("  A:", "  - A:"),
    "an unknown section": ("queries:", "query:"),
    "a section twice": ("queries:", "tables:"),
    "no tables in the section": (PLAIN[: PLAIN.index("queries")], "tables:\n"),
    "tables after an empty section": ("tables:\n", "tables: {}\n"),
    "a word before the tables": ("tables:\n", "tables:\n    X: 1\n"),
    "a second document": ("queries:", "---\nqueries:"),
    "a tab": ("    key", "\tkey"),
    "a sign that ends a line elsewhere": ("The first", "The\u2028first"),
    "a comma in a text": ("The first", "First, of all"),
    "a text alone": ("    key: [ID]", "    key"),
}


def edited(name: str) -> str:
    """The plain text with one of the edits."""
    old, new = {**EDITS, **LEFT}[name]
    assert PLAIN.count(old) >= 1
    return PLAIN.replace(old, new, 1)


@pytest.mark.parametrize("name", EDITS)
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_text_that_was_edited_is_still_cut(name: str, ends: str) -> None:
    """Comments, blank lines, quotes and depths make no other catalog of it, and it need not be read as a whole."""
    text = edited(name).replace("\n", ends)
    assert cut(text) is not None
    catalog = whole(text)
    assert isinstance(catalog, Catalog)
    assert by_table(text) == by_table(text, list(catalog.tables)) == catalog


@pytest.mark.parametrize("name", LEFT)
def test_a_text_of_another_form_is_read_as_a_whole(name: str) -> None:
    """Where one block may depend on another, or a line on the next, nothing is cut."""
    text = edited(name)
    assert cut(text) is None
    assert by_table(text) == whole(text)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("key: [ID]", "key: [ID}"),
        ("{type: integer, null: false}", "{type: integer, null: false]"),
        ("key: [ID]", "key: [ID,]"),
        ("key: [ID]", "key: [ID, ID: x]"),
        ("    key: [ID]", "   key: [ID]"),
        ("    text: The first", "    text: The first\n      more: of it"),
        ("rows: 12", "rows: twelve"),
        ("rows: 12", "row: 12"),
        ("rows: 12", "rows: 12\n    rows: 13"),
    ],
)
def test_a_fault_within_a_block_is_told_as_ever(old: str, new: str) -> None:
    """What a line ends, rightly or wrongly, is no matter of the form: the text is cut, and its faults are those of the whole."""
    text = PLAIN.replace(old, new, 1)
    assert cut(text) is not None
    assert by_table(text) == by_table(text, ["B #2", "A"]) == whole(text)


def test_a_table_that_is_not_asked_for_is_not_read() -> None:
    """Its faults are told, with those of the whole file, when somebody asks for it; not before, and not by its name alone."""
    text = PLAIN.replace("rows: 12", "rows: many").replace("[ID], unique: true", "[ODD], unique: true")
    found: list[Fault] = []
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(catalog_file, "_LARGE", -1)
        catalog = read(text, "a.yaml", found.append, ["C"])
        assert catalog is not None
        assert read(text, "a.yaml", found.append, ["A"]) is None
    assert list(catalog.tables) == ["A", "B #2"]
    assert ("A" in catalog.tables, "C" in catalog.tables, catalog.tables.get("C"), len(catalog.tables)) == (
        True,
        False,
        None,
        2,
    )
    with pytest.raises(Faults) as raised:
        catalog.tables["B #2"]
    assert set(raised.value) == set(found) == whole(text)
    assert {fault.place.line for fault in found} == {9, 11}


def test_a_small_file_is_read_as_a_whole() -> None:
    """All of its faults are told at once, used or not: that takes no time."""
    found: list[Fault] = []
    assert read(PLAIN.replace("rows: 12", "rows: many"), "a.yaml", found.append, []) is None
    assert len(found) == 1


PIECES = [
    "#",
    " #",
    ":",
    ": ",
    '"',
    "'",
    "{",
    "}",
    "[",
    "]",
    ",",
    "&a ",
    "*a",
    "!",
    "|",
    ">",
    "-",
    "- ",
    "\n",
    "\r\n",
    "\t",
]
PIECES += [
    " ",
    "  ",
    "    ",
    "\n  A:\n",
    "\n  C: ",
    "\n\n",
    "---\n",
    "...\n",
    "%",
    "@",
    "`",
    "?",
    "? ",
    "\\",
    "\x85",
    "\u2028",
    "ß",
    "0",
]


@st.composite
def mangled(draw: st.DrawFn) -> str:
    """A text with some pieces put in, taken out, or moved."""
    text = draw(st.sampled_from([PLAIN, WRITTEN, edited("a comment"), edited("words at another depth")]))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(text)))
        end = min(len(text), at + draw(st.integers(0, 6)))
        text = text[:at] + draw(st.sampled_from(["", *PIECES])) + text[end:]
    return text


@settings(max_examples=600, suppress_health_check=[HealthCheck.too_slow])
@given(mangled())
def test_a_mangled_text_says_the_same_either_way(text: str) -> None:
    """The same values, or the same faults at the same places."""
    assert by_table(text) == whole(text)


@pytest.mark.parametrize("line", range(PLAIN.count("\n")))
def test_each_line_counts(line: int) -> None:
    """Without a line, or with it twice, the text says the same either way."""
    lines = PLAIN.splitlines(keepends=True)
    for text in _without(lines, line):
        assert by_table(text) == whole(text)


def _without(lines: list[str], line: int) -> Iterator[str]:
    yield "".join(lines[:line] + lines[line + 1 :])
    yield "".join(lines[: line + 1] + lines[line:])
