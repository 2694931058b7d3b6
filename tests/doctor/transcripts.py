"""Golden transcripts of the doctor: what it says, with what differs between machines replaced.

`BASCULE_TEST_RENEW=1` writes them anew.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

GOLDEN = Path(__file__).parents[1] / "golden" / "doctor"
RENEW = "BASCULE_TEST_RENEW"

_VERSIONS = (
    (re.compile(r"Bascule \S+, Python \S+, .*"), "Bascule X, Python X, SYSTEM"),
    (re.compile(r"\b(psycopg|pyodbc|sqlalchemy_ibmi|SQLite|unixODBC) \d[\w.]*"), r"\1 X"),
)


def hold(name: str, said: str, **places: object) -> None:
    """Compare what was said with tests/golden/doctor/NAME.txt; each of `places` is shown by its name in capitals."""
    for word, value in places.items():
        said = said.replace(str(value), word.upper())
    said = said.replace(sys.executable, "PYTHON")
    for pattern, shown in _VERSIONS:
        said = pattern.sub(shown, said)
    kept = GOLDEN / f"{name}.txt"
    if os.environ.get(RENEW) == "1":
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(said, encoding="utf-8")
    assert said == kept.read_text(encoding="utf-8")
