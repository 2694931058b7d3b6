"""Walks a page whose gateway runs as the page runs it: in processes of its own, asked over HTTP by the page's own `curl`.

In charge of when it is started. Settings are those that the page exports. A contract file that is written later ends the
gateway, as the page tells its reader to, and so does `systemctl stop`: the next request finds it started anew.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from tests.docs.curl import PORT
from tests.docs.walk import Walk, blocks
from tests.house.source import ROOT
from tests.serving.running import Running, environment, free_port

PORTAL: Final = ROOT / "docs/how-to/put-a-customer-portal-in-front.md"  # other pages go on with its folder

_EXPORT: Final = re.compile(r"^    export (BASCULE_\w+)=(.*)$", re.MULTILINE)
_ADMIN: Final = "BASCULE_ADMIN_BIND"
_SLEEP: Final = re.compile(r"^sleep \d+\n", re.MULTILINE)
_MAKES_A_SOURCE: Final = ("mkdir ", "python -c")  # how such a command of a page begins


class Served(Walk):
    """A walk that serves. `replaced` are words of contract files, and what stands in their place on this machine.

    A page sleeps until something has happened; where that may take longer on a busy machine, `awaited` says whether it has.
    """

    def __init__(
        self,
        page: Path,
        folder: Path,
        replaced: Mapping[str, str] | None = None,
        awaited: Callable[[], bool] | None = None,
    ) -> None:
        super().__init__(page, folder, "app")
        exports = _EXPORT.findall(page.read_text(encoding="utf-8"))
        self.settings = {name: shlex.split(text)[0].replace("$PWD", str(folder)) for name, text in exports}
        self.variables = environment() | self.settings
        self._move_admin()
        self.replaced = replaced or {}
        self.awaited = awaited
        self.running: Running | None = None
        self._put("curl", "-m tests.docs.curl")
        self._put("systemctl", "-c pass")  # what it tells the system to do, the walk does

    def prepare(self, page: Path = PORTAL) -> None:
        """Have the contract and the source that another page ends with."""
        for block in blocks(page):
            if block.language == "yaml":
                self._write(block.text)
            elif block.text.startswith(_MAKES_A_SOURCE):
                self._shell(block.text)

    def follow(self) -> None:
        """Follow every block, and leave nothing running."""
        try:
            super().follow()
        finally:
            self._stop()

    def _move_admin(self) -> None:
        """Have the admin API listen at a port that is free."""
        host, colon, port = self.settings.get(_ADMIN, "").rpartition(":")
        if colon:
            self.variables[f"{PORT}{port}"] = found = str(free_port())
            self.settings[_ADMIN] = f"{host}:{found}"

    def _stop(self) -> None:
        if self.running is not None:
            self.running.end()
        self.running = None

    def _write(self, text: str) -> None:
        self._stop()
        for word, other in self.replaced.items():
            text = text.replace(word, other)
        super()._write(text)

    def _run(self, text: str) -> None:
        if "systemctl stop " in text:
            self._stop()
        if "curl " in text and self.running is None:
            self.running = Running.start(self.folder / self.served, self.folder / "log", settings=self.settings)
            self.variables[f"{PORT}8080"] = str(self.running.port)
        before, *after = _SLEEP.split(text) if self.awaited else [text]
        self._shell(before)
        for part in after:
            self._wait()
            self._shell(part)

    def _wait(self) -> None:
        """Wait for what the page sleeps for."""
        assert self.awaited is not None
        assert self.running is not None
        self.running.wait(self.awaited, "what the page sleeps for")
