"""Buckets in Redis, for gateways on several hosts that count together.

In charge of one round trip to Redis a draw, and of going on without it. It must not know callers or classes of limits.

The algorithm is the one of `buckets`, as a script that Redis runs in one piece. The strategies of the package `limits` do not
fit: their windows have no burst beside the rate, cannot be charged afterwards, and tell what is left in a second round trip.
The numbers are those of `buckets` but for the clock, which is Redis's own, so that hosts need not agree on one, and has
microseconds: a draw's time is true to a fraction of one.

Where Redis gives no answer, a request draws from buckets of its own host, and each caller has the whole limit on every host.
How long an answer may take, and who connects, is told in `app.state.redis_client`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import blake2b
from time import monotonic
from typing import Final

from app.callers.buckets import Draw, Store
from app.outages import Outage
from app.state.redis_client import CONNECTIONS, NoAnswerError, RedisClient

_PREFIX: Final = "bascule:limits"

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

_LOST: Final = "Redis does not answer (%s): each host counts limits for itself until it does"
_BACK: Final = "Redis is back: limits are counted there again"


class RedisBuckets:
    """Buckets at the URL of a RedisClient, which also has the errors. Safe for threads and forks.

    `spare` has the buckets of this host; `connections` is how many requests of a process ask at once.
    """

    waits = True

    def __init__(
        self, url: str, spare: Store, connections: int = CONNECTIONS, clock: Callable[[], float] = monotonic
    ) -> None:
        self._client = RedisClient(url, _SCRIPT, Outage(_LOST, _BACK), connections, clock)
        self._spare = spare

    def draw(self, holder: str, draws: Sequence[Draw], now: float) -> tuple[int, int]:
        """See Store."""
        try:
            return self._ask(holder, draws)
        except NoAnswerError:
            return self._spare.draw(holder, draws, now)

    def prepare(self) -> bool:
        """Connect. Whether Redis is asked from now on."""
        return self._client.prepare()

    def _ask(self, holder: str, draws: Sequence[Draw]) -> tuple[int, int]:
        """One round trip. A holder's name may hold an address, and be long: Redis gets its digest."""
        digest = blake2b(holder.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
        keys = [f"{_PREFIX}:{digest}:{draw.what}" for draw in draws]
        times = [nanoseconds / 1000 for draw in draws for nanoseconds in (draw.cost, draw.allowance, draw.most)]
        refusing, nanoseconds = self._client.run(keys, times)
        return int(refusing), int(nanoseconds)
