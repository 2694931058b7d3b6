"""bandit over the gateway and its adapters: nothing but what is known, each with the reason why it may stand.

The conformance suite is left out, and asserts with it: there they are tests, elsewhere they state what the type checker cannot
see. The rules of semgrep are in `.semgrep.yml`; docs/explanation/security.md has the run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Final

import pytest

from tests.house.source import ROOT

CONTRACT: Final = "the SQL is the contract author's own named query, described and not run"
OWN: Final = "the SQL is put together from constants of the module"
JITTER: Final = "chance that spreads load: nobody gains by foretelling it"
EMPTY: Final = "the default says that there is no secret"

ACCEPTED: Final[Mapping[tuple[str, str], tuple[int, str]]] = {  # file and rule: how often, and why
    ("adapters/as400/describe.py", "B608"): (2, CONTRACT),
    ("adapters/odbc/catalog.py", "B608"): (1, CONTRACT),
    ("adapters/postgresql/catalog.py", "B608"): (3, f"{OWN}; once {CONTRACT}"),
    ("adapters/sqlite/catalog.py", "B608"): (3, "names of the schema's own, in quotes"),
    ("adapters/sqlserver/catalog.py", "B608"): (7, f"{OWN}; twice {CONTRACT}"),
    ("adapters/diagnosis/machine.py", "B404"): (1, "one fixed command, without a shell"),
    ("adapters/diagnosis/machine.py", "B603"): (1, "one fixed command, without a shell"),
    ("adapters/guard/breaker.py", "B311"): (1, JITTER),
    ("adapters/guard/retries.py", "B311"): (1, JITTER),
    ("adapters/odbc/session.py", "B105"): (2, "the names of keywords, and no passwords"),
    ("app/callers/audit.py", "B107"): (2, EMPTY),
    ("app/callers/own_tokens.py", "B105"): (1, "the word that OAuth calls the type of a token"),
    ("app/changes/published.py", "B404"): (1, "git with fixed words, without a shell"),
    ("app/changes/published.py", "B603"): (1, "git with fixed words, without a shell"),
    ("app/demo/dice.py", "B311"): (1, "the demo's data is the same at each build"),
    ("app/demo/tables.py", "B608"): (1, OWN),
    ("app/plan/rows.py", "B102"): (
        1,
        "the text is generated from names that the contract's grammar allows, and holds no value",
    ),
    ("app/traces/traces.py", "B311"): (1, "which requests are sampled: nobody gains by foretelling it"),
    ("app/web/bridge.py", "B311"): (
        1,
        "the name of a request in logs, which opens nothing: nobody gains by foretelling it",
    ),
    ("app/web/server.py", "B108"): (1, "gunicorn's heartbeat files, which are unlinked as soon as they are open"),
}


def findings() -> Counter[tuple[str, str]]:
    """What bandit finds: file and rule, and how often. Skips where it is missing, fails where nothing may be skipped."""
    if find_spec("bandit") is None:
        reason = "bandit is not installed"
        if os.environ.get("BASCULE_TEST_REQUIRE") == "all":
            pytest.fail(reason)
        pytest.skip(reason)
    command = [
        sys.executable,
        "-m",
        "bandit",
        "--quiet",
        "--format",
        "json",
        "--configfile",
        "pyproject.toml",
        "--recursive",
    ]
    done = subprocess.run([*command, "app", "adapters"], cwd=ROOT, capture_output=True, text=True, check=False)
    told = json.loads(done.stdout)
    assert told["errors"] == [], done.stderr
    assert told["metrics"]["_totals"]["loc"] > 10_000, "it has read the gateway"
    return Counter((result["filename"], result["test_id"]) for result in told["results"])


def test_bandit_finds_what_is_known() -> None:
    """No finding is new, none is accepted that is gone, and no file silences the scanner by itself."""
    assert findings() == {place: number for place, (number, _) in ACCEPTED.items()}
    files = [path for package in ("app", "adapters") for path in (ROOT / package).rglob("*.py")]
    assert [path for path in files if "# nosec" in path.read_text(encoding="utf-8")] == []
