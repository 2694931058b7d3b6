"""The console's pages: shells of HTML without data, and the files that fill them.

In charge of which pages there are, of their navigation, and of what they may load. A shell says nothing of the gateway: its script
asks the admin API, with the session of whoever looks. So a page costs nothing, comes while the state and every source are away, and
says itself what it cannot show. It must not know a credential, nor what an operation answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from flask import Blueprint, Flask, Response, redirect, render_template, request, send_from_directory, url_for
from werkzeug import Response as BaseResponse

from app.callers.desk import Desk
from app.gateway import Gateway
from app.web.console.entrance import HTML, SESSION, Entrance
from app.web.console.sign_in import SignIn, client_of
from app.web.sessions import Sessions

NAME: Final = "console"
START: Final = "/console/"
SHARED: Final = ("tokens.css", "bascule.svg")  # what the pages of both ports have in common

_LOADS: Final = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'"
_NOTHING_ELSE: Final = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
POLICY: Final = (("Cache-Control", "no-cache"), ("Content-Security-Policy", f"{_LOADS}; {_NOTHING_ELSE}"))

_SHARED_FOLDER: Final = Path(__file__).parent.parent / "static"


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its address below the console's, its name in the navigation, its title, and the script that fills it."""

    path: str
    name: str
    title: str
    script: str

    @property
    def endpoint(self) -> str:
        """What Flask calls it."""
        return self.script


PAGES: Final = (
    Page("", "Overview", "Overview", "overview"),
    Page("traffic", "Traffic", "Traffic", "traffic"),
    Page("costs", "Costs", "Who costs what", "costs"),
    Page("issues", "Data issues", "Data issues", "issues"),
    Page("drift", "Drift", "Drift of the sources", "drift"),
    Page("callers", "Callers", "Callers and their limits", "callers"),
    Page("keys", "Keys", "API keys", "keys"),
    Page("cache", "Cache", "Kept answers", "cache"),
    Page("map", "Map", "Who uses what", "map"),
)


def sessions_of(gateway: Gateway) -> Sessions:
    """The sessions of this gateway's console."""
    return Sessions(gateway.session_secret, SESSION)


def add_console(app: Flask, gateway: Gateway, desk: Desk, port: str) -> None:
    """Serve the console. `port` stands before paths in the audit. Raises BadSetting."""
    client = client_of(gateway.settings, desk.contract.security)
    pages = Blueprint(
        NAME, __name__, url_prefix=START.rstrip("/"), static_folder="static", static_url_path="/static",
        template_folder="templates",
    )  # fmt: skip
    issuer = "" if client is None else client.issuer.name
    for page in PAGES:
        pages.add_url_rule(f"/{page.path}", page.endpoint, partial(_shell, page))
    pages.add_url_rule("/log-in", "log_in_page", lambda: _response(_log_in_page(issuer)))
    for name in SHARED:
        pages.add_url_rule(f"/shared/{name}", f"shared-{name.replace('.', '-')}", partial(_shared, name))
    sign_in = None if client is None else SignIn(client)
    Entrance(gateway, sessions_of(gateway), sign_in, port).add_to(pages, partial(_log_in_page, issuer), POLICY)
    app.register_blueprint(pages)
    app.add_url_rule("/", "start", lambda: redirect(url_for(f"{NAME}.overview")))


def _shell(page: Page) -> BaseResponse:
    return _response(render_template("console/page.html", page=page, pages=PAGES))


def _log_in_page(issuer: str, problem: str = "") -> str:
    return render_template("console/log_in.html", issuer=issuer, problem=problem)


def _shared(name: str) -> Response:
    return send_from_directory(_SHARED_FOLDER, name)


def _response(text: str) -> BaseResponse:
    """A page, or that it has not changed."""
    response = Response(text, content_type=HTML, headers=POLICY)
    response.add_etag()
    return response.make_conditional(request)
