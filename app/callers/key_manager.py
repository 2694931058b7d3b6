"""Giving out keys and taking them back: what the command line and the admin API share.

In charge of what may be given, and of the life of a key. It must not know a terminal, HTTP, or how a key is checked.

    create -> active -> expired
                     -> replaced (by `rotate`; good until the overlap is over) -> expired
                     -> revoked (at once, and for good)
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from app.callers.credentials import ADMIN, METRICS, REFRESH, SANDBOX
from app.callers.key_text import Minted, mint, pepper_name
from app.callers.networks import network
from app.contract.model import Contract
from app.contract.security_words import CLAIM, CLASS, SCOPE
from app.shapes import nearest
from app.state import KeyRecord, State

DEFAULT_RATE: Final = "default"  # the class of a caller that none is named for
LONGEST_LIFE: Final = 100 * 366 * 86_400.0  # seconds
LONGEST_TEXT: Final = 1_000  # characters of an owner, a note, a value of a claim

Standing = Literal["active", "replaced", "expired", "revoked"]


class BadGrant(ValueError):
    """A key cannot be given out so; `args[0]` says what is wrong, in one line."""


class UnknownKey(LookupError):
    """There is no key of that id; `known` are those that there are."""

    def __init__(self, identifier: str, known: Iterable[str]) -> None:
        self.known = tuple(known)
        hint = nearest(identifier, self.known)
        super().__init__(f"there is no key {identifier!r}{f' — {hint}' if hint else ''}")


class EndedKey(Exception):
    """The key is not active, so it cannot be rotated; `args[0]` says why."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a new key is to be good for. `lifetime` is in seconds; None: it never expires."""

    owner: str
    scopes: tuple[str, ...] = ()
    claims: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    networks: tuple[str, ...] = ()
    rate: str = DEFAULT_RATE
    note: str = ""
    lifetime: float | None = None


class KeyManager:
    """The keys of a state. Every method raises StateError. `clock` is the one on the wall."""

    def __init__(self, state: State, pepper: bytes, clock: Callable[[], float] = time.time) -> None:
        self._state = state
        self._pepper = pepper
        self._clock = clock

    def create(self, grant: Grant) -> tuple[str, KeyRecord]:
        """A new key: its text, which is kept nowhere, and what is kept of it. Raises BadGrant."""
        for fault in faults(grant):
            raise BadGrant(fault)
        minted = mint(self._pepper)
        record = self._record(minted, grant)
        self._state.add_key(record)
        return minted.text, record

    def list(self) -> tuple[KeyRecord, ...]:
        """All keys, the oldest first, dead ones too."""
        return tuple(self._state.api_keys())

    def find(self, identifier: str) -> KeyRecord:
        """The key of that id. Raises UnknownKey."""
        known = {record.id: record for record in self._state.api_keys()}
        if identifier not in known:
            raise UnknownKey(identifier, known)
        return known[identifier]

    def rotate(self, identifier: str, overlap: float) -> tuple[str, KeyRecord]:
        """A new key that is good for the same, and for as long; the old one ends `overlap` seconds from now, or before.

        Raises UnknownKey; EndedKey where the key is not active.
        """
        if not 0 <= overlap <= LONGEST_LIFE:
            raise BadGrant("the overlap must be a time of at most a hundred years")
        old, now = self.find(identifier), self._clock()
        if standing(old, now) != "active":
            raise EndedKey(_ended(old, now))
        until = min(now + overlap, math.inf if old.expires_at is None else old.expires_at)
        minted = mint(self._pepper)
        record = self._record(minted, _same(old))
        if not self._state.replace_key(identifier, until, record):
            raise EndedKey(_ended(self.find(identifier), now))  # somebody else was faster
        return minted.text, record

    def revoke(self, identifier: str) -> KeyRecord:
        """End a key, for good; one that is revoked already stays so. A key that it was rotated to goes on. Raises UnknownKey."""
        self.find(identifier)
        self._state.revoke_key(identifier)
        return self.find(identifier)

    def strangers(self) -> tuple[KeyRecord, ...]:
        """Living keys that were made with another pepper, so that none of them is accepted with this one."""
        name, now = pepper_name(self._pepper), self._clock()
        return tuple(each for each in self._state.api_keys() if each.lives(now) and each.pepper != name)

    def _record(self, minted: Minted, grant: Grant) -> KeyRecord:
        now = self._clock()
        return KeyRecord(
            id=minted.id,
            hash=minted.hash,
            pepper=pepper_name(self._pepper),
            owner=grant.owner,
            created_at=now,
            note=grant.note,
            scopes=grant.scopes,
            claims=grant.claims,
            rate=grant.rate,
            networks=tuple(str(network(each)) for each in grant.networks),
            expires_at=None if grant.lifetime is None else now + grant.lifetime,
        )


