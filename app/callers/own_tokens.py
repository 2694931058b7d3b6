"""Own tokens: short-lived access tokens that the gateway gives to holders of its API keys.

    bascule_t_eyJhbGciOiJIUzI1NiIs…   the prefix, and a JWT (RFC 9068) with an HMAC: only the gateway reads it

In charge of OAuth's client credentials grant (RFC 6749, 4.4) and of revocation (RFC 7009), as far as they are not HTTP. It must
not know a web framework, nor the tokens of other issuers.

A token names its key and holds a part of the key's scopes. Everything else is the key's as it is now: a token dies with its
key, is used from the key's networks alone, and counts against the key's limits, so that it is worth no more than the key.
"""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import jwt
from jwt.types import Options

from app.callers.claims import ends
from app.callers.credentials import SANDBOX, NotAccepted
from app.callers.keys import Keyring
from app.callers.networks import Network, network, within
from app.callers.verified import Proof, Verified, digest_of
from app.callers.watch import Known
from app.exchange import Caller
from app.state import KeyRecord, State

PREFIX: Final = "bascule_t_"  # no key begins so: eight characters stand before a key's next `_`
SECRET: Final = "tokens"  # noqa: S105  # what the state calls the secret that they are signed with
KIND: Final = "token"  # what the state calls a revoked one

_ISSUER: Final = "bascule"
_TYPE: Final = "at+jwt"
_ALGORITHM: Final = "HS256"
_KEY: Final = "key:"  # how the identity of a key's caller begins
_SECRET_BYTES: Final = 32  # RFC 7518, 3.2
_OPTIONS: Final[Options] = {
    "require": ["iss", "aud", "sub", "exp", "jti", "scope"],
    "verify_exp": False,  # `claims.ends` reads times, with the gateway's clock
    "verify_nbf": False,
    "verify_iat": False,
}

# RFC 6749, 5.2, and RFC 7009, 2.2.1: the status of each error, and what it says where nothing else is said.
GRANT_ERRORS: Final[Mapping[str, tuple[int, str]]] = {
    "invalid_request": (400, "the request is malformed"),
    "invalid_client": (401, "client_id and client_secret are not those of a key"),
    "invalid_grant": (400, "the grant is not accepted"),
    "unauthorized_client": (400, "the client may not use this grant"),
    "unsupported_grant_type": (400, "the one grant type is client_credentials"),
    "invalid_scope": (400, "the key does not have every scope that is asked for"),
    "unsupported_token_type": (400, "tokens of this type cannot be revoked"),
}


class GrantError(Exception):
    """An error of the token endpoint. `code` is a key of GRANT_ERRORS; `reason` is the operator's, and is never sent."""

    def __init__(self, code: str, description: str = "", reason: str = "") -> None:
        self.code = code
        self.status, said = GRANT_ERRORS[code]
        self.description = description or said
        self.reason = reason or self.description
        super().__init__(self.description)

    def document(self) -> dict[str, str]:
        """The body of the answer (RFC 6749, 5.2)."""
        return {"error": self.code, "error_description": self.description}


@dataclass(frozen=True, slots=True)
class Issued:
    """A token that was given out: its text, its lifetime in whole seconds, and its scopes with blanks between them."""

    text: str = field(repr=False)
    lifetime: int
    scope: str


@dataclass(frozen=True, slots=True)
class _Standing:
    """What a verification rests on: what was known of keys and revocations, and the networks of its key."""

    known: Known
    networks: tuple[Network, ...]


