"""Prometheus's own tool, where Debian's package `prometheus` is installed.

Without it the tests that need it are skipped, or fail where BASCULE_TEST_REQUIRE is `all`.
"""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest


def promtool(*arguments: str, text: str | None = None) -> str:
    """What it says; the test fails where it finds a fault."""
    program = shutil.which("promtool")
    if program is None:
        if os.environ.get("BASCULE_TEST_REQUIRE") == "all":
            pytest.fail("promtool is missing, and BASCULE_TEST_REQUIRE=all")
        pytest.skip("no promtool (Debian: apt-get install prometheus)")
    done = subprocess.run([program, *arguments], input=text, capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    return said
