"""Readers: who looks at the portal, and what of the versions that reader sees.

In charge of the rule of `security: documents`: for everybody, or for callers. In the second case a reader sees the versions as a
caller does (app.plan.access): a resource that may not be read has no page, a masked field stands nowhere. It must not know a page.

A browser cannot send a key by itself, so that there a session stands for it: a cookie that counts for pages and documents alone.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, Response, g, redirect, request, url_for
from werkzeug import Response as BaseResponse

from app.exchange import Caller, Inbound
from app.gateway import Gateway
from app.pipeline import problem_answer
from app.plan.access import View
from app.plan.model import Version
from app.problems import ProblemError
from app.web import bridge
from app.web.exchanges import Exchange
from app.web.overview import newest_first
from app.web.sessions import Sessions, with_session

COOKIE: Final = "bascule_portal"
HTML_OR_PROBLEM: Final = ("application/problem+json", "application/json", "text/html")


@dataclass(frozen=True, slots=True)
class Sight:
    """What a reader sees: the versions, and a key that two readers share who see the same."""

    versions: Mapping[str, Version]
    key: Hashable = ()

    def newest_first(self) -> list[Version]:
        """The versions, v10 before v9."""
        return newest_first(self.versions)


class Readers:
    """Who may read what is said of versions."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.private = gateway.private_documents
        self.sessions = Sessions(gateway.session_secret, COOKIE)
        self._everything = Sight(gateway.plan.versions)

    def sight(self) -> Sight:
        """What the reader of the request at hand sees. It was let pass before (`guard`)."""
        found: Sight = g.get("sight", Sight({}) if self.private else self._everything)
        return found

    def guard(self, pages: Blueprint, free: Collection[str] = ()) -> None:
        """Have every address of a blueprint take a credential, where the contract says so; `free` are endpoints that do not."""
        if not self.private:
            return

        @pages.before_request
        def ask() -> BaseResponse | None:
            """A problem for who has no credential; for a browser, the page that takes one."""
            if (request.endpoint or "").rpartition(".")[2] in free:
                return None
            inbound = self.inbound()
            try:
                g.sight = self.seen(self.admitted(inbound))
            except ProblemError as error:
                return self._refused(error, inbound)
            return None

        @pages.after_request
        def keep(response: Response) -> Response:
            """What is told to a caller, no cache that others share may keep."""
            if response.headers.get("Cache-Control", "no-cache") == "no-cache":
                response.headers["Cache-Control"] = "private, no-cache"
            return response

    def inbound(self) -> Inbound:
        """The request at hand, with the credential of its session."""
        inbound = bridge.inbound(request.environ, self.gateway.settings.base_url)
        return with_session(inbound, self.sessions, secure=request.is_secure)

    def admitted(self, inbound: Inbound) -> Caller:
        """Whose request it is. Raises ProblemError."""
        exchange = Exchange(self.gateway, inbound)
        exchange.admit_caller()
        return exchange.caller

    def seen(self, caller: Caller) -> Sight:
        """What a caller sees of every version. Claims decide which rows it sees, and no more of a page than whether there are any."""
        if caller.unrestricted:
            return self._everything
        views = {name: self.gateway.views.view(version, caller) for name, version in self.gateway.plan.versions.items()}
        return Sight({name: view.version for name, view in views.items()}, tuple(_rights(views.values(), caller)))

    def _refused(self, error: ProblemError, inbound: Inbound) -> BaseResponse:
        if error.problem.code == "unauthorized" and wants_html():
            path = request.full_path.rstrip("?")
            return redirect(f"{url_for('portal.sign_in')}?{urlencode({'next': path})}", 303)
        return problem(error, inbound)


def _rights(views: Iterable[View], caller: Caller) -> Iterable[Hashable]:
    """What decides what pages say: the scopes that rules name, and the resources that are refused."""
    for view in views:
        yield view.whole.name, caller.scopes & view.whole.named[0], tuple(view.refusals)


def wants_html() -> bool:
    """Whether the request at hand is a person's, rather than a program's."""
    return request.accept_mimetypes.best_match(HTML_OR_PROBLEM) == "text/html"


def problem(error: ProblemError, inbound: Inbound) -> Response:
    """The problem, as the portal answers with it."""
    refused = problem_answer(error, inbound)
    return bridge.response(replace(refused, headers=(*refused.headers, ("X-Request-Id", inbound.request_id))))
