"""The console's pages: shells of HTML without data, and the files that fill them.

In charge of which pages there are, of their navigation, and of what they may load. A shell says nothing of the gateway: its script
asks the admin API, with the session of whoever looks. So a page costs nothing, comes while the state and every source are away, and
says itself what it cannot show. It must not know a credential, nor what an operation answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from flask import Blueprint, Flask, Response, abort, redirect, render_template, request, url_for
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

_HERE: Final = Path(__file__).parent
_MEDIA: Final = {  # said here, not by the system's own table: a browser runs no script of another type
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


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
    pages = Blueprint(NAME, __name__, url_prefix=START.rstrip("/"), template_folder="templates")
    issuer = "" if client is None else client.issuer.name
    for page in PAGES:
        pages.add_url_rule(f"/{page.path}", page.endpoint, partial(_shell, page))
    pages.add_url_rule("/log-in", "log_in_page", lambda: _response(_log_in_page(issuer)))
    pages.add_url_rule("/static/<filename>", "static", partial(_file, _files()))
    sign_in = None if client is None else SignIn(client)
    Entrance(gateway, sessions_of(gateway), sign_in, port).add_to(pages, partial(_log_in_page, issuer), POLICY)
    app.register_blueprint(pages)
    app.add_url_rule("/", "start", lambda: redirect(url_for(f"{NAME}.overview")))


def _shell(page: Page) -> BaseResponse:
    return _response(render_template("console/page.html", page=page, pages=PAGES))


def _log_in_page(issuer: str, problem: str = "") -> str:
    return render_template("console/log_in.html", issuer=issuer, problem=problem)


def _files() -> Mapping[str, tuple[bytes, str]]:
    """What the pages load, by name: a few small files, which are kept."""
    shared = (_HERE.parent / "static" / name for name in SHARED)
    paths = (*(_HERE / "static").iterdir(), *shared)
    return {path.name: (path.read_bytes(), _MEDIA[path.suffix]) for path in paths if path.suffix in _MEDIA}


def _file(files: Mapping[str, tuple[bytes, str]], filename: str) -> BaseResponse:
    if filename not in files:
        abort(404)
    return _conditional(Response(files[filename][0], content_type=files[filename][1], headers=(POLICY[0],)))


def _response(text: str) -> BaseResponse:
    return _conditional(Response(text, content_type=HTML, headers=POLICY))


def _conditional(response: Response) -> BaseResponse:
    """The answer, or that it has not changed."""
    response.add_etag()
    return response.make_conditional(request)
