"""Machines that lack something, for real: a driver manager that the loader does not find, a folder without drivers.

In charge of a Python process on such a machine. The steps that it is told are those of Debian 12, wherever it runs.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.house.source import ROOT

_RUN = """
import sys
from adapters.diagnosis import Platform, remedies
remedies.here = lambda: Platform("debian", "Debian GNU/Linux 12 (bookworm)", "debian/12")
from app.cli import main
main(sys.argv[1:])
"""


def bascule(*arguments: object, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """`bascule` with these arguments, in a process with these variables more."""
    command = [sys.executable, "-c", _RUN, *map(str, arguments)]
    variables = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", **(environment or {})}
    return subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)


def without_driver_manager(folder: Path) -> dict[str, str]:
    """The variables of a machine without unixODBC.

    pyodbc is a copy whose library asks for a driver manager of a version that there is none of: it is the system's own loader
    that refuses it.
    """
    spec = find_spec("pyodbc")
    if spec is None or spec.origin is None or b"libodbc.so.2" not in Path(spec.origin).read_bytes():
        pytest.skip("this pyodbc was not built for unixODBC's libodbc.so.2")
    library = Path(spec.origin)
    (folder / library.name).write_bytes(library.read_bytes().replace(b"libodbc.so.2", b"libodbc.so.9"))
    return {"PYTHONPATH": os.pathsep.join((str(folder), str(ROOT)))}


def without_drivers(folder: Path, drivers: str = "", sources: str = "") -> dict[str, str]:
    """The variables of a machine whose unixODBC knows these drivers and data sources, as its files describe them."""
    (folder / "odbcinst.ini").write_text(drivers, encoding="utf-8")
    (folder / "odbc.ini").write_text(sources, encoding="utf-8")
    return {"ODBCSYSINI": str(folder), "ODBCINI": str(folder / "odbc.ini")}
