"""The page "Add a kind of database": its example is a kind, and it leaves out no word of what a kind declares."""

from __future__ import annotations

import dataclasses
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest

from adapters.guard import Driver
from adapters.port import Compare, Examination, Kind, Locked, Missing, Option, Order, Shape, Terms, Traits
from adapters.sql import Backend
from tests.house.source import ROOT

PAGE: Final = (ROOT / "docs/how-to/add-a-database-kind.md").read_text(encoding="utf-8")
_NAMED_BY_OTHERS: Final = {"kind", "traits", "name"}


def _example() -> dict[str, Any]:
    """What the page's module holds."""
    (code,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    module: dict[str, Any] = {}
    exec(compile(code, "ledger", "exec"), module)  # the page's own code
    return module


def test_the_example_reads(tmp_path: Path) -> None:
    """It reads its catalog, then a page of rows; a table that is gone has its name."""
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as made:
        made.execute("CREATE TABLE ENTRY (NUMBER INTEGER PRIMARY KEY, ACCOUNT TEXT)")
        made.executemany("INSERT INTO ENTRY VALUES (?, ?)", [(1, "4711"), (2, "4712"), (3, "4711")])
        made.commit()
    kind = _example()["KIND"]
    assert isinstance(kind, Kind)
    source = kind.open("books", {"path": str(tmp_path / "ledger.db")}, Terms(2, 5.0))
    try:
        source.learn(catalog := source.catalog(["ENTRY"]))
        assert [str(column.type) for column in catalog.tables["ENTRY"].columns] == ["integer(19,0)", "varchar"]
        page = Shape(("NUMBER",), "ENTRY", where=Compare("ACCOUNT", "="), order=(Order("NUMBER", True),), limited=True)
        assert [tuple(row) for row in source.run(page, ("4711", 10)).rows] == [(3,), (1,)]
        with closing(sqlite3.connect(tmp_path / "ledger.db")) as changed:
            changed.execute("DROP TABLE ENTRY")
        with pytest.raises(Missing):
            source.run(page, ("4711", 10))
    finally:
        source.close()


def test_the_example_reads_its_failures() -> None:
    """What the driver says is what the table of the page says that it means."""
    translate = _example()["FAULTS"].translate
    assert isinstance(translate(sqlite3.OperationalError("database is locked")), Locked)


@pytest.mark.parametrize("declared", [Traits, Driver, Backend, Examination, Option], ids=lambda each: each.__name__)
def test_no_word_is_left_out(declared: type) -> None:
    """Every field of what a kind declares is on the page: a new hook without a word there fails this test."""
    assert dataclasses.is_dataclass(declared)
    fields = {field.name for field in dataclasses.fields(declared)} - _NAMED_BY_OTHERS
    assert {name for name in fields if f"`{name}`" not in PAGE} == set()
