"""Who may import whom, and what must not be loaded until it is needed."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.house.source import ROOT


def test_the_import_contracts_are_kept() -> None:
    """The layers and the borders in pyproject.toml hold. In a process of its own: import-linter turns other loggers off."""
    script = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("module", "unwanted", "why"),
    [
        ("app.web.factory", "pyodbc", "a gateway over SQLite runs where no unixODBC is installed"),
        ("app.cli", "flask", "`bascule check` needs no web framework"),
        ("app.pipeline", "flask", "the pipeline knows no web framework"),
        ("app.pipeline", "sqlalchemy", "statements are built below the port"),
        ("adapters.port", "sqlalchemy", "the port is only values"),
    ],
)
def test_a_module_does_not_load(module: str, unwanted: str, why: str) -> None:
    """Importing the module in a fresh process leaves the other unloaded."""
    script = f"import sys, {module}; sys.exit({unwanted!r} in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{module} loads {unwanted}, but {why}\n{done.stderr}"
