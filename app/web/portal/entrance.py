"""The entrance: where a browser gives a key once, where the contract keeps its documents for callers.

In charge of the session's beginning and end. What a session may see is decided anew at each request, by the credential in it. It must
not know what any page shows.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Final

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug import Response as BaseResponse

from app.exchange import Answer
from app.gateway import Gateway
from app.problems import ProblemError
from app.web.exchanges import Exchange, exchanged
from app.web.portal.papers import page
from app.web.portal.readers import Readers
from app.web.sessions import Sessions, TooLong, same_origin

FREE: Final = frozenset({"sign_in", "enter", "sign_out", "problems", "problem"})  # endpoints that everybody may ask
HOURS: Final = 8

_SECONDS: Final = HOURS * 3600


def register(pages: Blueprint, gateway: Gateway, readers: Readers) -> None:
    """The page that takes a key; only where pages ask for one."""
    if not readers.private:
        return

    @pages.get("/sign-in")
    def sign_in() -> Response:
        """The page that takes a key."""
        return _form()

    @pages.post("/sign-in")
    def enter() -> Response:
        """A session for who has a key. A form of another site cannot begin one."""
        return exchanged(gateway, partial(_entered, readers.sessions))

    @pages.post("/sign-out")
    def sign_out() -> Response:
        """The end of the session in this browser. A form of another site cannot end one."""
        return exchanged(gateway, partial(_left, readers.sessions))


def _entered(sessions: Sessions, exchange: Exchange) -> Answer:
    """A session for the holder of the key in the form, or the form once more. Raises ProblemError."""
    _check_origin(exchange)
    key = request.form.get("key", "").strip()
    exchange.inbound = replace(exchange.inbound, headers={"authorization": f"Bearer {key}"})
    try:
        exchange.admit_caller()
        sealed = sessions.seal(key, _SECONDS)
    except ProblemError as error:
        if error.problem.code != "unauthorized":
            raise
        return _refused(exchange, error)
    except TooLong:
        return _refused(exchange, ProblemError("unauthorized", "This credential is too long for a browser: use a key."))
    return _sent(_next(), sessions.cookie(sealed, _SECONDS, secure=request.is_secure))


def _left(sessions: Sessions, exchange: Exchange) -> Answer:
    """The end of a session. Raises ProblemError."""
    _check_origin(exchange)
    return _sent(url_for(".sign_in"), *sessions.cleared(secure=request.is_secure))


def _refused(exchange: Exchange, error: ProblemError) -> Answer:
    """The form, which says why; the audit has the reason."""
    exchange.reason = exchange.reason or error.problem.code
    return _answer(_form(error))


def _form(error: ProblemError | None = None) -> Response:
    """The form, with what was wrong before."""
    response = page("sign_in.html", next=_next(), wrong="" if error is None else error.detail, hours=HOURS)
    response.status_code = 200 if error is None else error.problem.status
    response.headers["Cache-Control"] = "no-store"
    return response


def _next() -> str:
    """Where the reader was going: a path of this very site, or the start page."""
    wanted = request.values.get("next", "")
    sound = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return f"{request.script_root}{wanted}" if sound else url_for(".start")


def _check_origin(exchange: Exchange) -> None:
    if not same_origin(exchange.inbound):
        raise ProblemError("malformed-request", "A form of another site asks for this.")


def _sent(address: str, *cookies: str) -> Answer:
    """To another page, with cookies."""
    response = redirect(address, 303)
    for each in cookies:
        response.headers.add("Set-Cookie", each)
    response.headers["Cache-Control"] = "no-store"
    return _answer(response)


def _answer(response: BaseResponse) -> Answer:
    """The same, to be written down before it is sent."""
    framing = {"Content-Type", "Content-Length"}
    headers = tuple((name, value) for name, value in response.headers if name not in framing)
    return Answer(response.status_code, response.get_data(), response.content_type or "", headers)