class OwnTokens:
    """Gives out tokens of `lifetime` seconds, and knows them again. Safe for threads and forks.

    `secret` is `state.secret(SECRET)`; `clock` is the one on the wall. Every method may raise ProblemError, 503, as the keyring
    does where the state has been away for too long.
    """

    def __init__(
        self,
        secret: bytes,
        lifetime: float,
        keyring: Keyring,
        state: State,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if len(secret) < _SECRET_BYTES:
            raise ValueError(f"the secret of tokens must have {_SECRET_BYTES} bytes at least")
        self._secret = secret
        self._lifetime = lifetime
        self._keyring = keyring
        self._state = state
        self._clock = clock
        self._verified: Verified[_Standing] = Verified()

    # Giving out.

    def grant(self, caller: Caller, scope: str | None) -> dict[str, Any]:
        """The body of the answer to a client credentials request (RFC 6749, 5.1) of a `client`. Raises GrantError."""
        issued = self.issue(caller, scope)
        body = {"access_token": issued.text, "token_type": "Bearer", "expires_in": issued.lifetime}
        return body | ({"scope": issued.scope} if issued.scope else {})  # an empty one has no spelling (RFC 6749, 3.3)

    def client(self, client_id: str, client_secret: str, client_address: str) -> Caller:
        """The holder of a key, who may have tokens and revoke them. Raises GrantError."""
        try:
            caller = self._keyring.caller(client_secret, client_address)
        except NotAccepted as error:
            raise GrantError("invalid_client", reason=error.reason) from None
        if caller.identity != _KEY + client_id:
            raise GrantError("invalid_client", reason="client_id is not the id of the key")
        return caller

    def issue(self, caller: Caller, scope: str | None) -> Issued:
        """A token for the holder of a key, with these of its scopes; None or empty: with all. Raises GrantError."""
        record = self._keyring.watch.known().keys.get(caller.identity.removeprefix(_KEY))
        if record is None or not caller.identity.startswith(_KEY):
            raise GrantError("unauthorized_client", "tokens are given to holders of keys alone")
        granted = frozenset((scope or "").split()) or caller.scopes
        if not granted <= caller.scopes:
            raise GrantError("invalid_scope")
        now, words = self._clock(), " ".join(sorted(granted))
        end = int(min(now + self._lifetime, _end(record)))
        claims = {
            "iss": _ISSUER,
            "aud": _ISSUER,
            "sub": record.id,
            "client_id": record.id,
            "jti": secrets.token_urlsafe(16),
            "iat": int(now),
            "exp": end,
            "scope": words,
        }
        text = jwt.encode(claims, self._secret, _ALGORITHM, headers={"typ": _TYPE})
        return Issued(PREFIX + text, max(0, end - int(now)), words)

    # Knowing again.

    def caller(self, text: str, client: str = "") -> Caller:
        """Whose token this is; `client` is the address that it is used from, empty where nobody knows. Raises NotAccepted."""
        digest = digest_of(text)
        known = self._keyring.watch.known()
        proof = self._verified.get(digest)
        if proof is None or proof.ground.known is not known or self._clock() >= proof.until:
            proof = self._proved(self._claims(text), known)
            self._verified.put(digest, proof)
        if proof.ground.networks and not within(client, proof.ground.networks):
            raise NotAccepted("the token is used from outside of its key's networks")
        return proof.caller

    def revoke(self, text: str) -> bool:
        """End a token before its time, on all workers; whether there was one (RFC 7009: one that is dead already is no error).

        To have the token is proof enough: whoever found it can only end it. Raises StateError.
        """
        known = self._keyring.watch.known()
        try:
            claims = self._claims(text)
            proof = self._proved(claims, known)
        except NotAccepted:
            return False
        self._state.revoke(KIND, claims["jti"], proof.until)
        return True

    def _proved(self, claims: Mapping[str, Any], known: Known) -> Proof[_Standing]:
        """Whose token this is by what is known now. Raises NotAccepted."""
        now = self._clock()
        until = ends(claims, now, 0)
        if claims["jti"] in known.revoked.get(KIND, frozenset()):
            raise NotAccepted("the token is revoked")
        record = known.keys.get(claims["sub"])
        if record is None or not record.lives(now):
            raise NotAccepted("the token's key is revoked or has expired")
        networks = tuple(network(each) for each in record.networks)
        return Proof(_caller(record, claims), min(until, _end(record)), _Standing(known, networks))

    def _claims(self, text: str) -> dict[str, Any]:
        """What a token of ours says. Raises NotAccepted."""
        if not text.startswith(PREFIX):
            raise NotAccepted("the token is not the gateway's own")
        try:
            read = jwt.decode_complete(
                text.removeprefix(PREFIX),
                self._secret,
                algorithms=[_ALGORITHM],
                issuer=_ISSUER,
                audience=_ISSUER,
                options=_OPTIONS,
            )
        except jwt.PyJWTError:
            raise NotAccepted("the token was not given out by this gateway") from None
        if read["header"].get("typ") != _TYPE:
            raise NotAccepted("the token is of another type")
        claims: dict[str, Any] = read["payload"]
        return claims


def _end(record: KeyRecord) -> float:
    return math.inf if record.expires_at is None else record.expires_at


def _caller(record: KeyRecord, claims: Mapping[str, Any]) -> Caller:
    """The key's caller with what the token has of its scopes. A key of the sandbox has no token that leads out of it."""
    granted = frozenset((*claims["scope"].split(), SANDBOX)) & frozenset(record.scopes)
    return Caller(record.owner, _KEY + record.id, granted, dict(record.claims), record.rate)
