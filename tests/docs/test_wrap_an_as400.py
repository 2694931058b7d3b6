"""The page "Wrap an AS/400" is followed, word by word, on the tests' stand-in; what it says of codes is what the code does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pyodbc
import pytest

from adapters.as400 import FAULTS
from app.stages.execute import PROBLEM_OF
from tests.adapters.as400_fakes import raised
from tests.docs import erp400
from tests.docs.walk import Walk
from tests.house.source import ROOT
from tests.standins.as400 import Standin
from tests.standins.as400.fixture import as400_standin
from tests.standins.as400.server import PASSWORD

__all__ = ["as400_standin"]

PAGE: Final = ROOT / "docs/how-to/wrap-an-as400.md"

_FILES: Final = (
    (
        "CREATE TABLE QIWS.QCUSTCDT (CUSNUM NUMERIC(6,0) NOT NULL, LSTNAM CHAR(8) NOT NULL, INIT CHAR(3) NOT NULL, "
        "STREET CHAR(13) NOT NULL, CITY CHAR(6) NOT NULL, STATE CHAR(2) NOT NULL, ZIPCOD NUMERIC(5,0) NOT NULL, "
        "CDTLMT NUMERIC(4,0) NOT NULL, CHGCOD NUMERIC(1,0) NOT NULL, BALDUE NUMERIC(6,2) NOT NULL, "
        "CDTDUE NUMERIC(6,2) NOT NULL)"
    ),
    (
        "INSERT INTO QIWS.QCUSTCDT VALUES "
        "(938472, 'Henning', 'G K', '4859 Elm Ave', 'Dallas', 'TX', 75217, 5000, 3, 37.00, 0.00), "
        "(839283, 'Jones', 'B D', '21B NW 135 St', 'Clay', 'NY', 13041, 400, 1, 100.00, 0.00), "
        "(392859, 'Vine', 'S S', 'PO Box 79', 'Broton', 'VT', 5046, 700, 1, 439.00, 0.00)"
    ),
    (
        "CREATE TABLE PRODLIB.ORDHDR (ORDNO DECIMAL(7,0) NOT NULL, CUSNO CHAR(8) NOT NULL, ORDDT DECIMAL(7,0) NOT NULL, "
        "ORDAM DECIMAL(11,0) NOT NULL, ORDST CHAR(2) NOT NULL, ORDRM CHAR(10) FOR BIT DATA NOT NULL, ACREC CHAR(1) NOT NULL)"
    ),
    "CREATE INDEX PRODLIB.ORDHDRL1 ON PRODLIB.ORDHDR (CUSNO, ORDNO)",
    "CREATE INDEX PRODLIB.ORDHDRL2 ON PRODLIB.ORDHDR (ORDDT, ORDNO)",
    (
        "INSERT INTO PRODLIB.ORDHDR VALUES "
        "(4711, '   10001', 1260131, 1895000, '20', X'C781A38540F340404040', 'A'), "
        "(4712, '   10002', 1260228, 237500, '30', X'40404040404040404040', 'A'), "
        "(4713, '   10001', 1260231, 41200, '30', X'40404040404040404040', 'A'), "
        "(4714, '   10001', 1260301, 99900, '10', X'40404040404040404040', 'D')"
    ),
    "INSERT INTO QSYS2.TABLE_LABELS VALUES ('PRODLIB', 'ORDHDR', 'ORDHDR', 'Order headers')",
    (
        "INSERT INTO QSYS2.COLUMN_LABELS VALUES ('PRODLIB', 'ORDHDR', 'ORDDT', 'ORDDT', 'Order date, CYYMMDD', NULL, NULL), "
        "('PRODLIB', 'ORDHDR', 'CUSNO', 'CUSNO', 'Customer, right-justified', NULL, 37), "
        "('PRODLIB', 'ORDHDR', 'ORDAM', 'ORDAM', 'Order total, cents', NULL, NULL), "
        "('PRODLIB', 'ORDHDR', 'ORDST', 'ORDST', 'Status', NULL, 37), "
        "('PRODLIB', 'ORDHDR', 'ACREC', 'ACREC', NULL, NULL, 37)"
    ),
    "INSERT INTO QSYS2.SYSTABLEINDEXSTAT VALUES ('PRODLIB', 'ORDHDR', 'PRODLIB', 'ORDHDR', 'PHYSICAL', '0', 'ORDNO', NULL)",
)
_GONE: Final = (
    "DROP TABLE QIWS.QCUSTCDT",
    "DROP TABLE PRODLIB.ORDHDR",
    "DROP SCHEMA QIWS RESTRICT",
    "DROP SCHEMA PRODLIB RESTRICT",
    "DELETE FROM QSYS2.TABLE_LABELS WHERE TABLE_SCHEMA = 'PRODLIB'",
    "DELETE FROM QSYS2.COLUMN_LABELS WHERE TABLE_SCHEMA = 'PRODLIB'",
    "DELETE FROM QSYS2.SYSTABLEINDEXSTAT WHERE TABLE_SCHEMA = 'PRODLIB'",
)


@pytest.fixture
def erp(as400_standin: Standin) -> Iterator[Standin]:
    """The stand-in with IBM's sample file, and the file of orders of the page."""
    as400_standin.execute("CREATE SCHEMA QIWS", "CREATE SCHEMA PRODLIB", *_FILES)
    try:
        yield as400_standin
    finally:
        as400_standin.execute(*_GONE)


@pytest.fixture
def machine(erp: Standin, tmp_path: Path) -> dict[str, str]:
    """The variables of a machine on which IBM's driver is registered, by its name, as the stand-in's."""
    (tmp_path / "odbcinst.ini").write_text(f"[IBM i Access ODBC Driver]\nDriver = {erp.driver}\n", encoding="utf-8")
    return {**erp400.variables(erp), "ODBCSYSINI": str(tmp_path), "AS400_PASSWORD": PASSWORD, "NO_COLOR": "1"}


def test_the_page_can_be_followed(erp: Standin, machine: dict[str, str], tmp_path: Path) -> None:
    """From nothing to JSON: every file, command and answer of the page is as it stands there."""
    folder = tmp_path / "walk"
    folder.mkdir()
    walk = Walk(PAGE, folder, "tests.docs.erp400", machine)
    with erp400.on_the_way(erp.words()):
        walk.follow()
    assert walk.done == {"yaml": 3, "sh": 6, "text": 4, "json": 2}


def _rows() -> list[tuple[str, str]]:
    """The table of codes: each code with the problem that a caller sees."""
    table = PAGE.read_text(encoding="utf-8").partition("| code |")[2]
    rows = [[cell.strip() for cell in line.split("|")] for line in table.splitlines() if line.startswith("| `")]
    return [(code, row[3].strip("`")) for row in rows for code in re.findall(r"`(\w+)`", row[1])]


@pytest.mark.parametrize(("code", "problem"), _rows())
def test_a_code_is_the_problem_that_the_page_says(code: str, problem: str) -> None:
    """What the page says of a code, in the driver's own form of it, is what the gateway makes of it."""
    state = code if len(code) == len("HY000") else "HY000"
    failure = FAULTS.translate(raised(pyodbc.Error, state, f"{code} - what the host says of it"))
    assert PROBLEM_OF.get(type(failure), "source-error") == problem


def test_the_table_of_codes_is_read() -> None:
    """The test above would be empty if the page's table had another form."""
    assert {"SQL0913", "CWBSY0011", "IM002", "SQL0901"} <= {code for code, _ in _rows()}
