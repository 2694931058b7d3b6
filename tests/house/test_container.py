"""The Dockerfile, as far as it can be judged without an engine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.source import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def _hadolint() -> str:
    """The linter beside this Python or on the path; skips where there is none, fails where nothing may be skipped."""
    found = shutil.which("hadolint", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if found is None or subprocess.run([found, "--version"], capture_output=True, check=False).returncode:
        reason = "hadolint does not run here"
        if os.environ.get("BASCULE_TEST_REQUIRE") == "all":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def test_hadolint_finds_nothing() -> None:
    """The Dockerfile is clean under hadolint."""
    done = subprocess.run([_hadolint(), str(ROOT / "Dockerfile")], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("line", ["USER 10001", "HEALTHCHECK ", "VOLUME /var/lib/bascule", "/livez"])
def test_the_image_is_made_for_operators(line: str) -> None:
    """It does not run as root, says whether it lives, and keeps its state in a volume."""
    assert line in DOCKERFILE


def test_what_the_image_copies_is_not_ignored() -> None:
    """Each file that the Dockerfile copies from the project exists and is let through by .dockerignore."""
    copied = [
        word
        for line in DOCKERFILE.splitlines()
        if line.startswith("COPY ") and "--from" not in line
        for word in line.split()[1:-1]
    ]
    ignore = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert copied
    assert [name for name in copied if f"!{name}" not in ignore or not (ROOT / name).exists()] == []
