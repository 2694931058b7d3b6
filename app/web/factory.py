"""The factory: a gateway to a Flask application.

In charge of what is registered, and of errors that Flask finds before or outside the pipeline: they are answered by the
pipeline where they concern a resource's path, and in its form elsewhere. It must not know what a page shows.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping

from flask import Flask, Response, request
from flask.globals import request_ctx
from werkzeug.exceptions import HTTPException, InternalServerError, MethodNotAllowed, NotFound

from app.gateway import Gateway
from app.observations import Failed
from app.pipeline import problem_answer
from app.problems import ProblemError
from app.web import apps, bridge, downloads, oauth, operations, portal
from app.web.documents import Documents
from app.web.edge import READS, Edge, is_read
from app.web.surface import Surface

# What Flask and werkzeug refuse by themselves, by status; any other client error is a request that cannot be read.
CODES: Mapping[int, str] = {
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    413: "request-too-large",
    414: "query-too-long",
}
FORM_PARTS = 100  # fields of a form: far more than any operation has
# Blueprints beside the pipeline.
PAGES = frozenset({portal.NAME, downloads.NAME, operations.NAME, oauth.NAME, apps.NAME, "static"})


def create_app(gateway: Gateway) -> Flask:
    """The application that serves `gateway`: resources, documents, pages, probes. Nothing connects to a source yet.

    Resources have no routes: what is no page's path is the pipeline's, and two thousand would take werkzeug two seconds.
    """
    app = Flask(__name__, static_folder="static", template_folder="templates")
    # A form is kept in memory, within the bound of the whole body, which a body of no stated length reaches as well.
    body = gateway.settings.max_body_bytes
    app.config.update(MAX_CONTENT_LENGTH=body, MAX_FORM_MEMORY_SIZE=body, MAX_FORM_PARTS=FORM_PARTS)
    app.json.sort_keys = False  # type: ignore[attr-defined]  # of Flask's default provider
    app.url_map.merge_slashes = False  # the pipeline decides what a path with `//` or a last `/` is
    app.url_map.strict_slashes = False
    answer = bridge.door(gateway)
    documents = Documents(gateway.plan)
    app.register_blueprint(portal.blueprint(gateway, documents))
    app.register_blueprint(downloads.blueprint(gateway, documents))
    app.register_blueprint(operations.blueprint(gateway))
    if gateway.desk is not None and gateway.desk.tokens is not None:
        app.register_blueprint(oauth.blueprint(gateway, gateway.desk.tokens))
    if gateway.settings.apps:
        app.register_blueprint(apps.blueprint(gateway.settings.apps))
    _handle_errors(app, gateway, answer)
    pages = app.url_map.bind("")
    surface = Surface(
        gateway,
        Edge(gateway, app.wsgi_app),
        lambda path: READS if is_read(gateway.plan, path) else pages.allowed_methods(path),
    )
    app.wsgi_app = surface  # type: ignore[method-assign]  # Flask's documented place for middleware
    return app


def _handle_errors(app: Flask, gateway: Gateway, answer: Callable[[], Response]) -> None:
    def refused(error: HTTPException) -> Response:
        """A path that is no page's, or a method that a resource does not have, is the pipeline's to answer."""
        if isinstance(error, NotFound | MethodNotAllowed) and error is request.routing_exception and not _is_page():
            return answer()
        return _problem(gateway, problem_of(error))

    def failed(error: InternalServerError) -> Response:
        found = bridge.inbound(request.environ, gateway.settings.base_url)
        gateway.observatory.tell(
            Failed(found.request_id, "".join(traceback.format_exception(error.original_exception)))
        )
        return bridge.response(problem_answer(ProblemError("internal-error"), found))

    app.register_error_handler(HTTPException, refused)
    app.register_error_handler(InternalServerError, failed)


def problem_of(error: HTTPException) -> ProblemError:
    """What Flask refuses by itself as a problem: a path or a method that there is not, a body that is too large."""
    allow = ", ".join(sorted(error.valid_methods or ())) if isinstance(error, MethodNotAllowed) else ""
    code = CODES.get(error.code or 400, "malformed-request")
    return ProblemError(code, headers=(("Allow", allow),) if allow else ())


def _problem(gateway: Gateway, error: ProblemError) -> Response:
    found = bridge.inbound(request.environ, gateway.settings.base_url)
    response = bridge.response(problem_answer(error, found))
    response.headers["X-Request-Id"] = found.request_id
    return response


def _is_page() -> bool:
    """Whether a page, a probe, a file or an endpoint has the path that was asked for, if not with this method."""
    return any(_endpoint(method).partition(".")[0] in PAGES for method in ("GET", "POST"))


def _endpoint(method: str) -> str:
    """What has the path that was asked for with that method; empty for nothing."""
    try:
        rule, _ = request_ctx.url_adapter.match(method=method, return_rule=True)  # type: ignore[union-attr]  # routing failed with it
    except HTTPException:
        return ""
    found: str = rule.endpoint
    return found
