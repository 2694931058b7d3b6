"""Apps: static files of the operator's own, which use the API from the origin that serves it.

In charge of which files of `BASCULE_APPS` are sent, as what, and of what their pages may load: this origin and nothing else. A file
that is changed is served at once. It must not know what an app does, nor how a resource is read.

    BASCULE_APPS=/srv/apps    /srv/apps/board/app.js    ->    /apps/board/app.js

Whoever asks has files alone that lie in the folder, under plain names and of the types of the table: nothing that begins with a
dot, nothing that a symbolic link leads out of the folder to, no notes and no keys that somebody has left beside them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

from flask import Blueprint, Response, abort, redirect, request
from werkzeug import Response as BaseResponse

from app.formats import coding
from app.kept.memory import IDENTITY
from app.settings import BadSetting
from app.stages import conditional

NAME: Final = "apps"
PREFIX: Final = "/apps"
INDEX: Final = "index.html"  # what the address of an app, with a `/` at its end, shows

POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        *(f"{kind}-src 'self'" for kind in ("script", "style", "img", "font", "connect", "manifest")),
        *(f"{what} 'none'" for what in ("base-uri", "form-action", "frame-ancestors")),
    )
)

# A file of another type is not served: what a type makes of a file is said here, and guessed neither here nor in a browser.
TYPES: Final[Mapping[str, str]] = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}

_PLAIN: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")  # one part of a path: no dot first, no blank, no separator
_CODED: Final = frozenset(
    {".css", ".html", ".js", ".json", ".mjs", ".svg", ".wasm", ".webmanifest"}
)  # the others are dense


def blueprint(folder: str) -> Blueprint:
    """The files of the apps in `folder`. Raises BadSetting where there is no such folder."""
    root = Path(folder).resolve()
    if not root.is_dir():
        raise BadSetting(f"BASCULE_APPS={folder!r}: expected a folder, of which each folder is an app")
    files = Blueprint(NAME, __name__, url_prefix=PREFIX)

    @files.get("/<path:path>")
    def file(path: str) -> BaseResponse:
        """A file of an app; an app's page where its folder is asked for."""
        if not path.endswith("/") and _is_app(root, path):
            query = f"?{request.query_string.decode('ascii', 'replace')}" if request.query_string else ""
            return redirect(f"{request.script_root}{PREFIX}/{path}/{query}", 308)
        found = find(root, f"{path}{INDEX}" if path.endswith("/") else path)
        if found is None:
            abort(404)
        try:
            return _sent(found)
        except OSError:  # gone since, or not for the gateway's user to read
            abort(404)

    return files


def find(root: Path, path: str) -> Path | None:
    """The file of the folder `root`, which is resolved, at a path below it; None for what is not served."""
    if not _is_plain(path):
        return None
    file = (root / path).resolve()
    if not file.is_relative_to(root) or not _is_plain(file.relative_to(root).as_posix()):
        return None
    return file if file.suffix in TYPES and file.is_file() else None


def _is_app(root: Path, path: str) -> bool:
    return find(root, f"{path}/{INDEX}") is not None


def _is_plain(path: str) -> bool:
    return all(map(_PLAIN.fullmatch, path.split("/")))


def _sent(file: Path) -> Response:
    """The file, or 304 to who has it."""
    body = file.read_bytes()
    dense = file.suffix not in _CODED or len(body) < coding.SMALLEST
    coded = IDENTITY if dense else coding.choose(request.headers.get("Accept-Encoding"))
    etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    headers = dict(_headers(TYPES[file.suffix], coding.tagged(etag, coded), coded))
    if conditional.not_modified(request.headers.get("If-None-Match"), etag, coding.untagged):
        return Response(status=304, headers=headers)
    return Response(body if coded == IDENTITY else _encoded(body, coded), headers=headers)


def _headers(media_type: str, etag: str, coded: str) -> Iterator[tuple[str, str]]:
    yield "Content-Type", media_type
    yield "ETag", etag
    yield "Cache-Control", "no-cache"  # kept, and asked for each time: an app is changed by changing its files
    yield "Vary", "Accept-Encoding"
    yield "Content-Security-Policy", POLICY
    if coded != IDENTITY:
        yield "Content-Encoding", coded


@lru_cache(maxsize=64)
def _encoded(body: bytes, coded: str) -> bytes:
    """A body in a coding, made once for all who load the same file."""
    return coding.encode(body, coded)
