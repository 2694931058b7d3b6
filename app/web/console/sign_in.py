"""Signing in at an issuer: OpenID Connect's authorization code flow with PKCE (OpenID Connect Core 1.0, 3.1; RFC 7636; RFC 9700).

    begin    an address at the issuer, and a memory of what was asked, which the browser keeps sealed
    finish   what the issuer sent the browser back with, and that memory, to an access token

In charge of that exchange, so that the second factor and the password are the issuer's business alone. The access token is the
credential: whether it is for this API, and what it grants, is decided where every token is (app/callers/tokens.py). The ID token is
verified for its nonce: it proves that the code was given to this browser for this sign-in. It must not know Flask, nor a cookie.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final
from urllib.parse import quote_plus, urlencode

import jwt
import orjson

from app.callers.fetching import Fetch, NotFetched, check, fetch, post
from app.callers.issuers import DISCOVERY, IssuerKeys
from app.contract.model import IssuerSpec, SecuritySpec
from app.settings import PREFIX, BadSetting, Settings

LIFETIME: Final = 600  # seconds from beginning a sign-in to its end
FRESH: Final = 3600.0  # seconds that a discovery document is used for
COOL_DOWN: Final = 10.0  # seconds after a failed look at it, in which nobody is made to wait for another
WAIT: Final = 5.0  # seconds that somebody waits for a look that another has begun

_LEEWAY: Final = 60  # seconds that clocks may differ by
_ENDPOINTS: Final = ("authorization_endpoint", "token_endpoint")

Post = Callable[[str, Mapping[str, str], str], Any]
"""From an address, a form and an `Authorization` to a JSON document. Raises NotFetched."""


class SignInFailed(Exception):
    """A sign-in came to nothing. `args[0]` is for the person at the browser, `reason` for the operator's log."""

    def __init__(self, text: str, reason: str) -> None:
        super().__init__(text)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Client:
    """What the console is at an issuer. Without a secret it is a public client."""

    issuer: IssuerSpec
    identifier: str
    secret: str = field(repr=False)
    scope: str


def client_of(settings: Settings, security: SecuritySpec | None) -> Client | None:
    """The client that the settings say; None: nobody signs in at an issuer. Raises BadSetting."""
    if not settings.console_issuer:
        return None
    issuers = security.issuers if security is not None else {}
    if settings.console_issuer not in issuers:
        known = ", ".join(sorted(issuers)) or "none"
        raise BadSetting(f"{PREFIX}CONSOLE_ISSUER={settings.console_issuer!r}: the contract's issuers are: {known}")
    if not settings.console_client_id:
        raise BadSetting(f"{PREFIX}CONSOLE_CLIENT_ID: say what the console is called at {settings.console_issuer}")
    issuer = issuers[settings.console_issuer]
    return Client(issuer, settings.console_client_id, settings.console_client_secret, settings.console_scope)


