"""The OpenAPI documents: what flask-smorest and apispec assembled, put in order.

In charge of the document's final form: the same plan gives the same bytes, as they are published and compared. It must
not know how a resource is described.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable
from http import HTTPStatus
from typing import Any

from cachetools import LRUCache, cached
from flask import Response, request
from werkzeug import Response as BaseResponse

from app.contract.load import collector_paused
from app.describe import Description
from app.describe.addresses import PLACE, Addressed, in_json
from app.describe.indented import indented
from app.plan.model import Plan
from app.web.resources import Nobody, VersionApi, register

ORDER = ("openapi", "info", "servers", "tags", "paths", "components")
MEMORY = 64 * 1024 * 1024  # bytes of compressed documents that a process keeps
HERE = "/"  # a server's address that is the document's own host


def document(plan: Plan, version: str) -> dict[str, Any]:
    """The OpenAPI document of a version, outside a server. Raises KeyError for a version that the plan does not have."""
    return finished(*described(plan, version))


def described(plan: Plan, version: str) -> tuple[VersionApi, Description]:
    """What flask-smorest makes of a version, in an application that serves nobody. Raises KeyError as `document` does."""
    return register(Nobody(__name__, static_folder=None), plan, plan.versions[version])


def finished(api: VersionApi, description: Description, server: str = HERE) -> dict[str, Any]:
    """The document that `api` has assembled, with the parts that apispec has no word for, in a fixed order."""
    spec = api.spec.to_dict()
    spec["info"] = description.info
    spec["servers"] = [{"url": server, "description": "This gateway"}]
    spec["tags"] = description.tags
    spec["components"] = {kind: dict(sorted(parts.items())) for kind, parts in sorted(spec["components"].items())}
    return {name: spec[name] for name in ORDER}


def render(document: dict[str, Any]) -> str:
    """The document as it is published: indented JSON that ends with a line end."""
    return indented(document) + "\n"


def sent(made: Addressed, server: str, media_type: str) -> BaseResponse:
    """What was made, for a gateway at `server`; 304 where the reader has it, for which nothing is unpacked."""
    response = Response(mimetype=media_type)
    response.set_etag(made.tag(server))
    response.make_conditional(request)
    if response.status_code != HTTPStatus.NOT_MODIFIED:
        response.response = parts = made.at(server)
        response.content_length = sum(map(len, parts))
    return response


class Documents:
    """The documents of a running gateway, each made and rendered when it is first asked for. Safe for threads.

    One thread makes a document while whoever else asks for it waits; the others have the interpreter in turn, as with any other
    thread of Python that computes.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        kept: LRUCache[Hashable, Addressed] = LRUCache(MEMORY, getsizeof=lambda made: made.size)
        self.rendered = cached(kept, condition=threading.Condition())(self._render)

    def _render(self, version: str) -> Addressed:
        with collector_paused():  # it would walk the parts of thousands of resources again and again
            made = finished(*described(self.plan, version), PLACE)
            return in_json(render(made).encode())
