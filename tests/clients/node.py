"""Node.js and its tools, for tests that need them; they lie in node_modules beside this file, where `make test` puts them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
MODULES = HERE / "node_modules"
COMPILER = (
    "--strict", "--noUncheckedIndexedAccess", "--exactOptionalPropertyTypes", "--noUnusedLocals", "--target", "es2022",
    "--module", "nodenext", "--outDir", "out",
)  # fmt: skip


def required() -> str:
    """The Node.js that runs the tools; skips without it or them, fails where nothing may be skipped."""
    found = shutil.which("node")
    needed = ("typescript", "@usebruno/lang", "postman-collection")
    if found is not None and all((MODULES / name).exists() for name in needed):
        return found
    reason = "no Node.js, or its packages are missing: `npm ci` in tests/clients installs them"
    if os.environ.get("BASCULE_TEST_REQUIRE") == "all":
        pytest.fail(reason)
    pytest.skip(reason)


def project(folder: Path) -> Path:
    """A folder in which the packages are found."""
    (folder / "node_modules").symlink_to(MODULES)
    (folder / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    return folder


def run(folder: Path, script: Path | str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a program there."""
    command = [required(), str(script), *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=200, check=False)


def compiled(folder: Path, *programs: str) -> subprocess.CompletedProcess[str]:
    """Compile TypeScript there, as strictly as it can be."""
    return run(folder, MODULES / "typescript" / "bin" / "tsc", *COMPILER, *programs)