class SignIn:
    """Signs people in. Safe for threads and forks; nothing is asked before somebody comes."""

    def __init__(
        self, client: Client, fetch: Fetch = fetch, post: Post = post, timer: Callable[[], float] = monotonic
    ) -> None:
        self.client = client
        self._fetch = fetch
        self._post = post
        self._timer = timer
        self._keys = IssuerKeys(client.issuer, fetch, timer)
        self._known: Mapping[str, Any] | None = None
        self._ask_at = float("-inf")
        self._asking = threading.Lock()

    def begin(self, callback: str, onward: str) -> tuple[str, str]:
        """Where the browser goes, and what it is to bring back with it; `onward` is the page it wants. Raises SignInFailed."""
        known = self._discovered()
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        asked = {
            "response_type": "code",
            "client_id": self.client.identifier,
            "redirect_uri": callback,
            "scope": self.client.scope,
            "state": state,
            "nonce": nonce,
            "code_challenge": _challenge(verifier),
            "code_challenge_method": "S256",
        }
        address = known["authorization_endpoint"]
        memory = {"state": state, "nonce": nonce, "verifier": verifier, "callback": callback, "onward": onward}
        return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}", orjson.dumps(memory).decode()

    def finish(self, said: Mapping[str, str], remembered: str | None) -> tuple[str, str]:
        """The access token, and the page that was wanted. Raises SignInFailed."""
        memory: dict[str, str] = {} if remembered is None else orjson.loads(remembered)
        if not memory or not hmac.compare_digest(said.get("state", "").encode(), memory["state"].encode()):
            raise SignInFailed(
                "This sign-in was not begun in this browser, or more than ten minutes ago. Begin again.",
                "a sign-in without its state",
            )
        if "code" not in said or said.get("iss", self.client.issuer.issuer) != self.client.issuer.issuer:
            raise SignInFailed(
                "The issuer did not let you in. Ask whoever manages accounts there.",
                f"the issuer's answer: {said.get('error', 'no code, or that of another issuer')[:80]!r}",
            )
        answer = self._redeemed(said["code"], memory)
        self._check_identity(answer.get("id_token"), memory["nonce"])
        token = answer.get("access_token")
        if not isinstance(token, str) or str(answer.get("token_type", "")).lower() != "bearer":
            raise _unusable("it holds no bearer token")
        return token, memory["onward"]

    def _redeemed(self, code: str, memory: Mapping[str, str]) -> Mapping[str, Any]:
        """What the token endpoint answers (RFC 6749, 4.1.3)."""
        client, known = self.client, self._discovered()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": memory["callback"],
            "code_verifier": memory["verifier"],
        }
        basic = ""
        if client.secret and "client_secret_basic" in known.get("token_endpoint_auth_methods_supported", _BASIC):
            basic = _basic(client.identifier, client.secret)
        else:
            form |= {"client_id": client.identifier} | ({"client_secret": client.secret} if client.secret else {})
        try:
            answer = self._post(known["token_endpoint"], form, basic)
        except NotFetched as failure:
            raise SignInFailed("The issuer did not confirm the sign-in. Try once more.", str(failure)) from None
        if not isinstance(answer, dict):
            raise _unusable("it is no JSON object")
        return answer

    def _check_identity(self, token: Any, nonce: str) -> None:
        """Raise SignInFailed for an ID token that is not this issuer's, for this client and this sign-in (OIDC Core, 3.1.3.7)."""
        issuer, identifier = self.client.issuer, self.client.identifier
        try:
            header = jwt.get_unverified_header(token)
            algorithm = header.get("alg", "")
            key = self._keys.find(header.get("kid"), algorithm)[1] if algorithm in issuer.algorithms else None
            if key is None:
                raise _unusable("the ID token's key or algorithm is not one of the issuer's")
            claims = jwt.decode(
                token,
                key,
                algorithms=issuer.algorithms,
                issuer=issuer.issuer,
                audience=identifier,
                leeway=_LEEWAY,
                options={"require": ["iss", "aud", "sub", "exp", "iat", "nonce"]},
            )
        except jwt.PyJWTError as error:
            raise _unusable(f"the ID token: {error}") from None
        if not hmac.compare_digest(str(claims["nonce"]).encode(), nonce.encode()):
            raise _unusable("the ID token is of another sign-in")
        if claims.get("azp", identifier) != identifier:
            raise _unusable("the ID token is of another client")

    def _discovered(self) -> Mapping[str, Any]:
        """The issuer's configuration. One thread asks for it anew; the others go on with what is known. Raises SignInFailed."""
        if self._timer() >= self._ask_at and self._asking.acquire(timeout=WAIT if self._known is None else 0):
            try:
                if self._timer() >= self._ask_at:
                    self._ask()
            finally:
                self._asking.release()
        if self._known is None:
            raise SignInFailed(
                "The issuer cannot be reached. Sign in with an admin key, or try again soon.",
                "its configuration is not to be had",
            )
        return self._known

    def _ask(self) -> None:
        issuer = self.client.issuer.issuer
        self._ask_at = self._timer() + COOL_DOWN
        try:
            self._known = _configuration(self._fetch(issuer.removesuffix("/") + DISCOVERY), issuer)
        except NotFetched as failure:
            if self._known is None:
                raise SignInFailed(
                    "The issuer cannot be reached. Sign in with an admin key, or try again soon.", str(failure)
                ) from None
        else:
            self._ask_at = self._timer() + FRESH


_BASIC: Final = ("client_secret_basic",)  # what holds where an issuer says nothing (OpenID Connect Discovery 1.0, 3)


def _configuration(document: Any, issuer: str) -> Mapping[str, Any]:
    """The document of this issuer, with endpoints that may be asked. Raises NotFetched."""
    if not isinstance(document, dict) or document.get("issuer") != issuer:
        raise NotFetched("its configuration is that of another issuer")
    for name in _ENDPOINTS:
        if not isinstance(document.get(name), str):
            raise NotFetched(f"its configuration has no {name}")
        check(document[name])
    return document


def _challenge(verifier: str) -> str:
    """RFC 7636, 4.2."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _basic(identifier: str, secret: str) -> str:
    """RFC 6749, 2.3.1: both parts are encoded as in a form first."""
    return "Basic " + base64.b64encode(f"{quote_plus(identifier)}:{quote_plus(secret)}".encode()).decode()


def _unusable(reason: str) -> SignInFailed:
    return SignInFailed("The issuer's answer cannot be used. Tell whoever runs the gateway.", reason)
