"""The entrance: where a browser gives a key once, where the contract keeps its documents for callers.

In charge of the session's beginning and end. What a session may see is decided anew at each request, by the credential in it. It must
not know what any page shows.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug import Response as BaseResponse

from app.exchange import Inbound
from app.gateway import Gateway
from app.problems import ProblemError
from app.web import bridge
from app.web.portal.papers import page
from app.web.portal.readers import Readers, problem
from app.web.sessions import TooLong, same_origin

FREE: Final = frozenset({"sign_in", "enter", "sign_out", "problems", "problem"})  # endpoints that everybody may ask
HOURS: Final = 8

_SECONDS: Final = HOURS * 3600


def register(pages: Blueprint, gateway: Gateway, readers: Readers) -> None:
    """The page that takes a key; only where pages ask for one."""
    if not readers.private:
        return

    def inbound() -> Inbound:
        return bridge.inbound(request.environ, gateway.settings.base_url)

    @pages.get("/sign-in")
    def sign_in() -> Response:
        """The page that takes a key."""
        return _form()

    @pages.post("/sign-in")
    def enter() -> BaseResponse:
        """A session for who has a key. A form of another site cannot begin one."""
        asked = inbound()
        key = request.form.get("key", "").strip()
        if not same_origin(asked):
            return problem(_elsewhere(), asked)
        try:
            readers.admitted(replace(asked, headers={"authorization": f"Bearer {key}"}))
            sealed = readers.sessions.seal(key, _SECONDS)
        except ProblemError as error:
            return _form(error) if error.problem.code == "unauthorized" else problem(error, asked)
        except TooLong:
            return _form(ProblemError("unauthorized", "This credential is too long for a browser: use a key."))
        cookie = readers.sessions.cookie(sealed, _SECONDS, secure=request.is_secure)
        return _with_cookies(redirect(_next(), 303), cookie)

    @pages.post("/sign-out")
    def sign_out() -> BaseResponse:
        """The end of the session in this browser. A form of another site cannot end one."""
        asked = inbound()
        if not same_origin(asked):
            return problem(_elsewhere(), asked)
        return _with_cookies(redirect(url_for(".sign_in"), 303), *readers.sessions.cleared(secure=request.is_secure))


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


def _elsewhere() -> ProblemError:
    return ProblemError("malformed-request", "A form of another site asks for this.")


def _with_cookies(response: BaseResponse, *cookies: str) -> BaseResponse:
    for each in cookies:
        response.headers.add("Set-Cookie", each)
    response.headers["Cache-Control"] = "no-store"
    return response