def _same(old: KeyRecord) -> Grant:
    """What a key is good for."""
    lifetime = None if old.expires_at is None else old.expires_at - old.created_at
    return Grant(old.owner, old.scopes, old.claims, old.networks, old.rate, old.note, lifetime)


def standing(record: KeyRecord, now: float) -> Standing:
    """Where a key is in its life."""
    if record.revoked_at is not None:
        return "revoked"
    if not record.lives(now):
        return "expired"
    return "active" if record.replaced_by is None else "replaced"


def _ended(record: KeyRecord, now: float) -> str:
    said = {
        "expired": "has expired",
        "revoked": "was revoked",
        "replaced": f"was replaced by {record.replaced_by}",
    }
    return f"key {record.id} {said[standing(record, now)]}: it cannot be rotated"


# What may be given.


def faults(grant: Grant) -> Iterator[str]:
    """What is wrong with a grant, one sentence each."""
    if not grant.owner.strip():
        yield "a key needs an owner"
    texts = (grant.owner, grant.note, *(value for values in grant.claims.values() for value in values))
    if not all(text.isprintable() and len(text) <= LONGEST_TEXT for text in texts):
        yield f"owner, note and claims must be printable, and of at most {LONGEST_TEXT} characters each"
    yield from (
        f"{each!r}: expected {SCOPE.expected}" for each in grant.scopes if not re.fullmatch(SCOPE.pattern, each)
    )
    for name, values in grant.claims.items():
        if not re.fullmatch(CLAIM.pattern, name) or not values or not all(values):
            yield f"claim {name!r}: expected {CLAIM.expected}, and a value"
    if not re.fullmatch(CLASS.pattern, grant.rate):
        yield f"{grant.rate!r}: expected {CLASS.expected}"
    if grant.lifetime is not None and not 0 < grant.lifetime <= LONGEST_LIFE:
        yield "a key lives for more than nothing, and for at most a hundred years"
    for each in grant.networks:
        try:
            network(each)
        except ValueError as error:
            yield str(error)


def unnamed(grant: Grant, contract: Contract) -> Iterator[str]:
    """What the contract never names, one sentence each: such a key works, and is good for less than its owner thinks."""
    specs = [each for version in contract.versions.values() for each in version.resources.values()]
    changed = [
        each
        for version in contract.versions.values()
        for lens in version.lenses.values()
        for change in lens.changes
        for each in change.fields.values()
    ]
    fields = [*changed, *(each for spec in specs for each in spec.fields.values())]
    named = {
        ADMIN,
        METRICS,
        REFRESH,
        SANDBOX,
        *(scope for spec in specs for scope in (spec.access.read, spec.access.rows_exempt)),
    }
    scopes = named.union(each.scope for each in fields) - {""}
    claims = {claim for spec in specs for claim in spec.access.rows.values()}
    yield from _unnamed("scope", grant.scopes, scopes)
    yield from _unnamed("claim", grant.claims, claims)
    yield from _unnamed("class of limits", [grant.rate], {DEFAULT_RATE, *contract.limits})


def _unnamed(what: str, given: Iterable[str], named: set[str]) -> Iterator[str]:
    for each in given:
        if each not in named:
            hint = nearest(each, named)
            yield f"the contract names no {what} {each!r}{f' — {hint}' if hint else ''}"
