"""Downloads: what developers take home of a version.

In charge of their addresses, and of making each file once, when it is first asked for. Who may have a version's document may have
them, and nobody else. It must not know what is in a file.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable
from typing import Final

from cachetools import LRUCache, cached
from flask import Blueprint, abort, request
from werkzeug import Response as BaseResponse

from app.contract.load import collector_paused
from app.describe.addresses import PLACE, Addressed
from app.describe.clients import DOWNLOADS
from app.gateway import Gateway
from app.web.bridge import own_url
from app.web.documents import HERE, Documents, sent
from app.web.portal.readers import Readers

NAME: Final = "downloads"
MEMORY: Final = 64 * 1024 * 1024  # bytes of compressed files that a process keeps, of all versions


class Downloads:
    """The files of a running gateway. Safe for threads."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._making = threading.Lock()  # one at a time: what a large contract's file is made of takes memory
        kept: LRUCache[Hashable, Addressed] = LRUCache(MEMORY, getsizeof=lambda made: made.size)
        self.made = cached(kept, condition=threading.Condition())(self._make)

    def _make(self, version: str, name: str) -> Addressed:
        with self._making, collector_paused():
            return DOWNLOADS[name].make(b"".join(self._documents.rendered(version).at(PLACE)))


def blueprint(gateway: Gateway, documents: Documents, readers: Readers | None = None) -> Blueprint:
    """The downloads of a gateway. `readers` are who may have them; without it they are the gateway's own."""
    readers = readers or Readers(gateway)
    pages = Blueprint(NAME, __name__)
    made = Downloads(documents)
    headers = {"Cache-Control": "private, no-cache" if readers.private else "no-cache"}

    @pages.get(f"/{NAME}/<version>/<name>")
    def download(version: str, name: str) -> BaseResponse:
        """A file, as an attachment."""
        if version not in readers.sight().versions or name not in DOWNLOADS:
            abort(404)
        found = DOWNLOADS[name]
        server = gateway.settings.base_url or (own_url(request.environ) if found.absolute else request.script_root)
        response = sent(made.made(version, name), server or HERE, found.media_type)
        response.headers.update(headers)
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    readers.guard(pages)
    return pages
