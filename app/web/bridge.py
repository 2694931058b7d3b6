"""The bridge: a WSGI request to an Inbound, an Answer to a Flask response, and nothing between.

In charge of reading what the server says of a request: the raw path, the headers, the identifier, the address that links
start with. It must not know what a path means.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from http import HTTPStatus
from random import getrandbits
from typing import Any
from urllib.parse import quote

from flask import Response, request

from app.exchange import Answer, Inbound
from app.gateway import Gateway
from app.pipeline import respond
from app.web.addresses import AUTHORITY

REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
PATH_SAFE = "/:@!$&'()*+,;=-._~"  # RFC 3986, section 3.3: what a path may hold as it is

# The two headers that stand in the environment without HTTP_ (PEP 3333).
_OWN: Mapping[str, str] = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}

STATUS: Mapping[int, str] = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}

Environ = Mapping[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], Any]


class Headers(Mapping[str, str]):
    """The request's headers by lower-case name, read from the environment when somebody asks."""

    def __init__(self, environ: Environ) -> None:
        self.environ = environ

    def __getitem__(self, name: str) -> str:
        """The header's value."""
        text: str = self.environ[_variable(name)]
        return text

    def get(self, name: str, default: Any = None) -> Any:
        """The header's value, or `default`: without the KeyError that Mapping's own would raise and catch."""
        return self.environ.get(_variable(name), default)

    def __iter__(self) -> Iterator[str]:
        for variable in self.environ:
            if variable.startswith("HTTP_"):
                yield variable[5:].replace("_", "-").lower()

    def __len__(self) -> int:
        return sum(1 for _ in self)


@lru_cache(maxsize=256)
def _variable(name: str) -> str:
    return _OWN.get(name) or "HTTP_" + name.replace("-", "_").upper()


class Complete(Response):
    """An answer that is complete: werkzeug's own completion of headers is skipped, it would cost as much as the answer."""

    default_mimetype = None  # an answer without a body has no type

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Send it, as WSGI asks."""
        del environ
        start_response(self.status, self.headers.to_wsgi_list())
        return self.iter_encoded()


def inbound(environ: Environ, base_url: str) -> Inbound:
    """The request as the pipeline takes it. `base_url` is the setting; empty: the request's own host."""
    return Inbound(
        environ["REQUEST_METHOD"],
        raw_path(environ),
        environ.get("QUERY_STRING", ""),
        Headers(environ),
        base_url or own_url(environ),
        request_id(environ),
        environ.get("REMOTE_ADDR", ""),
    )


def fresh_id() -> str:
    """An identifier of 16 hexadecimal digits. It tells requests apart, and keeps no secret; a fork begins a sequence of its own."""
    return f"{getrandbits(64):016x}"  # nosemgrep: secrets-are-made-by-chance


def response(answer: Answer) -> Response:
    """The answer as Flask sends it."""
    return Complete([answer.body], STATUS[answer.status], [*media_headers(answer.media_type), *answer.headers])


def media_headers(media_type: str) -> list[tuple[str, str]]:
    """The type of an answer's body, if it has one; an answer to HEAD has that of the body that it leaves out."""
    return [("Content-Type", media_type)] if media_type else []


def door(gateway: Gateway) -> Callable[[], Response]:
    """What every view of a resource does with the request at hand."""
    base_url = gateway.settings.base_url

    def answer() -> Response:
        return response(respond(gateway, inbound(request.environ, base_url)))

    return answer


def raw_path(environ: Environ) -> str:
    """The path as it was sent, percent-encoded: a key's `%2F` is not a slash.

    Servers keep it under different names; WSGI itself has only the decoded text, which is encoded anew as a last resort.
    """
    raw: str = environ.get("RAW_URI") or environ.get("REQUEST_URI") or ""
    if not raw.startswith("/"):
        raw = _path_of(raw)
    mount: str = environ.get("SCRIPT_NAME", "")
    path = raw.partition("?")[0] or quote(mount + environ.get("PATH_INFO", ""), PATH_SAFE, encoding="latin-1")
    return path.removeprefix(mount) if mount else path


def _path_of(uri: str) -> str:
    """The path of a URI in absolute form (RFC 9112, section 3.2.2), which a proxy may send; else nothing."""
    _, mark, rest = uri.partition("://")
    return "/" + rest.partition("/")[2] if mark else ""


def own_url(environ: Environ) -> str:
    """The address that the client used: scheme, host and mount point. A host that is none is the server's own."""
    host = environ.get("HTTP_HOST", "")
    if not AUTHORITY.fullmatch(host):
        host = f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    return f"{environ['wsgi.url_scheme']}://{host}{environ.get('SCRIPT_NAME', '')}"


def request_id(environ: Environ) -> str:
    """The caller's own identifier where it is a decent one, else a fresh one."""
    given: str | None = environ.get("HTTP_X_REQUEST_ID")
    return given if given is not None and REQUEST_ID.fullmatch(given) else fresh_id()
