"""gunicorn's parent process, where the gateway has a mind of its own about it.

In charge of when workers are replaced, and of no worker missing what it is told. It must not know what they serve.
"""

from __future__ import annotations

import signal
from typing import Any

from gunicorn.arbiter import Arbiter

from app.web.wire import ORDERS


class Parent(Arbiter):
    """The parent of a server's workers, which replaces them only for a plan that can be served: `rebuild` says whether."""

    def __init__(self, server: Any) -> None:
        self.server = server
        super().__init__(server)

    def spawn_worker(self) -> Any:
        """Begin a worker. Between its birth and its first own handler gunicorn would lose a signal, and wait in vain for its end."""
        signal.pthread_sigmask(signal.SIG_BLOCK, ORDERS)
        try:
            return super().spawn_worker()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, ORDERS)

    def reload(self) -> None:
        """Answer HUP."""
        if self.server.rebuild():
            super().reload()
