"""The portal: the start page, the docs pages, the documents, the catalog of APIs, and the pages of problems.

In charge of everything that is served beside resources and probes, and of the rule that no page asks another host for
anything. What a page says comes from the plan and the table of problems. It must not know how a resource is read.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request, url_for
from markupsafe import Markup, escape
from werkzeug import Response as BaseResponse

from app.describe.examples import problem as example
from app.gateway import Gateway
from app.pipeline import problem_answer
from app.plan.model import Version
from app.problems import PROBLEMS, ProblemError
from app.web import bridge, overview
from app.web.bridge import own_url
from app.web.documents import HERE, Documents, render
from app.web.exchanges import Exchange

NAME = "portal"
SCALAR = "scalar-1.72.1.js"
LINKSET = 'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"'

_NOTHING_ELSE = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
PAGE_POLICY = f"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; {_NOTHING_ELSE}"
DOCS_POLICY = (  # Scalar writes style elements and attributes, draws from data: addresses, and starts a worker from a blob
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
    f"connect-src 'self'; worker-src 'self' blob:; {_NOTHING_ELSE}"
)


def blueprint(gateway: Gateway, documents: Documents) -> Blueprint:
    """The pages of a gateway."""
    pages = Blueprint(NAME, __name__)
    pages.add_app_template_filter(marked)
    _about_the_gateway(pages, gateway)
    _about_problems(pages)
    for version in gateway.plan.versions.values():
        _about_a_version(pages, gateway, version, documents)
    if gateway.private_documents:
        _ask_for_credentials(pages, gateway)
    return pages


def _ask_for_credentials(pages: Blueprint, gateway: Gateway) -> None:
    """Have what is said of versions take a credential, as the resources do."""
    versions = tuple(f"/{name}" for name in gateway.plan.versions)

    @pages.before_request
    def ask() -> Response | None:
        """A problem for who has none."""
        if not request.path.startswith(versions):
            return None
        inbound = bridge.inbound(request.environ, gateway.settings.base_url)
        try:
            Exchange(gateway, inbound).admit_caller()
        except ProblemError as error:
            refused = problem_answer(error, inbound)
            return bridge.response(replace(refused, headers=(*refused.headers, ("X-Request-Id", inbound.request_id))))
        return None


def _about_the_gateway(pages: Blueprint, gateway: Gateway) -> None:
    def base() -> str:
        return gateway.settings.base_url or own_url(request.environ)

    @pages.get("/")
    def start() -> Response:
        """The start page: HTML for browsers, JSON for programs."""
        shown = overview.of(gateway.plan, base(), datetime.now(UTC).date())
        if request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html":
            response = page("start.html", **shown)
        else:
            response = jsonify(overview.index(shown))
        response.headers.update({"Vary": "Accept", "Cache-Control": "no-cache"})
        response.headers["Link"] = f'<{base()}/.well-known/api-catalog>; rel="api-catalog"'
        return response

    @pages.get("/.well-known/api-catalog")
    def api_catalog() -> Response:
        """The versions as a linkset (RFC 9727, RFC 9264)."""
        found = render(overview.linkset(gateway.plan, base()))
        response = Response(found, headers={"Content-Type": LINKSET, "Cache-Control": "no-cache"})
        response.headers["Link"] = f'<{base()}/.well-known/api-catalog>; rel="api-catalog"'
        return response


def _about_problems(pages: Blueprint) -> None:
    @pages.get("/problems")
    def problems() -> Response:
        """Every problem."""
        ordered = sorted(PROBLEMS.values(), key=lambda problem: (problem.status, problem.code))
        return page("problems.html", problems=ordered)

    @pages.get("/problems/<code>")
    def problem(code: str) -> Response:
        """What the `type` of a problem links to."""
        if code not in PROBLEMS:
            abort(404)
        return page("problem.html", problem=PROBLEMS[code], example=render(example(code)))


def _about_a_version(pages: Blueprint, gateway: Gateway, version: Version, documents: Documents) -> None:
    def openapi() -> BaseResponse:
        """The version's OpenAPI document."""
        server = gateway.settings.base_url or request.script_root or HERE
        response = Response(documents.rendered(version.name, server), mimetype="application/json")
        response.headers["Cache-Control"] = "no-cache"
        response.add_etag()
        return response.make_conditional(request)

    def docs() -> Response:
        """The version's docs page."""
        found = url_for(f"{NAME}.{version.name}-openapi")
        response = page("docs.html", plan=gateway.plan, version=version, document=found, scalar=SCALAR)
        response.headers["Content-Security-Policy"] = DOCS_POLICY
        return response

    def root() -> BaseResponse:
        """The version's own address leads to what is said of it."""
        return redirect(url_for(f"{NAME}.{version.name}-docs"))

    pages.add_url_rule(f"/{version.name}", f"{version.name}-root", root)
    pages.add_url_rule(f"/{version.name}/openapi.json", f"{version.name}-openapi", openapi)
    pages.add_url_rule(f"/{version.name}/docs", f"{version.name}-docs", docs)


def page(template: str, **shown: Any) -> Response:
    """An HTML page that loads nothing from elsewhere, runs no inline script, and stands in nobody's frame."""
    response = Response(render_template(template, **shown), mimetype="text/html")
    response.headers["Content-Security-Policy"] = PAGE_POLICY
    return response


def marked(text: str) -> Markup:
    """Text with `code` between backticks, as HTML."""
    parts = [escape(part) for part in text.split("`")]
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if index % 2 else part for index, part in enumerate(parts)
    )
