"""The page "Wrap a SQL Server" is followed, word by word; what it says of servers and numbers is what the code does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pyodbc
import pytest

from adapters.sqlserver.faults import FAULTS
from adapters.sqlserver.options import address
from app.stages.execute import PROBLEM_OF
from tests.docs import erpsql
from tests.docs.walk import Walk
from tests.house.source import ROOT

PAGE: Final = ROOT / "docs/how-to/wrap-a-sql-server.md"


def test_the_page_can_be_followed(tmp_path: Path) -> None:
    """From nothing to JSON: every file, command and answer of the page is as it stands there."""
    (tmp_path / "odbcinst.ini").write_text(
        "[ODBC Driver 18 for SQL Server]\nDriver = libmsodbcsql-18.so\n", encoding="utf-8"
    )
    machine = {"ODBCSYSINI": str(tmp_path), "MSSQL_PASSWORD": "let-me-in", "NO_COLOR": "1"}
    folder = tmp_path / "walk"
    folder.mkdir()
    walk = Walk(PAGE, folder, "tests.docs.erpsql", machine)
    with erpsql.on_the_way():
        walk.follow()
    assert walk.done == {"yaml": 2, "sh": 4, "text": 3, "json": 1}


def _tables(head: str) -> list[list[str]]:
    """The rows of the table that begins with this cell."""
    table = PAGE.read_text(encoding="utf-8").partition(f"| {head} |")[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.split(" | ")] for line in table.splitlines() if line.startswith("| `")]


def _numbers() -> list[tuple[str, str]]:
    return [(number, row[2].strip("`")) for row in _tables("number") for number in re.findall(r"`(\d+)`", row[0])]


@pytest.mark.parametrize(("number", "problem"), _numbers())
def test_a_number_is_the_problem_that_the_page_says(number: str, problem: str) -> None:
    """What the page says of a number is what the gateway makes of it."""
    text = f"[42000] [Microsoft][ODBC Driver 18 for SQL Server][SQL Server]What it says. ({number}) (SQLExecDirectW)"
    failure = FAULTS.translate(pyodbc.Error("42000", text))
    assert next(PROBLEM_OF[each] for each in type(failure).__mro__ if each in PROBLEM_OF) == problem


def test_the_table_of_numbers_is_read() -> None:
    """The test above would be empty if the page's table had another form."""
    assert {"18456", "1222", "10928"} <= {number for number, _ in _numbers()}


def test_a_server_is_what_the_page_says() -> None:
    """The four ways to write a server mean the ports that the page gives for them."""
    servers = [re.sub(r"[`| ]", "", row[0]) for row in _tables("`server`")]
    assert [address(server).port for server in servers] == [1433, 14330, None, 14330]
