"""The page about clients is followed: what it downloads is there, and its programs say what the page shows."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlretrieve

import pytest

from app.describe.clients import DOWNLOADS, python_runtime, typescript
from tests.clients import node
from tests.docs.walk import blocks
from tests.house.source import ROOT
from tests.serving.running import Running

PAGE = ROOT / "docs/how-to/generate-a-client.md"
HERE = "http://127.0.0.1:8080"
STEPS = list(blocks(PAGE))


@pytest.fixture(scope="module")
def folder(plant: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with what the page's commands fetch, while the gateway that gave it runs."""
    running = Running.start(plant, tmp_path_factory.mktemp("docs") / "gateway.log")
    made = tmp_path_factory.mktemp("clients")
    try:
        for line in STEPS[0].text.splitlines():
            fetch(line.replace(HERE, f"http://127.0.0.1:{running.port}"), made)
        yield made
    finally:
        running.end()


def fetch(line: str, folder: Path) -> None:
    """Run a `curl` of the page. Where a machine has none, its file is fetched all the same."""
    command = shlex.split(line)
    if shutil.which(command[0]):
        subprocess.run(command, cwd=folder, check=True, timeout=60)
    else:
        urlretrieve(command[-1], folder / command[-1].rpartition("/")[2])


def shown(program: str) -> str:
    """What the page shows below its program in that language, as a pattern: … is whatever stands in a line."""
    place = next(place for place, block in enumerate(STEPS) if block.language == program)
    assert STEPS[place + 1].language == "text"
    return ".+".join(re.escape(part) for part in STEPS[place + 1].text.split("…"))


def code(program: str) -> str:
    """The page's program in that language."""
    return next(block.text for block in STEPS if block.language == program)


def test_the_python_program_runs(folder: Path) -> None:
    """The file is whole after an answer that nothing has changed; the program prints what the page shows."""
    (folder / "program.py").write_text(code("python"), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "program.py"], cwd=folder, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(shown("python"), done.stdout), done.stdout


def test_the_typescript_program_runs(folder: Path) -> None:
    """It compiles as strictly as the page says, and prints what the page shows."""
    node.required()
    node.project(folder)
    (folder / "program.ts").write_text(code("ts"), encoding="utf-8")
    made = node.compiled(folder, "program.ts")
    assert made.returncode == 0, made.stdout
    done = node.run(folder, "out/program.js")
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(shown("ts"), done.stdout), done.stdout


def test_the_page_lists_what_there_is() -> None:
    """Each file with its sentence, and the numbers that the clients have."""
    text = PAGE.read_text(encoding="utf-8")
    assert re.findall(r"^\| `([\w.]+)` \| (.+) \|$", text, re.MULTILINE) == [
        (each.name, each.about) for each in DOWNLOADS.values()
    ]
    assert f"last {python_runtime._KEPT} answers" in text
    assert f"const kept = {python_runtime._KEPT};" in typescript._RUNTIME
    assert f"more than {python_runtime._LONGEST:.0f} seconds" in text
    assert f"const longest = {python_runtime._LONGEST:.0f};" in typescript._RUNTIME
    assert {"noUncheckedIndexedAccess", "exactOptionalPropertyTypes"} <= {word.strip("-") for word in node.COMPILER}
