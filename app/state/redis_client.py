"""Redis, asked by requests that must not suffer from it.

In charge of connections to a Redis or Valkey server, of the time that an answer may take, and of doing without. It must not
know what is kept there.

Whatever is wrong with Redis, no request fails or waits for long. Requests use connections that are there already. A question
and its answer have ANSWER_SECONDS, and what their bytes need at PACE, never more than LONGEST_SECONDS, however little of the
answer comes at a time. Connecting, where names are looked up and a dead network swallows everything, is the work of a thread of
its own, which tries it every RETRY_SECONDS until a question is answered as fast as a request needs it; meanwhile nobody
asks. That Redis is gone is logged once, and that it is back.
"""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from hashlib import sha1
from time import monotonic
from typing import Any, Final, cast

from limits.storage import RedisStorage

from app.forks import begin_anew_in_children
from app.outages import Outage
from app.threads import begun

ANSWER_SECONDS: Final = 0.02
LONGEST_SECONDS: Final = 0.2
PACE: Final = 10_000_000  # bytes a second: a network of 100 Mbit/s
CONNECT_SECONDS: Final = 2.0
RETRY_SECONDS: Final = 3.0
CONNECTIONS: Final = 16
_HANGING_SECONDS: Final = 60.0  # a name server may take that long to say nothing
_LEAST_SECONDS: Final = 0.001  # an answer that has come is read, however late this thread was given the processor

log = logging.getLogger("bascule")


class NoAnswerError(Exception):
    """Redis is away, or refuses: go on without it."""


class _NotPreparedError(Exception):
    """A request would have to connect."""


