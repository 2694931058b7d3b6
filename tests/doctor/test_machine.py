"""What this machine has: packages, driver manager, drivers, data sources; each also where it is missing, for real."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from adapters.diagnosis import Driver, package
from adapters.port import Finding
from tests.doctor.machines import without_driver_manager, without_drivers
from tests.house.source import ROOT

_ASK = """
import dataclasses, json, sys
from adapters.diagnosis import Driver, data_source, driver_manager, odbc_driver
print(json.dumps(dataclasses.asdict(eval(sys.argv[1]))))
"""
IBM = Driver(("IBM i Access ODBC Driver", "IBM i Access ODBC Driver 64-bit"), "ibm-iaccess")
LITE = "[Lite]\nDriver = {library}\n"


def _asked(what: str, variables: dict[str, str]) -> dict[str, Any]:
    """What a fresh process finds: a driver manager reads its files once in a process."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    done = subprocess.run(
        [sys.executable, "-c", _ASK, what], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_package_that_is_not_installed() -> None:
    """The step installs it into this very Python."""
    found = package("bascule_no_such_package", "odbc")
    assert (found.step, found.state) == ("package", "missing")
    assert any("pip install" in step and "bascule[odbc]" in step for step in found.mend)


def test_a_package_that_does_not_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """psycopg without libpq is there and cannot be imported: its own words are shown."""
    (tmp_path / "half_a_package.py").write_text("raise ImportError('libpq.so.5: cannot open')", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    found = package("half_a_package", "postgresql")
    assert (found.state, found.text.splitlines()[1]) == ("failed", "libpq.so.5: cannot open")


def test_a_package_without_a_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module that no distribution brought is there all the same."""
    (tmp_path / "bare_module.py").write_text("", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    assert package("bare_module", "odbc") == Finding("package", "ok", "bare_module")


def test_a_driver_manager_that_the_loader_does_not_find(tmp_path: Path) -> None:
    """The loader's own words are kept; the step installs unixODBC."""
    found = _asked("driver_manager()", without_driver_manager(tmp_path))
    assert found["state"] == "missing"
    assert "libodbc.so.9: cannot open shared object file" in found["text"]
    assert "unixodbc" in " ".join(found["mend"]).lower()


def test_a_pyodbc_that_is_broken_otherwise(tmp_path: Path) -> None:
    """What is not the driver manager's fault is mended by installing the package again."""
    (tmp_path / "pyodbc.py").write_text("raise ImportError('undefined symbol: PyUnicode_X')", encoding="utf-8")
    found = _asked("driver_manager()", {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"})
    assert (found["state"], found["text"].splitlines()[1]) == ("failed", "undefined symbol: PyUnicode_X")
    assert "--force-reinstall" in " ".join(found["mend"])


def test_a_machine_without_any_driver(tmp_path: Path) -> None:
    """unixODBC with an empty odbcinst.ini: the driver is missing, and the file that was read is named."""
    found = _asked(f"odbc_driver({IBM!r})", without_drivers(tmp_path))
    assert found["state"] == "missing"
    assert 'driver "IBM i Access ODBC Driver"' in found["text"]
    assert "no driver is registered at all" in found["text"]
    assert "ibm-iaccess" in " ".join(found["mend"])


def test_other_drivers_are_listed(tmp_path: Path) -> None:
    """A name that is spelt otherwise is found by eye; a driver that nobody knows a remedy for has general steps."""
    variables = without_drivers(tmp_path, LITE.format(library="liblite.so"))
    found = _asked('odbc_driver(Driver(("Light",)))', variables)
    assert "registered are: Lite" in found["text"]
    assert "name one of those in the contract, or" in found["mend"]


def test_a_driver_under_its_other_name(tmp_path: Path) -> None:
    """IBM registers its driver under two names, and driver managers take names in any case."""
    variables = without_drivers(tmp_path, "[ibm i access odbc driver 64-BIT]\nDriver = libcwbodbc.so\n")
    assert _asked(f"odbc_driver({IBM!r})", variables)["state"] == "ok"


def test_a_driver_whose_library_lacks_something(tmp_path: Path) -> None:
    """A registered driver that cannot be loaded says what the loader says."""
    variables = without_drivers(tmp_path, LITE.format(library=tmp_path / "gone.so"))
    found = _asked('odbc_driver(Driver(("Lite",)))', variables)
    assert found["state"] == "failed"
    assert "gone.so: cannot open shared object file" in found["text"]
    assert found["mend"][0].startswith("ldd ")


def test_a_driver_by_its_file(tmp_path: Path) -> None:
    """A path names the library itself, registered or not."""
    found = _asked(f'odbc_driver(Driver(("{tmp_path}/libx.so",)))', {})
    assert (found["state"], found["text"]) == ("missing", f"driver {tmp_path}/libx.so: there is no such file")
    assert found["mend"]


def test_a_data_source(tmp_path: Path) -> None:
    """One that is described is there; for another, those that there are, and the file to write, are named."""
    described = "[ODBC Data Sources]\nshop = Lite\n[shop]\nDriver = Lite\n"
    variables = without_drivers(tmp_path, LITE.format(library="liblite.so"), described)
    assert _asked('data_source("SHOP")', variables) == {
        "step": "data-source",
        "state": "ok",
        "text": "data source SHOP",
        "mend": [],
    }
    found = _asked('data_source("stock")', variables)
    assert (found["state"], found["text"].splitlines()[1]) == ("missing", "there are: shop")
    assert "[stock]" in found["mend"][0]
    assert str(tmp_path / "odbc.ini") in found["mend"][0]


def test_a_machine_without_odbcinst(tmp_path: Path) -> None:
    """unixODBC's own tool is a package of its own on some systems; without it, only the version is not known."""
    tools = tmp_path / "bin"
    tools.mkdir()
    found = _asked("driver_manager()", {"PATH": str(tools)})
    assert (found["state"], found["text"]) == ("ok", "unixODBC")
