"""The console's entrance: who comes in, by a key or by way of an issuer, and who goes out.

In charge of checking a credential once, before it is put into a session, and of the answers that set and clear its cookie. It must
not know how a credential is checked, nor what a page shows. Strangers are counted as everywhere; each attempt stands in the audit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from flask import Blueprint, request, url_for

from app.exchange import Answer
from app.gateway import Gateway
from app.observations import log
from app.problems import ProblemError
from app.web import bridge
from app.web.admin.bodies import parsed
from app.web.console.sign_in import LIFETIME, SignIn, SignInFailed
from app.web.exchanges import Exchange, Headers, exchanged, json_answer
from app.web.sessions import LAX, Sessions, TooLong, same_origin, with_session

SESSION: Final = "bascule_console"
HOURS: Final = 8
SECONDS: Final = HOURS * 3600

_ANOTHER: Final = "The console lets in its own pages alone."

HTML: Final = "text/html; charset=utf-8"

Page = Callable[[str], str]
"""From a text to the log-in page that says it, as HTML."""


@dataclass(frozen=True)
class Entrance:
    """What the entrance works with. `port` stands before paths in the audit; `sign_in` is None where keys alone open."""

    gateway: Gateway
    sessions: Sessions
    sign_in: SignIn | None
    port: str

    def add_to(self, pages: Blueprint, page: Page, policy: Headers) -> None:
        """Register the entrance's routes. `page` is the log-in page, `policy` the headers of a page."""
        said: tuple[tuple[str, str, Callable[[Exchange], Answer]], ...] = (
            ("/log-in", "POST", self._log_in),
            ("/log-out", "POST", self._log_out),
            ("/session", "GET", self._session),
        )
        for path, method, answer in said:
            view = partial(exchanged, self.gateway, answer, self.port)
            pages.add_url_rule(path, answer.__name__.strip("_"), view, methods=[method])
        if self.sign_in is not None:
            way = _Way(self, self.sign_in, page, policy)
            pages.add_url_rule("/sign-in", "sign_in", partial(exchanged, self.gateway, way.begin, self.port))
            pages.add_url_rule("/signed-in", "signed_in", partial(exchanged, self.gateway, way.finish, self.port))

    def _log_in(self, exchange: Exchange) -> Answer:
        """A session for the holder of an admin key. Raises ProblemError."""
        if not same_origin(exchange.inbound):
            raise ProblemError("unauthorized", _ANOTHER)
        said = parsed(request.get_data())
        credential = said.get("key") if isinstance(said, dict) else None
        if not isinstance(credential, str) or not credential.strip():
            raise ProblemError("invalid-value", "key: an admin key is needed")
        return json_answer({}, 200, (("Set-Cookie", self.admitted(exchange, credential.strip())),))

    def admitted(self, exchange: Exchange, credential: str) -> str:
        """The cookie of whoever holds this credential, if it is an administrator's. Raises ProblemError."""
        exchange.inbound = replace(exchange.inbound, headers={"authorization": f"Bearer {credential}"})
        exchange.admit_admin()
        try:
            value = self.sessions.seal(credential, SECONDS)
        except TooLong as long:
            log.warning("a token is too long for a session of the console: %s", long)
            raise ProblemError(
                "invalid-value",
                "Your access token does not fit into a cookie. Have the issuer put less into it, or log in with a key.",
            ) from None
        return self.sessions.cookie(value, SECONDS, secure=request.is_secure)

    def _log_out(self, exchange: Exchange) -> Answer:
        """The end of the session in this browser."""
        if not same_origin(exchange.inbound):
            raise ProblemError("unauthorized", _ANOTHER)
        return json_answer(
            {}, 200, tuple(("Set-Cookie", each) for each in self.sessions.cleared(secure=request.is_secure))
        )

    def _session(self, exchange: Exchange) -> Answer:
        """Who is logged in. Raises ProblemError."""
        exchange.inbound = with_session(exchange.inbound, self.sessions, secure=request.is_secure)
        exchange.admit_admin()
        return json_answer({"name": exchange.caller.name, "identity": exchange.caller.identity})


class _Way:
    """The way over an issuer and back. What the browser has to remember of it is sealed, for as long as it may take."""

    def __init__(self, entrance: Entrance, sign_in: SignIn, page: Page, policy: Headers) -> None:
        self.entrance = entrance
        self.sign_in = sign_in
        self.memory = Sessions(entrance.gateway.session_secret, f"{SESSION}_way")
        self.page = page
        self.policy = policy

    def begin(self, exchange: Exchange) -> Answer:
        """Send the browser to the issuer."""
        try:
            address, remembered = self.sign_in.begin(self._callback(), _own_page(request.args.get("next", "")))
        except SignInFailed as failure:
            return self._refused(exchange, 502, str(failure), failure.reason)
        cookie = self.memory.cookie(
            self.memory.seal(remembered, LIFETIME), LIFETIME, secure=request.is_secure, same_site=LAX
        )  # the issuer is another site: from there a stricter one would not come back
        return _sent(address, cookie)

    def finish(self, exchange: Exchange) -> Answer:
        """Take whom the issuer sends back."""
        try:
            exchange.reason = "sign-in"
            token, onward = self.sign_in.finish(
                request.args, self.memory.held(exchange.inbound, secure=request.is_secure)
            )
            cookie = self.entrance.admitted(exchange, token)
        except SignInFailed as failure:
            exchange.count_stranger(failure.reason)
            return self._refused(exchange, 403, str(failure), failure.reason)
        except ProblemError as error:
            return self._refused(exchange, error.problem.status, _told(error), exchange.reason)
        exchange.reason = ""
        return _sent(onward, cookie, *self.memory.cleared(secure=request.is_secure))

    def _callback(self) -> str:
        base = self.entrance.gateway.settings.console_url or bridge.own_url(request.environ)
        return f"{base}{url_for('console.signed_in')}"

    def _refused(self, exchange: Exchange, status: int, text: str, reason: str) -> Answer:
        log.warning("a sign-in to the console failed: %s", reason)
        exchange.reason = reason
        return Answer(status, self.page(text).encode(), HTML, self.policy)


def _sent(address: str, *cookies: str) -> Answer:
    """To another address, with cookies."""
    return Answer(
        303,
        b"",
        "",
        (("Location", address), ("Cache-Control", "no-store"), *(("Set-Cookie", cookie) for cookie in cookies)),
    )


_TOLD: Final[Mapping[str, str]] = {
    "unauthorized": "You are signed in at the issuer, but its access token is not one for this API: its audience, most likely. "
    "The audit says why.",
    "insufficient-scope": "You are signed in at the issuer, but its access token does not hold the scope bascule:admin.",
}


def _told(error: ProblemError) -> str:
    return _TOLD.get(error.problem.code) or error.detail or error.problem.title


def _own_page(wanted: str) -> str:
    """The page of the console that was wanted; anything else is its first."""
    first = url_for("console.overview")
    plain = (
        wanted.isascii() and wanted.isprintable() and "\\" not in wanted and "//" not in wanted and ".." not in wanted
    )
    return wanted if plain and wanted.startswith(first) else first
