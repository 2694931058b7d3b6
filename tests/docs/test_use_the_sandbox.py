"""The page about the sandbox is followed: first over a mock alone, then at a gateway whose source is not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.served import Served
from tests.house.source import ROOT
from tests.serving import running

PAGE = ROOT / "docs/how-to/use-the-sandbox.md"


class Mocked(Served):
    """A walk that serves what `bascule mock` serves, until the page comes to the gateway that serves everybody."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(PAGE, folder)
        self.monkeypatch, self.serve = monkeypatch, running.command
        monkeypatch.setattr(running, "command", self._mock)

    def _mock(self, folder: Path, *options: str) -> list[str]:
        """The command line, with `mock` in the place of `serve`."""
        return ["mock" if word == "serve" else word for word in self.serve(folder, *options)]

    def _run(self, text: str) -> None:
        if "bascule check" in text:
            self._stop()
            self.monkeypatch.setattr(running, "command", self.serve)
        super()._run(text)


@pytest.fixture
def walk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mocked:
    """A walk through the page."""
    return Mocked(tmp_path, monkeypatch)


def test_the_sandbox_can_be_used(walk: Mocked) -> None:
    """Keys are given out, rows are invented, and a key of the sandbox is served where the source is away."""
    walk.follow()
    assert walk.done == {"yaml": 5, "sh": 5, "text": 3, "json": 1}
