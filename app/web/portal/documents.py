"""The documents and docs pages of the versions.

In charge of their addresses, and of the policy under which the vendored reference runs. It must not know what a document says.
"""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug import Response as BaseResponse

from app.gateway import Gateway
from app.plan.model import Version
from app.web.documents import HERE, Documents, sent
from app.web.portal.papers import page

SCALAR: Final = "scalar-1.72.1.js"
DOCS_POLICY: Final = (  # Scalar writes style elements and attributes, draws from data: addresses, and starts a worker from a blob
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
    "connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def register(pages: Blueprint, gateway: Gateway, documents: Documents) -> None:
    """Give each version its document, its docs page, and an address that leads there."""
    for version in gateway.plan.versions.values():
        _about_a_version(pages, gateway, version, documents)


def _about_a_version(pages: Blueprint, gateway: Gateway, version: Version, documents: Documents) -> None:
    def openapi() -> BaseResponse:
        """The version's OpenAPI document."""
        server = gateway.settings.base_url or request.script_root or HERE
        response = sent(documents.rendered(version.name), server, "application/json")
        response.headers["Cache-Control"] = "no-cache"
        return response

    def docs() -> Response:
        """The version's docs page."""
        found = url_for(f"{pages.name}.{version.name}-openapi")
        response = page("docs.html", plan=gateway.plan, version=version, document=found, scalar=SCALAR)
        response.headers["Content-Security-Policy"] = DOCS_POLICY
        return response

    def root() -> BaseResponse:
        """The version's own address leads to what is said of it."""
        return redirect(url_for(f"{pages.name}.{version.name}-docs"))

    pages.add_url_rule(f"/{version.name}", f"{version.name}-root", root)
    pages.add_url_rule(f"/{version.name}/openapi.json", f"{version.name}-openapi", openapi)
    pages.add_url_rule(f"/{version.name}/docs", f"{version.name}-docs", docs)
