"""Authenticate: a request's credential to a caller.

In charge of where a credential may stand, and of which kind it is: a key, a token of the gateway's own, a token of an issuer.
It must not know how one is checked, nor what its caller may see.

A credential stands in a header, never in an address: addresses are logged by every proxy on the way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from app.callers.credentials import NotAccepted
from app.exchange import ANYBODY, Caller, Inbound
from app.problems import ProblemError

CHALLENGE: Final = (("WWW-Authenticate", 'Bearer realm="bascule"'),)

Check = Callable[[str, str], Caller]
"""A credential's text and the address that it comes from to its caller. Raises NotAccepted."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """How each kind of credential is checked, by what its text begins with; `others` are tokens of issuers.

    `needed` is False where the contract serves everybody: then nobody asks for one.
    """

    needed: bool = False
    kinds: tuple[tuple[str, Check], ...] = ()
    others: Check | None = None


def authenticate(credentials: Credentials, inbound: Inbound) -> Caller:
    """Who asks. Raises ProblemError `unauthorized`: without a credential, with two, or with one that is not accepted."""
    if not credentials.needed:
        return ANYBODY
    text = _text(inbound)
    for prefix, check in credentials.kinds:
        if text.startswith(prefix):
            return check(text, inbound.client)
    if credentials.others is None:
        raise NotAccepted("neither a key nor a token of this gateway")
    return credentials.others(text, inbound.client)


def _text(inbound: Inbound) -> str:
    """The one credential of a request."""
    bearer = inbound.headers.get("authorization")
    key = inbound.headers.get("x-api-key")
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
