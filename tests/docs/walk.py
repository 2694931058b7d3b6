"""Walks a page of the documentation: does what it says, and compares what comes with what it shows.

Blocks of a page, in order: ```yaml with a path in its first line is written to that file; ```sh is run, but for `curl`, which
asks the gateway of the folder that the page serves; ```json after it is the answer, and ```text the lines that the output
holds in this order, where … is whatever stands in a line. Indented blocks are for people.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.docs.asked import asked
from tests.house.source import ROOT

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SERVED = re.compile(r"^    bascule serve (\w+)$", re.MULTILINE)
_HOST = "http://127.0.0.1:8080"


@dataclass(frozen=True)
class Block:
    """One fenced block of a page."""

    language: str
    text: str


def blocks(page: Path) -> Iterator[Block]:
    """The blocks of a page, in order."""
    return (Block(*found) for found in _BLOCK.findall(page.read_text(encoding="utf-8")))


class Walk:
    """A walk through one page, in an empty folder. `done` counts the blocks of each language that were followed.

    `bascule` is the module that the page's `bascule` runs; `variables` are in the environment of every command.
    """

    def __init__(
        self, page: Path, folder: Path, bascule: str = "tests.docs.noon", variables: Mapping[str, str] | None = None
    ) -> None:
        self.page, self.folder = page, folder
        self.bascule, self.variables = bascule, {**os.environ, **(variables or {})}
        self.served = _SERVED.findall(page.read_text(encoding="utf-8"))[0]
        self.output = ""
        self.done: dict[str, int] = {}
        self._shim()

    def follow(self) -> None:
        """Follow every block."""
        steps = {"yaml": self._write, "sh": self._run, "json": self._compare, "text": self._find}
        for block in blocks(self.page):
            steps[block.language](block.text)
            self.done[block.language] = self.done.get(block.language, 0) + 1

    def _shim(self) -> None:
        """A `bascule` and a `python` on the path, whichever way this suite's Python has the project."""
        (self.folder / "bin").mkdir()
        self._put("bascule", f"-m {self.bascule}")
        self._put("python", "")

    def _put(self, name: str, module: str) -> None:
        """Put a tool on the path."""
        tool = self.folder / "bin" / name
        tool.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {module} "$@"\n', encoding="utf-8")
        tool.chmod(0o755)

    def _write(self, text: str) -> None:
        path = self.folder / text.splitlines()[0].removeprefix("# ")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def _run(self, text: str) -> None:
        if text.startswith("curl "):
            self.output = self._ask(shlex.split(text))
        else:
            self._shell(text)

    def _shell(self, text: str) -> None:
        variables = self.variables | {
            "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
        }
        shell = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", text],
            cwd=self.folder,
            env=variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert shell.returncode == 0, f"{text}\n{shell.stdout}"
        self.output = shell.stdout

    def _ask(self, command: list[str]) -> str:
        (url,) = (word for word in command if word.startswith(_HOST))
        return asked(self.folder / self.served, url.removeprefix(_HOST), self.variables)

    def _compare(self, text: str) -> None:
        assert json.loads(self.output) == json.loads(text)

    def _find(self, text: str) -> None:
        """Each line of the block stands in the output, in this order."""
        position = 0
        for line in text.splitlines():
            words = ".*".join(map(re.escape, line.strip().split("…")))
            found = re.compile(words).search(self.output, position)
            assert found, f"{line!r} is not there, or not in this order:\n{self.output}"
            position = found.end()
