"""Kept answers in Redis or Valkey, which several hosts share.

In charge of three things there: answers, the right to read one from its source (a lease), and the doorbell. It must not know
what an answer says: its bytes are whatever is found under the key, and it is for the caller to check that they are sound and
of that key. What is wrong with Redis costs speed and nothing else: see `app.state.redis_client`.

Redis has to have room for what it is given, and `maxmemory` with a policy that forgets (`allkeys-lru`); a full one that does not
forget keeps what it has and takes nothing new.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from secrets import token_hex
from time import monotonic
from typing import Final

from app.forks import begin_anew_in_children
from app.kept.doorbell import CHANNEL, Doorbell
from app.outages import Outage
from app.state.redis_client import CONNECT_SECONDS, CONNECTIONS, NoAnswerError, RedisClient
from app.threads import begun

MOST_BYTES: Final = 1_000_000  # of an answer; a larger one is read again by each host
MOST_SECONDS: Final = 30 * 86400.0
_PREFIX: Final = "bascule:kept:1"
_LOST: Final = "Redis fails the cache (%s): until it is back, hosts do not share answers, or hear of purges later"
_BACK: Final = "Redis is back: hosts share answers again"

# A lease that ended may be another's by now.
_RELEASE: Final = """
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0
"""


class Shared:
    """Kept answers at the URL of a RedisClient, which also has the errors. Safe for threads and forks; nothing else raises.

    Make it before the fork: a process connects and listens from its first use on. `doorbell` is called when the purge log
    should be looked at, in a thread of its own; `connections` is how many requests of a process ask at once.
    """

    def __init__(
        self,
        url: str,
        doorbell: Callable[[], None] = lambda: None,
        connections: int = CONNECTIONS,
        now: Callable[[], float] = monotonic,
    ) -> None:
        outage = Outage(_LOST, _BACK)
        self._client = RedisClient(url, _RELEASE, outage, connections, now)
        self._doorbell = Doorbell(self._client, doorbell, outage)
        self._ringing: threading.Thread | None = None
        begin_anew_in_children(self)

    def forked(self) -> None:
        """A child listens for itself; its client knows of the fork by itself."""
        self._doorbell.forked()
        self._ringing = None

    def listen(self) -> None:
        """Begin in this process: connect, and hear the doorbell. The first question does it, too."""
        self._doorbell.listen()
        if not self._client.ready:
            self._client.begin()

    def prepare(self) -> bool:
        """Connect now, in this thread. Whether Redis is asked from now on."""
        return self._client.prepare()

    def get(self, key: bytes) -> bytes | None:
        """What is there under the key, if anything, and whoever wrote it."""
        self._doorbell.listen()
        with suppress(NoAnswerError):
            found = self._client.ask("GET", _name(key))
            return found if isinstance(found, bytes) else None
        return None

    def put(self, key: bytes, value: bytes, seconds: float) -> None:
        """Keep it for so long, or not at all where it is too large or Redis does not take it."""
        self._doorbell.listen()
        if len(value) <= MOST_BYTES and seconds > 0:
            with suppress(NoAnswerError):
                self._client.ask("SET", _name(key), value, "PX", _milliseconds(seconds))

    def lease(self, key: bytes, seconds: float) -> str | None:
        """The right to read this key now, for so long: a token. None: another host has it; "": Redis cannot tell."""
        self._doorbell.listen()
        token = token_hex(16)
        try:
            taken = self._client.ask("SET", _lease(key), token, "NX", "PX", _milliseconds(seconds))
        except NoAnswerError:
            return ""
        return token if taken else None

    def release(self, key: bytes, token: str) -> None:
        """Give a lease back, if it is still one's own."""
        if token:
            with suppress(NoAnswerError):
                self._client.run([_lease(key)], [token])

    def ring(self) -> None:
        """Tell all hosts' workers to look at the purge log now.

        Where no connection is ready, a thread makes one for it: `close` waits for that. If it is in vain, hosts hear of it as
        soon as they are connected again. One ring at a time is enough: all say the same.
        """
        try:
            self._client.ask("PUBLISH", CHANNEL, b"")
        except NoAnswerError:
            if self._ringing is None or not self._ringing.is_alive():
                self._ringing = begun("ring", self._ring_patiently)

    def close(self) -> None:
        """End: nothing is found from now on, and nobody listens."""
        if self._ringing is not None:
            self._ringing.join(2 * CONNECT_SECONDS)
        self._doorbell.close()
        self._client.close()

    def _ring_patiently(self) -> None:
        with (
            suppress(Exception),
            self._client.connection() as connection,
        ):  # what fails is logged where answers are asked for
            connection.send_command("PUBLISH", CHANNEL, b"")
            connection.read_response()


def _name(key: bytes) -> str:
    return f"{_PREFIX}:{key.hex()}"


def _lease(key: bytes) -> str:
    return f"{_PREFIX}:{key.hex()}:lease"


def _milliseconds(seconds: float) -> int:
    """Redis takes no less than one, and no endless time."""
    return max(1, round(min(seconds, MOST_SECONDS) * 1000))
