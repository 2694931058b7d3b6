"""Authenticate: a request's credential to a caller.

In charge of where a credential may stand, and of which kind it is: a key, a token of the gateway's own, a token of an issuer.
It must not know how one is checked, nor what its caller may see.

A credential stands in a header, never in an address: addresses are logged by every proxy on the way.

Headers that were accepted are known again for a quarter of a second, from the same address: so long, what has been revoked or has
expired may be served on beside the second that a worker takes to learn of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Final

from app.callers.credentials import NotAccepted
from app.exchange import ANYBODY, Caller, Inbound
from app.problems import ProblemError

CHALLENGE: Final = (("WWW-Authenticate", 'Bearer realm="bascule"'),)

MOMENT: Final = 0.25  # seconds
MOST_RECENT: Final = 4096

Presented = tuple[str | None, str | None, str]
"""The two headers that a credential may stand in, and the address that they come from."""

Check = Callable[[str, str], Caller]
"""A credential's text and the address that it comes from to its caller. Raises NotAccepted."""


class Recent:
    """The callers of the last moment, by their headers and address. Safe for threads: whoever is not found is checked."""

    def __init__(self) -> None:
        self._kept: dict[Presented, Caller] = {}
        self._until = 0.0

    def get(self, presented: Presented) -> Caller | None:
        """The caller who came with these a moment ago."""
        now = monotonic()
        if now >= self._until:
            self._until = now + MOMENT
            self._kept = {}
            return None
        return self._kept.get(presented)

    def keep(self, presented: Presented, caller: Caller) -> None:
        """Know a caller again for the rest of the moment."""
        if len(self._kept) < MOST_RECENT:
            self._kept[presented] = caller

    def tidy(self) -> None:
        """Drop what the moment has left: to be called every second or so, for credentials are not to lie about where nobody asks."""
        if self._kept and monotonic() >= self._until:
            self._kept = {}

    def forget(self) -> None:
        """Check everybody anew."""
        self._until = 0.0


@dataclass(frozen=True, slots=True)
class Credentials:
    """How each kind of credential is checked, by what its text begins with; `others` are tokens of issuers.

    `needed` is False where the contract serves everybody: then nobody asks for one. `settled` says whether the checks of `kinds`
    would wait for nothing now.
    """

    needed: bool = False
    kinds: tuple[tuple[str, Check], ...] = ()
    others: Check | None = None
    settled: Callable[[], bool] = lambda: False
    recent: Recent = field(default_factory=Recent, compare=False, repr=False)


def authenticate(credentials: Credentials, inbound: Inbound) -> Caller:
    """Who asks. Raises ProblemError `unauthorized`: without a credential, with two, or with one that is not accepted."""
    if not credentials.needed:
        return ANYBODY
    presented = _presented(inbound)
    return credentials.recent.get(presented) or _proved(credentials, presented)


def known_caller(credentials: Credentials, inbound: Inbound) -> Caller | None:
    """Who asks, where that takes no waiting; None: `authenticate` has to say. Raises ProblemError as that does."""
    if not credentials.needed:
        return ANYBODY
    presented = _presented(inbound)
    caller = credentials.recent.get(presented)
    if caller is not None or not credentials.settled():
        return caller
    if not _text(*presented[:2]).startswith(tuple(prefix for prefix, _ in credentials.kinds)):
        return None
    return _proved(credentials, presented)


def _presented(inbound: Inbound) -> Presented:
    return inbound.headers.get("authorization"), inbound.headers.get("x-api-key"), inbound.client


def _proved(credentials: Credentials, presented: Presented) -> Caller:
    """Whose credential it is, known again for the rest of the moment. Raises NotAccepted."""
    bearer, key, client = presented
    caller = _checked(credentials, _text(bearer, key), client)
    credentials.recent.keep(presented, caller)
    return caller


def _checked(credentials: Credentials, text: str, client: str) -> Caller:
    """Whose credential it is. Raises NotAccepted."""
    for prefix, check in credentials.kinds:
        if text.startswith(prefix):
            return check(text, client)
    if credentials.others is None:
        raise NotAccepted("neither a key nor a token of this gateway")
    return credentials.others(text, client)


def _text(bearer: str | None, key: str | None) -> str:
    """The one credential of a request, by its two headers."""
    if bearer is None:
        if key is None:
            raise ProblemError("unauthorized", headers=CHALLENGE)
        return key
    if key is not None:
        raise NotAccepted("two credentials")
    scheme, _, text = bearer.partition(" ")
    if scheme.lower() != "bearer" or not text:
        raise NotAccepted("another scheme than Bearer")  # what stands there may be a key without its scheme
    return text.strip()
