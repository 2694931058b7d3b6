"""The janitor: comes round every quarter of a second, as long as there is something to look after.

In charge of one daemon thread, which begins with the first connection and ends after the last. It must not know what there
is to do.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic
from typing import Final

TIDY: Final = 0.25  # seconds between two rounds


class Janitor:
    """Calls `tidy(now)` in each round, until there is nothing left. Start it before there is something."""

    def __init__(self, tidy: Callable[[float], None], left: Callable[[], bool]) -> None:
        self._tidy, self._left = tidy, left
        self._deciding = threading.Lock()
        self._called = threading.Event()
        self.thread: threading.Thread | None = None

    def start(self) -> None:
        """There is something to look after from now on. Raises RuntimeError where no thread can be had."""
        with self._deciding:
            if self.thread is None:
                thread = threading.Thread(target=self._run, name="bascule-janitor", daemon=True)
                thread.start()
                self.thread = thread

    def call(self) -> None:
        """Have the next round now."""
        self._called.set()

    def _run(self) -> None:
        while True:
            self._called.wait(TIDY)
            self._called.clear()
            self._tidy(monotonic())
            with self._deciding:
                if not self._left():
                    self.thread = None
                    return
