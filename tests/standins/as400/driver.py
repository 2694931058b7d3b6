"""IBM's Db2 driver for tests: the library of the package ibm-db, behind one that widens its lengths.

In charge of building that one. The driver is IBM's own, unmodified, and is never passed on; a real IBM i would ask it for a
licence, so that it is of no use outside tests.
"""

from __future__ import annotations

import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

_SOURCE = Path(__file__).with_name("widened.c")


def missing() -> str:
    """What stands in the way of building, or empty."""
    if shutil.which("gcc") is None:
        return "no C compiler: apt install gcc libc6-dev"
    return "" if _library() else "no IBM driver: pip install ibm-db"


def build(folder: Path) -> Path:
    """Build the driver in a folder, and give its path."""
    library = _library()
    assert library is not None, missing()
    bundled = library.parents[1] / "ibm_db.libs"
    target = folder / "libdb2widened.so"
    subprocess.run(
        [
            "gcc", "-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-o", target, _SOURCE,
            "-Wl,--no-as-needed", f"-L{library}", "-l:libdb2.so.1", f"-Wl,-rpath,{library}",
            f"-Wl,-rpath-link,{library}:{bundled}", "-ldl",
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return target


def _library() -> Path | None:
    """The folder of libdb2.so."""
    spec = find_spec("ibm_db")
    folder = Path(spec.origin).parent / "clidriver" / "lib" if spec and spec.origin else None
    return folder if folder and (folder / "libdb2.so.1").exists() else None
