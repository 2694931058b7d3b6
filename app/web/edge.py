"""The edge: reads of registered resources, and of links, go from WSGI to the pipeline without Flask in between.

In charge of telling which requests those are; everything else (documents, pages, probes, what the plan has no resource for)
goes on to Flask, which hands what is no page of its own over to the same pipeline: `tests/http` holds the two doors to the
same bytes. Flask and werkzeug cost some 120 µs a request, which is more than the pipeline's own work for one item.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from app.callers.link import PATH as LINKS
from app.gateway import Gateway
from app.pipeline import respond
from app.plan.model import Plan
from app.web.bridge import STATUS, inbound, media_headers

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]


READS: Final = frozenset({"GET", "HEAD"})
"""The methods of a resource, and of a link."""


class Edge:
    """WSGI middleware before `application`."""

    def __init__(self, gateway: Gateway, application: Application) -> None:
        self.gateway = gateway
        self.application = application
        self.base_url = gateway.settings.base_url

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a read of a resource or a link; hand on anything else."""
        if environ["REQUEST_METHOD"] not in READS or not is_read(self.gateway.plan, environ["PATH_INFO"]):
            return self.application(environ, start_response)
        answer = respond(self.gateway, inbound(environ, self.base_url))
        start_response(STATUS[answer.status], [*media_headers(answer.media_type), *answer.headers])
        return (answer.body,)


def is_read(plan: Plan, path: str) -> bool:
    """Whether the path is that of a resource, of something below one, or of a link."""
    name, _, rest = path[1:].partition("/")
    version = plan.versions.get(name)
    return (version is not None and rest.partition("/")[0] in version.resources) or path.startswith(LINKS)
