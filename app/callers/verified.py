"""Verified: the callers of tokens that were verified before, by digest.

In charge of a bounded memory that costs a hit no lock. It must not know what makes a token valid: what that depended on
is kept beside the caller, and whoever asks compares it. No token stands in it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from app.callers.credentials import NotAccepted
from app.exchange import Caller

LONGEST: Final = 16 * 1024  # characters of a token; longer ones are not looked at
MOST: Final = 8192  # tokens kept in a process

Ground = TypeVar("Ground")


@dataclass(frozen=True, slots=True)
class Proof(Generic[Ground]):
    """What a verification found: the caller, until when the token holds (seconds since 1970), and what that rests on."""

    caller: Caller
    until: float
    ground: Ground


class Verified(Generic[Ground]):
    """Verified tokens in two generations: when the young one is full it becomes the old one, and the old one is dropped.

    So what is used stays, and what has expired goes by itself. Two threads that turn the generations at once only cost
    some tokens another verification.
    """

    def __init__(self, most: int = MOST) -> None:
        self._half = max(1, most // 2)
        self._young: dict[bytes, Proof[Ground]] = {}
        self._old: dict[bytes, Proof[Ground]] = {}

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def get(self, digest: bytes) -> Proof[Ground] | None:
        """What was found of the token with this digest; whether it still holds is for the asker to see."""
        proof = self._young.get(digest)
        if proof is None and (proof := self._old.get(digest)) is not None:
            self.put(digest, proof)
        return proof

    def put(self, digest: bytes, proof: Proof[Ground]) -> None:
        """Keep what was verified."""
        if len(self._young) >= self._half:
            self._young, self._old = {}, self._young
        self._young[digest] = proof


def digest_of(text: str) -> bytes:
    """What a token is kept by. Raises NotAccepted for a text that is no token, before anything reads it."""
    if len(text) > LONGEST:
        raise NotAccepted("the token is too long")
    if not text.isascii():
        raise NotAccepted("the token is malformed")
    return hashlib.sha256(text.encode()).digest()
