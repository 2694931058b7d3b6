"""The keyring: an API key's text to its caller.

In charge of whether a key is accepted, here and now. It must not know how keys are given out, nor what a caller may see.

A key that was accepted is recognised the next time by a keyed hash of its text (BLAKE2b, with a key that was made by chance at
the start and never leaves the memory), in a fraction of what the proof takes. So no text of a key is kept here: a dump of the
memory shows those of requests that are being answered, and of the worker's last busy moment, whose headers are known again as
they are. Whoever can read the hash's key there has gained nothing, for 178 bits cannot be tried out. Only what was proved gets
in, so there is at most one entry for each key, and all are forgotten as soon as anything about any key has changed: a revoked
one is not found there.
"""

from __future__ import annotations

import hmac
import math
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from time import monotonic
from typing import Final

from app.callers.credentials import NotAccepted
from app.callers.key_text import LENGTH, hashed, parse, pepper_name
from app.callers.last_uses import LastUses
from app.callers.networks import Network, network, within
from app.callers.watch import Known, Watch
from app.exchange import Caller
from app.state import KeyRecord, State

MOST_CLIENTS: Final = 1024  # addresses of one key that are remembered as being within its networks

_NOBODY: Final = KeyRecord("", secrets.token_bytes(32), "", "", 0.0)  # whose hash an unknown id is compared with


@dataclass(slots=True)
class _Recognised:
    """A key that was proved. `clients` were found to be within its networks."""

    id: str
    caller: Caller
    expires_at: float
    networks: tuple[Network, ...]
    clients: set[str] = field(default_factory=set)


class Keyring:
    """Who the holder of a key is. Safe for threads and forks.

    `clock` is the one on the wall, by which keys expire; `now` a monotonic one. `watch` may be shared: it knows revocations too.
    """

    def __init__(
        self, state: State, pepper: bytes, clock: Callable[[], float] = time.time, now: Callable[[], float] = monotonic
    ) -> None:
        self.watch = Watch(state, now)
        self.uses = LastUses(state.note_uses)
        self._pepper = pepper
        self._pepper_name = pepper_name(pepper)
        self._clock = clock
        self._salted = blake2b(key=secrets.token_bytes(32), digest_size=16)
        self._kept: tuple[Known | None, dict[bytes, _Recognised]] = (None, {})

    def caller(self, text: str, client: str = "") -> Caller:
        """The caller whose key this is; `client` is the address that it is used from, empty where nobody knows.

        Raises NotAccepted, which never says why to the caller, or ProblemError where the state has been away for too long.
        """
        if len(text) != LENGTH or not text.isascii():
            raise NotAccepted("no key: its length, or its characters")
        known = self.watch.known()
        of, recognised = self._kept
        if of is not known:
            recognised = {}
            self._kept = (known, recognised)
        salted = self._salted.copy()
        salted.update(text.encode())
        digest = salted.digest()
        key = recognised.get(digest)
        if key is None:
            key = recognised[digest] = self._proved(known, text)
        at = self._clock()
        if at >= key.expires_at:
            recognised.pop(digest, None)
            raise NotAccepted(f"key {key.id} has expired")
        if key.networks and client not in key.clients:
            _admit(key, client)
        self.uses.note(key.id, at)
        return key.caller

    def lives(self, identifier: str) -> bool:
        """Whether there is such a key that is neither revoked nor expired. Raises ProblemError as `caller` does."""
        record = self.watch.known().keys.get(identifier)
        return record is not None and record.lives(self._clock())

    def close(self) -> None:
        """Write what is left. The keyring may be used again."""
        self.uses.flush()

    def _proved(self, known: Known, text: str) -> _Recognised:
        """The key with this text. An unknown id costs the same work as a known one, so that ids cannot be found by the clock."""
        identifier = parse(text)
        if identifier is None:
            raise NotAccepted("no key: its form, or its checksum")
        record = known.keys.get(identifier, _NOBODY)
        same = hmac.compare_digest(hashed(text, self._pepper), record.hash)
        if record is _NOBODY:
            raise NotAccepted(f"key {identifier} is unknown")
        if record.pepper != self._pepper_name:
            raise NotAccepted(f"key {identifier} was made with another BASCULE_PEPPER")
        if not same:
            raise NotAccepted(f"key {identifier} with a wrong secret")
        if not record.lives(self._clock()):
            raise NotAccepted(f"key {identifier} {'has expired' if record.revoked_at is None else 'is revoked'}")
        return _recognised(record)


def _recognised(record: KeyRecord) -> _Recognised:
    scopes, claims = frozenset(record.scopes), dict(record.claims)
    caller = Caller(record.owner, f"key:{record.id}", scopes, claims, record.rate)
    expires_at = math.inf if record.expires_at is None else record.expires_at
    return _Recognised(record.id, caller, expires_at, tuple(network(each) for each in record.networks))


def _admit(key: _Recognised, client: str) -> None:
    """Let a client through that is within the key's networks. Raises NotAccepted."""
    if not within(client, key.networks):
        raise NotAccepted(
            f"key {key.id} from outside of its networks" if client else f"key {key.id} from nobody knows where"
        )
    if len(key.clients) >= MOST_CLIENTS:
        key.clients.clear()
    key.clients.add(client)
