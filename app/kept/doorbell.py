"""The doorbell: a channel in Redis on which hosts tell each other to look at the purge log now.

In charge of one thread that listens. It must not know purges: a ring says nothing but that there may be some. Whoever rings
while nobody is connected is not heard, so each new connection counts as a ring.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any, Final

from app.outages import Outage
from app.state.redis_client import RETRY_SECONDS, RedisClient
from app.threads import begun

CHANNEL: Final = "bascule:purges"
QUIET_SECONDS: Final = 15  # then the server is asked whether it is still there
_LOOK_SECONDS: Final = 1.0  # how often the thread looks whether it is to end

log = logging.getLogger("bascule")


class Doorbell:
    """Calls `heard` in a thread of its own, for each ring and each new connection. Safe for threads and forks."""

    def __init__(self, client: RedisClient, heard: Callable[[], None], outage: Outage) -> None:
        self._client, self._heard, self._outage = client, heard, outage
        self.forked()

    def forked(self) -> None:
        """The thread is the parent's, and so is its end: a child has its own from its first `listen` on. Its owner calls this."""
        self._closed = False
        self._starting = threading.Lock()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def listen(self) -> None:
        """See to it that somebody listens in this process."""
        if self._thread is None:
            with self._starting:
                if self._thread is None and not self._closed:
                    self._thread = begun("doorbell", self._listen)

    def close(self) -> None:
        """Listen no more: the thread ends within a second, and hears nothing in it."""
        self._closed = True
        self._ended.set()

    def _listen(self) -> None:
        """The thread."""
        while not self._ended.is_set():
            try:
                with self._client.connection() as connection:
                    self._hear(connection)
            except Exception as error:  # noqa: BLE001  # who knows what answers there
                self._outage.begins(error, "doorbell")
                self._ended.wait(RETRY_SECONDS)

    def _hear(self, connection: Any) -> None:
        """Subscribe, and tell of what comes, until it is enough or fails."""
        connection.send_command("SUBSCRIBE", CHANNEL)
        quiet = 0
        while not self._ended.is_set():
            if connection.can_read(timeout=_LOOK_SECONDS):
                quiet = 0
                self._tell(connection.read_response())
                continue
            quiet += 1
            if quiet == QUIET_SECONDS:
                connection.send_command("PING")
            elif quiet == 2 * QUIET_SECONDS:
                raise TimeoutError("no answer to a ping")

    def _tell(self, message: list[Any]) -> None:
        """A subscription that begins, a ring, or an answer to a ping."""
        kind = message[0]
        if kind == b"subscribe":
            self._outage.ends("doorbell")
        if kind in {b"subscribe", b"message"} and not self._ended.is_set():
            try:
                self._heard()
            except Exception:
                log.exception("A ring of the doorbell was not followed")
