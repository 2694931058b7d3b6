"""The reference page of the demo says what the code says."""

from __future__ import annotations

import re
from pathlib import Path

from app.demo.catalogs import DATABASES
from app.demo.dirt import rows_of_reference

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "demo-plant.md"


def test_the_page_lists_the_dirt() -> None:
    """The page's table of dirt is the one that the generator plants from."""
    page = PAGE.read_text(encoding="utf-8").splitlines()
    first = page.index("| table | column | kind | values |") + 2
    assert page[first : page.index("", first)] == rows_of_reference()


def test_the_page_names_columns_that_exist() -> None:
    """Every name in capitals that the page's tables begin with is a table or a column."""
    names = {table.name for database in DATABASES for table in database.tables}
    names |= {column.name for database in DATABASES for table in database.tables for column in table.columns}
    lines = [
        line for line in PAGE.read_text(encoding="utf-8").splitlines() if re.match(r"\| (`|\*\*)[A-Z0-9]{4,}\b", line)
    ]
    mentioned = {name for line in lines for name in re.findall(r"\b[A-Z][A-Z0-9]{4,}\b", line.split("|")[1])}
    assert mentioned - {"DATETIME", "MONEY", "NVARCHAR", "ROWVERSION", "TINYINT", "UNIQUEIDENTIFIER"} <= names
    assert len(mentioned) > 30
