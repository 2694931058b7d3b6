"""The page "Wrap any ODBC source" is followed over SQLite's ODBC driver; the options that it names are there."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from adapters.odbc import KIND
from tests.adapters.odbc_drivers import sqlite_driver
from tests.docs.walk import Walk
from tests.house.source import ROOT

__all__ = ["sqlite_driver"]

PAGE: Final = ROOT / "docs/how-to/wrap-any-odbc-source.md"


def test_the_page_can_be_followed(sqlite_driver: str, tmp_path: Path) -> None:
    """From a data source to JSON, in a process that finds it in its own odbc.ini."""
    database = tmp_path / "works.db"
    with closing(sqlite3.connect(database)) as works:
        works.execute(
            "CREATE TABLE PARTS (PARTNO CHAR(6) PRIMARY KEY, DESCR CHAR(20), PRICE DECIMAL(9,0), MOVED DECIMAL(8,0))"
        )
        works.executemany(
            "INSERT INTO PARTS VALUES (?, ?, ?, ?)",
            [
                ("000101", "Piston rod 40 mm    ", 18950, 20260131),
                ("000102", "Seal kit 40 mm      ", 2375, 20260228),
                ("000103", "Valve block         ", 41200, 0),
            ],
        )
        works.commit()
    source = f"[Works]\nDriver = {sqlite_driver}\nDatabase = {database}\n"
    (tmp_path / "odbc.ini").write_text(source, encoding="utf-8")
    (tmp_path / "odbcinst.ini").write_text("", encoding="utf-8")
    machine = {"ODBCSYSINI": str(tmp_path), "ODBCINI": str(tmp_path / "odbc.ini"), "NO_COLOR": "1"}
    folder = tmp_path / "walk"
    folder.mkdir()
    walk = _Walk(PAGE, folder, variables=machine)
    walk.follow()
    assert walk.done == {"yaml": 2, "sh": 2, "text": 1, "json": 1}


class _Walk(Walk):
    """A walk whose requests are made in another process too: a driver manager reads its files once in a process."""

    def _ask(self, command: list[str]) -> str:
        (url,) = (word for word in command if word.startswith("http"))
        path = url.partition("8080")[2]
        self._run(f"python -m tests.docs.asked {self.served} '{path}'")
        return self.output


def _named() -> Iterator[tuple[str, str]]:
    """Each option that the page names, with the value that it has there."""
    text = PAGE.read_text(encoding="utf-8")
    yield from re.findall(r"`(\w+): ([\w ]+)`", text.partition("| database |")[2].partition("\n\n")[0])
    for option in re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE):
        yield option, ""


@pytest.mark.parametrize(("option", "value"), sorted(set(_named())))
def test_an_option_takes_what_the_page_gives_it(option: str, value: str) -> None:
    """No starting point of the page is refused."""
    known = {each.name: each for each in KIND.options}
    assert option in known
    assert not value or not known[option].choices or value in known[option].choices


def test_every_choice_of_the_kind_is_explained() -> None:
    """What a kind takes by its own words is in the table of what to say."""
    named = {option for option, _ in _named()}
    assert {each.name for each in KIND.options if each.choices} <= named
