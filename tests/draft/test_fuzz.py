"""Drafted contracts under schemathesis: what a draft promises is what is done."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from tests.draft.conftest import drafted
from tests.house.source import ROOT

CHINOOK = "BASCULE_TEST_CHINOOK"  # a folder with Chinook_Sqlite.sql, of https://github.com/lerocha/chinook-database
MUSIC = "title: Music\nsources:\n  music: {kind: sqlite, path: music.db, deadline: 30s}\nsecurity: open\n"


def fuzzed(folder: Path) -> str:
    """What schemathesis says of a folder; fails where it finds something."""
    run = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/draft/fuzzed.py"]
    variables = {**os.environ, "BASCULE_TEST_FOLDER": str(folder)}
    done = subprocess.run(run, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_the_drafted_plant_keeps_its_promises(undocumented: Path) -> None:
    """Nothing is found in any operation of the demo plant's draft: a list and an item of each table."""
    assert "18 passed" in fuzzed(undocumented)


if CHINOOK in os.environ:  # collected where the database is, as the suite of a SQL Server is

    def test_a_drafted_music_shop_keeps_its_promises(tmp_path: Path) -> None:
        """Nothing is found in any operation of the draft of Chinook, which nobody here wrote."""
        with closing(sqlite3.connect(tmp_path / "music.db")) as database:
            database.executescript((Path(os.environ[CHINOOK]) / "Chinook_Sqlite.sql").read_text(encoding="utf-8-sig"))
        (tmp_path / "gateway.yaml").write_text(MUSIC, encoding="utf-8")
        assert "22 passed" in fuzzed(drafted(tmp_path, "music"))
