"""Tokens: access tokens of OpenID Connect issuers, as JWTs (RFC 9068, RFC 8725).

In charge of which tokens are accepted and who their caller is; PyJWT decides whether a signature, an audience and an issuer are
right. It must not know how keys are fetched, nor what a caller may do.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import jwt
from jwt import PyJWK
from jwt.types import Options

from app.callers import claims as words
from app.callers.credentials import NotAccepted
from app.callers.fetching import Fetch, fetch
from app.callers.issuers import ALGORITHMS, IssuerKeys, KeySet
from app.callers.verified import Proof, Verified, digest_of
from app.contract.model import IssuerSpec
from app.exchange import Caller

# RFC 9068, 4, and what issuers wrote before it. As media types, in any case and without `application/` (RFC 7515, 4.1.9).
_ACCESS: Final = "at+jwt"
_TYPES: Final = frozenset({_ACCESS, "jwt"})

# What only tokens of another purpose hold: ID tokens (OpenID Connect Core 1.0, 2 and 3.3.2.11), security events and log-outs
# (RFC 8417, 2.2). They are signed with the same keys, and some issuers put the API's own audience in them.
_FOREIGN: Final = ("nonce", "at_hash", "c_hash", "events")

# Times are read by `claims.ends`, with the gateway's clock.
_OPTIONS: Final[Options] = {
    "require": ["iss", "aud", "sub", "exp"],
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "enforce_minimum_key_length": True,
}
_REASONS: Final[Mapping[type, str]] = {
    jwt.InvalidSignatureError: "the token's signature is not that of its issuer",
    jwt.InvalidAudienceError: "the token is for another audience",
    jwt.MissingRequiredClaimError: "the token lacks a claim: iss, aud, sub, exp",
}


@dataclass(frozen=True, slots=True)
class _Issuer:
    spec: IssuerSpec
    keys: IssuerKeys


@dataclass(frozen=True, slots=True)
class _Signed:
    """What a verification rests on: it holds for as long as its issuer has these keys."""

    keys: IssuerKeys
    published: KeySet


@dataclass(frozen=True, slots=True)
class _Unverified:
    """What a token says of itself before anybody believes it: enough to choose a key that is ours, and no more."""

    issuer: _Issuer
    algorithm: str
    kid: str | None
    type: str


class Tokens:
    """The accepted tokens of these issuers, by the names that the contract has for them. May be made before the fork.

    `clock` is the one on the wall, `timer` the monotonic one. Raises ValueError for an issuer that could not be safe.
    """

    def __init__(
        self,
        issuers: Mapping[str, IssuerSpec],
        fetch: Fetch = fetch,
        clock: Callable[[], float] = time.time,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        _check(issuers)
        self._issuers = {spec.issuer: _Issuer(spec, IssuerKeys(spec, fetch, timer)) for spec in issuers.values()}
        self._clock = clock
        self._verified: Verified[_Signed] = Verified()

    def caller(self, text: str) -> Caller:
        """Whose token this is. Raises NotAccepted.

        A token that was verified is believed until it expires, or until its issuer publishes other keys: taking a key
        back is an issuer's one way to say that it was stolen.
        """
        digest = digest_of(text)
        proof = self._verified.get(digest)
        if proof is None or not self._holds(proof):
            proof = self._verify(text)
            self._verified.put(digest, proof)
        return proof.caller

    def _holds(self, proof: Proof[_Signed]) -> bool:
        return self._clock() < proof.until and proof.ground.keys.current() is proof.ground.published

    def _verify(self, text: str) -> Proof[_Signed]:
        said = self._introduced(text)
        issuer = said.issuer
        keys, key = issuer.keys.find(said.kid, said.algorithm)
        if key is None:
            raise NotAccepted("the token's key is not one that its issuer publishes")
        claims = _claims(text, key, issuer.spec)
        until = words.ends(claims, self._clock())
        if said.type != _ACCESS and any(name in claims for name in _FOREIGN):
            raise NotAccepted("the token is not an access token")
        return Proof(_caller(claims, issuer.spec), until, _Signed(issuer.keys, keys))

    def _introduced(self, text: str) -> _Unverified:
        """What the token says of itself. Headers that bring or name keys (jku, jwk, x5u, x5c) are not read."""
        try:
            # It says itself which issuer's keys it is to be verified with; what it grants is read once that is done.
            read = jwt.decode_complete(
                text, options={"verify_signature": False}
            )  # nosemgrep: signatures-of-tokens-are-verified
        except jwt.PyJWTError:
            raise NotAccepted("the token is malformed") from None
        header, issuer = read["header"], read["payload"].get("iss")
        chosen = self._issuers.get(issuer) if isinstance(issuer, str) else None
        if chosen is None:
            raise NotAccepted("the token's issuer is not known")
        algorithm = header.get("alg")
        if not isinstance(algorithm, str) or algorithm not in chosen.spec.algorithms:
            raise NotAccepted("the token's algorithm is not one of its issuer's")
        if "crit" in header:  # RFC 7515, 4.1.11: none of the extensions is understood here
            raise NotAccepted("the token has a critical header")
        return _Unverified(chosen, algorithm, header.get("kid"), _type(header))


def _check(issuers: Mapping[str, IssuerSpec]) -> None:
    for spec in issuers.values():
        if not spec.audience:
            raise ValueError(f"issuer {spec.name}: without an audience, tokens for any other API would do")
        if unsafe := [name for name in spec.algorithms if name not in ALGORITHMS]:
            raise ValueError(f"issuer {spec.name}: there are no public keys for {', '.join(unsafe)}")
    if len({spec.issuer for spec in issuers.values()}) < len(issuers):
        raise ValueError("two issuers have the same address")


def _type(header: Mapping[str, Any]) -> str:
    """The type of the token. Raises NotAccepted for one that is not an access token's; one that says nothing may be."""
    said = header.get("typ", "JWT")
    found = said.lower().removeprefix("application/") if isinstance(said, str) else ""
    if found not in _TYPES:
        raise NotAccepted("the token is of another type")
    return found


def _claims(text: str, key: PyJWK, spec: IssuerSpec) -> dict[str, Any]:
    """What the token says, once PyJWT believes it."""
    try:
        return jwt.decode(
            text,
            key,
            algorithms=spec.algorithms,
            issuer=spec.issuer,
            audience=spec.audience,
            options=_OPTIONS,
        )
    except jwt.PyJWTError as error:
        raise NotAccepted(_REASONS.get(type(error), "the token is malformed")) from None


def _caller(claims: Mapping[str, Any], spec: IssuerSpec) -> Caller:
    name = words.subject(claims)
    return Caller(
        name,
        f"token:{spec.name}/{name}",
        words.scopes(claims, spec.scopes),
        words.mapped(claims, spec.claims),
        spec.rate,
    )
