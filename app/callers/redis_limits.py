"""Buckets in Redis, for gateways on several hosts that count together.

In charge of one round trip to Redis a draw, and of going on without it. It must not know callers or classes of limits.

`limits` has the connection and reads its URL; the algorithm is the one of `buckets`, as a script that Redis runs in one
piece. The strategies of `limits` do not fit: their windows have no burst beside the rate, cannot be charged afterwards, and
tell what is left in a second round trip. The numbers are those of `buckets` but for the clock, which is Redis's own, so that
hosts need not agree on one, and has microseconds: a draw's time is true to a fraction of one.

Whatever is wrong with Redis, no request fails or waits for long: it draws from buckets of its own host, where each caller
then has the whole limit on every host. Requests use connections that are there already, and wait for one answer, at most
twice ANSWER_SECONDS. Connecting, where names are looked up and a dead network swallows everything, is the work of a thread
of its own, which tries it every RETRY_SECONDS. That Redis is gone is logged once, and that it is back.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from hashlib import blake2b
from time import monotonic
from typing import Any, Final, cast

from limits.storage import RedisStorage

from app.callers.buckets import Draw, Store

ANSWER_SECONDS: Final = 0.02
CONNECT_SECONDS: Final = 2.0
RETRY_SECONDS: Final = 3.0
CONNECTIONS: Final = 16
_PREFIX: Final = "bascule:limits"
_HANGING_SECONDS: Final = 60.0  # a name server may take that long to say nothing

# Times are microseconds since the first day of 2026, which a double of Lua holds to an eighth. Redis 5 or newer.
_SCRIPT: Final = """
local clock = redis.call('TIME')
local now = (clock[1] - 1767225600) * 1000000 + clock[2]
local left = 0
for i, key in ipairs(KEYS) do
  local cost, allowance, most = tonumber(ARGV[3 * i - 2]), tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i])
  local ahead = math.max(0, (tonumber(redis.call('GET', key) or '') or 0) - now)
  local after = math.min(ahead, most) + cost
  left = allowance - after
  local drawn = cost > 0 and left >= 0
  if drawn or ahead > most then
    local kept = math.min(drawn and after or ahead, most)
    redis.call('SET', key, string.format('%.3f', now + kept), 'PX', string.format('%.0f', math.ceil(kept / 1000) + 1))
  end
  if left < 0 then return {i - 1, math.ceil(-left * 1000)} end
end
return {-1, math.floor(left * 1000)}
"""

log = logging.getLogger("bascule")


class _NotPreparedError(Exception):
    """A request would have to connect."""


class RedisBuckets:
    """Buckets at a redis://, rediss:// or redis+unix:// URL. Make it before the fork: it connects when it is first used.

    `spare` has the buckets of this host; `connections` is how many requests of a process ask at once. Raises
    limits.errors.ConfigurationError where the package `redis` is missing, and ValueError for a URL that it cannot read.
    """

    def __init__(
        self, url: str, spare: Store, connections: int = CONNECTIONS, clock: Callable[[], float] = monotonic
    ) -> None:
        storage = RedisStorage(
            url,
            socket_timeout=ANSWER_SECONDS,
            socket_connect_timeout=CONNECT_SECONDS,
            protocol=2,  # with 3, the server may have the timeouts relaxed
        )
        self._client = cast("Any", storage.get_connection())  # `limits` types no more of it than it needs
        self._client.set_retry(_never_again())
        self._failures: tuple[type[Exception], ...] = (storage.dependency.RedisError, OSError)
        self._stale: type[Exception] = storage.dependency.exceptions.NoScriptError
        self._may_connect = threading.local()
        pool = self._client.connection_pool
        pool.connection_class = _prepared(pool.connection_class, self._may_connect)
        self._spare, self._connections, self._clock = spare, connections, clock
        self._script = ""  # its digest; empty: Redis is not asked
        self._next_trial = 0.0
        self._gone = False  # and that is logged

    def draw(self, holder: str, draws: Sequence[Draw], now: float) -> tuple[int, int]:
        """See Store."""
        if self._script:
            try:
                return self._ask(self._script, holder, draws)
            except (_NotPreparedError, self._stale):
                pass  # Redis was started anew, or more requests ask at once than were expected
            except self._failures as error:
                self._lose(error)
        if self._clock() >= self._next_trial:
            self._next_trial = self._clock() + _HANGING_SECONDS  # two that come at once both try: that does no harm
            with suppress(RuntimeError):  # the system gives no thread
                threading.Thread(target=self.prepare, name="bascule-redis", daemon=True).start()
        return self._spare.draw(holder, draws, now)

    def prepare(self) -> bool:
        """Connect. Whether Redis is asked from now on."""
        self._may_connect.here = True
        try:
            self._connect()
            self._script = self._client.script_load(
                _SCRIPT
            )  # it may have to connect, too: requests go on asking meanwhile
        except self._failures as error:
            self._lose(error)
            return False
        finally:
            self._may_connect.here = False
        if self._gone:
            log.warning("Redis is back: limits are counted there again")
            self._gone = False
        self._next_trial = self._clock() + RETRY_SECONDS
        return True

    def _ask(self, script: str, holder: str, draws: Sequence[Draw]) -> tuple[int, int]:
        """One round trip. A holder's name may hold an address, and be long: Redis gets its digest."""
        digest = blake2b(holder.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
        keys = [f"{_PREFIX}:{digest}:{draw.what}" for draw in draws]
        times = [nanoseconds / 1000 for draw in draws for nanoseconds in (draw.cost, draw.allowance, draw.most)]
        refusing, nanoseconds = self._client.evalsha(script, len(keys), *keys, *times)
        return int(refusing), int(nanoseconds)

    def _connect(self) -> None:
        """Have as many connections ready as requests may need at once."""
        pool = self._client.connection_pool
        with ExitStack() as taken:
            for _ in range(self._connections):
                taken.callback(pool.release, pool.get_connection())

    def _lose(self, error: Exception) -> None:
        """Do without Redis for a while."""
        self._script = ""
        self._next_trial = self._clock() + RETRY_SECONDS
        if not self._gone:
            self._gone = True
            log.warning("Redis does not answer (%s): each host counts limits for itself until it does", error)


def _prepared(kind: type[Any], may_connect: threading.local) -> type[Any]:
    """That kind of connection, made to connect in no thread but one that may."""

    class Prepared(kind):  # type: ignore[misc]  # the kind depends on the URL
        def _connect(self) -> Any:
            if not getattr(may_connect, "here", False):
                raise _NotPreparedError
            return super()._connect()

    return Prepared


def _never_again() -> Any:
    """What tells the client not to try a command twice, which it would for seconds."""
    from redis.backoff import NoBackoff  # noqa: PLC0415  # the package is optional
    from redis.retry import Retry  # noqa: PLC0415  # as above

    return Retry(NoBackoff(), 0)
