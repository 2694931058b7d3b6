"""Downloads: what developers take home of a version.

In charge of their addresses, and of making each file once, when it is first asked for. Who may have a version's document may have
them, and nobody else. It must not know what is in a file.
"""

from __future__ import annotations

import threading
from typing import Final

from cachetools import LRUCache, cached
from flask import Blueprint, Response, abort, request
from werkzeug import Response as BaseResponse

from app.describe.clients import DOWNLOADS
from app.gateway import Gateway
from app.web.bridge import own_url
from app.web.documents import HERE, Documents
from app.web.portal.readers import Readers

NAME: Final = "downloads"
MEMORY: Final = (
    64 * 1024 * 1024
)  # bytes of files that a process keeps, of any version and under any address of the gateway


class Downloads:
    """The files of a running gateway. Safe for threads."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._making = threading.Lock()
        self.made = cached(LRUCache(MEMORY, getsizeof=len))(self._make)

    def give(self, version: str, name: str, server: str) -> bytes:
        """The file of that name, for a gateway at `server`."""
        with self._making:
            return self.made(version, name, server)

    def _make(self, version: str, name: str, server: str) -> bytes:
        return DOWNLOADS[name].make(self._documents.rendered(version, server))


def blueprint(gateway: Gateway, documents: Documents, readers: Readers | None = None) -> Blueprint:
    """The downloads of a gateway. `readers` are who may have them; without it they are the gateway's own."""
    readers = readers or Readers(gateway)
    pages = Blueprint(NAME, __name__)
    made = Downloads(documents)
    cached = {"Cache-Control": "private, no-cache" if readers.private else "no-cache"}

    @pages.get(f"/{NAME}/<version>/<name>")
    def download(version: str, name: str) -> BaseResponse:
        """A file, as an attachment."""
        if version not in readers.sight().versions or name not in DOWNLOADS:
            abort(404)
        found = DOWNLOADS[name]
        server = gateway.settings.base_url or (own_url(request.environ) if found.absolute else request.script_root)
        response = Response(made.give(version, name, server or HERE), mimetype=found.media_type, headers=cached)
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        response.add_etag()
        return response.make_conditional(request)

    readers.guard(pages)
    return pages
