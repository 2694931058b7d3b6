"""A running gateway notices that its source has changed, in one of its processes, and goes on serving."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.serving.running import Running


def test_drift_is_noticed_and_told_once(folder: Path, tmp_path: Path) -> None:
    """Two workers, a look each second: one line for what is new, the numbers in /readyz, and nobody is refused."""
    running = Running.start(folder, tmp_path / "log", settings={"BASCULE_DRIFT_EVERY": "1"})
    try:
        running.wait(lambda: running.log().count("SourceChecked") > 1, "it has looked twice")
        assert drift(running)["breaking"] == 0
        with closing(sqlite3.connect(folder / "shop.db")) as connection:
            connection.execute("ALTER TABLE ITEM RENAME COLUMN ITDAT TO ITDAY")
        running.wait(lambda: drift(running)["breaking"] == 1, "the change is noticed")
        looks = running.log().count("SourceChecked")
        running.wait(lambda: running.log().count("SourceChecked") > looks + 1, "it has looked twice more")
        assert running.status("/readyz") == 200
    finally:
        assert running.end() == 0
    found = [line for line in running.log().splitlines() if "DriftFound" in line and "breaking" in line]
    assert len(found) == 1
    assert "place='shop.ITEM.ITDAT'" in found[0]
    assert "Traceback" not in running.log()


def drift(running: Running) -> dict[str, object]:
    """What /readyz says of the shop's database."""
    found: dict[str, object] = json.loads(running.get("/readyz")[2])["drift"]["shop"]
    return found