class RedisClient:
    """Commands for a server at a redis://, rediss:// or redis+unix:// URL, one connection each. Safe for threads and forks.

    It connects when it is first used. `script` is what `run` runs; `connections` is how many requests of a process ask at
    once. Raises limits.errors.ConfigurationError where the package `redis` is missing, and ValueError for a URL that it
    cannot read.
    """

    def __init__(
        self,
        url: str,
        script: str,
        outage: Outage,
        connections: int = CONNECTIONS,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        storage = RedisStorage(
            url,
            socket_timeout=CONNECT_SECONDS,
            socket_connect_timeout=CONNECT_SECONDS,
            protocol=2,  # with 3, the server may have the timeouts relaxed
        )
        client = cast("Any", storage.get_connection())  # `limits` types no more of it than it needs
        client.set_retry(_never_again())
        self._refusal: type[Exception] = storage.dependency.exceptions.ResponseError
        self._forgotten: type[Exception] = storage.dependency.exceptions.NoScriptError
        self._kind: Callable[..., Any] = client.connection_pool.connection_class
        self._pool_kind: Callable[..., Any] = type(client.connection_pool)
        self._arguments: dict[str, Any] = client.connection_pool.connection_kwargs
        self._script, self._digest = script, sha1(script.encode(), usedforsecurity=False).hexdigest()
        self._outage, self._connections, self._clock = outage, connections, clock
        self.forked()
        begin_anew_in_children(self)

    def forked(self) -> None:
        """Nothing of the parent's connections is used; their sockets are closed here, not at the server.

        A child of who has closed begins all the same: a gateway is tried in the parent, closed, and served by its children.
        """
        self._closed = False
        self._patience = _Patience()
        self._pool = self._pool_kind(connection_class=_prepared(self._kind, self._patience), **self._arguments)
        self.ready = False  # without it, nobody asks
        self._next_trial = -math.inf
        self._refused = False  # and that is logged

    def ask(self, *command: str | bytes | float) -> Any:
        """What Redis says to a command: bytes, a number, None or a list. Raises NoAnswerError."""
        if self.ready:
            try:
                return self._answer(command)
            except (_NotPreparedError, self._forgotten):
                pass  # Redis was started anew, or more requests ask at once than were expected
            except self._refusal as error:
                self._log_refusal(error)
                raise NoAnswerError from None
            except Exception as error:  # noqa: BLE001  # who knows what answers there
                self._lose(error)
        self.begin()
        raise NoAnswerError

    def run(self, keys: Sequence[str], arguments: Sequence[str | bytes | float]) -> Any:
        """What the script says. Raises NoAnswerError."""
        return self.ask("EVALSHA", self._digest, len(keys), *keys, *arguments)

    def begin(self) -> None:
        """See to it that Redis is tried soon, unless it was a moment ago."""
        if self._clock() >= self._next_trial:
            self._next_trial = self._clock() + _HANGING_SECONDS  # two that come at once both try: that does no harm
            begun("redis", self.prepare)

    def prepare(self) -> bool:
        """Connect. Whether Redis is asked from now on."""
        self._patience.may_connect = True
        try:
            self._connect()
            self._answer(("SCRIPT LOAD", self._script))  # it may have to connect, too: requests go on asking meanwhile
        except Exception as error:  # noqa: BLE001  # as in `ask`
            self._lose(error)
            return False
        finally:
            self._patience.may_connect = False
        self._outage.ends("requests")
        self._refused = False
        self._next_trial = self._clock() + RETRY_SECONDS
        self.ready = True
        if self._closed:
            self.close()
        return self.ready

    @contextmanager
    def connection(self) -> Iterator[Any]:
        """A connection of the caller's own, whose time is CONNECT_SECONDS for every answer. Not for a request's thread."""
        connection = self._kind(**self._arguments)
        try:
            yield connection
        finally:
            connection.disconnect()

    def close(self) -> None:
        """Give the connections back, and ask no more."""
        self._closed = True
        self.ready = False
        self._next_trial = math.inf
        self._pool.disconnect(inuse_connections=False)

    def _answer(self, command: Sequence[str | bytes | float]) -> Any:
        """One round trip."""
        self._patience.begins()
        try:
            connection = self._pool.get_connection()
            try:
                connection.send_command(*command)
                return connection.read_response()
            except self._refusal:
                raise  # that is an answer
            except BaseException:
                connection.disconnect()  # what comes late must not be taken for the answer to the next question
                raise
            finally:
                self._pool.release(connection)
        finally:
            self._patience.ends()

    def _connect(self) -> None:
        """Have as many connections ready as requests may need at once."""
        with ExitStack() as taken:
            for _ in range(self._connections):
                taken.callback(self._pool.release, self._pool.get_connection())

    def _lose(self, error: Exception) -> None:
        """Do without Redis for a while."""
        self.ready = False
        if not self._closed:
            self._next_trial = self._clock() + RETRY_SECONDS
            self._outage.begins(error, "requests")

    def _log_refusal(self, error: Exception) -> None:
        """Redis is there, and may be full, or a copy that cannot be written to: what it does answer is of use."""
        if not self._refused:
            self._refused = True
            log.warning("Redis refuses a command (%s)", error)


class _Patience(threading.local):
    """How long this thread waits, and whether it may connect. A thread that is no request's waits CONNECT_SECONDS."""

    may_connect = False
    _until = math.inf  # on the monotonic clock
    _latest = math.inf

    def begins(self) -> None:
        """A question is asked."""
        now = monotonic()
        self._until, self._latest = now + ANSWER_SECONDS, now + LONGEST_SECONDS

    def ends(self) -> None:
        """It is answered, or given up."""
        self._until = self._latest = math.inf

    def grows(self, size: int) -> None:
        """So many bytes come or go."""
        self._until = min(self._until + size / PACE, self._latest)

    def left(self) -> float:
        """Seconds to wait from now. Raises TimeoutError."""
        now = monotonic()
        if now > self._latest:
            raise TimeoutError("the answer comes too slowly")
        return min(max(self._until - now, _LEAST_SECONDS), CONNECT_SECONDS)


class _PatientSocket:
    """A socket that waits as long as its thread does. The one beneath may be TLS."""

    def __init__(self, beneath: Any, patience: _Patience) -> None:
        self._beneath, self._patience = beneath, patience
        self._waits = True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._beneath, name)

    def settimeout(self, seconds: float | None) -> None:
        """Zero is a look at what has come; any other time is the thread's to say."""
        self._waits = seconds != 0
        self._beneath.settimeout(seconds)

    def sendall(self, data: bytes) -> None:
        self._patience.grows(len(data))
        self._beneath.settimeout(self._patience.left())
        self._beneath.sendall(data)

    def recv(self, size: int, *flags: int) -> bytes:
        """For the parser in Python, and for a look at what has come."""
        self._wait()
        data: bytes = self._beneath.recv(size, *flags)
        self._patience.grows(len(data))
        return data

    def recv_into(self, buffer: bytearray, *size_and_flags: int) -> int:
        """For the parser in C, where `hiredis` is there."""
        self._wait()
        size: int = self._beneath.recv_into(buffer, *size_and_flags)
        self._patience.grows(size)
        return size

    def _wait(self) -> None:
        if self._waits:
            self._beneath.settimeout(self._patience.left())


def _prepared(kind: Any, patience: _Patience) -> type[Any]:
    """That kind of connection, made to connect in no thread but one that may, and to wait no longer than its thread does."""

    class Prepared(kind):  # type: ignore[misc]  # the kind depends on the URL
        def _connect(self) -> Any:
            if not patience.may_connect:
                raise _NotPreparedError
            return _PatientSocket(super()._connect(), patience)

    return Prepared


def _never_again() -> Any:
    """What tells the client not to try a command twice, which it would for seconds."""
    from redis.backoff import NoBackoff  # noqa: PLC0415  # the package is optional
    from redis.retry import Retry  # noqa: PLC0415  # as above

    return Retry(NoBackoff(), 0)
