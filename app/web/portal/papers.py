"""Papers: pages that are rendered once and sent often.

In charge of a page's policy, of its validators, and of what is kept of it in this process. It must not know what a page shows:
whoever asks for one says what it depends on.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable, Hashable, Mapping
from typing import Any, Final

from cachetools import LRUCache
from flask import Response, render_template, request
from markupsafe import Markup, escape

HTML: Final = "text/html"
MEMORY: Final = 16 * 1024 * 1024  # bytes of rendered pages that a process keeps

_NOTHING_ELSE: Final = "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
PAGE_POLICY: Final = (
    f"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; {_NOTHING_ELSE}"
)

_JSON: Final = re.compile(r'("(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null)')

Shown = Mapping[str, Any]


class Papers:
    """Rendered pages, by what they depend on, the one that was used longest ago leaving first. Safe for threads."""

    def __init__(self, *, private: bool) -> None:
        self._kept: LRUCache[Hashable, bytes] = LRUCache(MEMORY, getsizeof=len)
        self._keeping = threading.Lock()
        self._headers = {"Cache-Control": "private, no-cache" if private else "no-cache"}

    def give(self, depends: Hashable, make: Callable[[], str | bytes], media_type: str = HTML) -> Response:
        """The paper, or 304 where the reader has it. `depends` tells it from every other one, beside the mount point."""
        key = (request.script_root, depends)
        with self._keeping:
            body = self._kept.get(key)
        if body is None:
            made = make()
            body = made.encode() if isinstance(made, str) else made
            with self._keeping:
                if len(body) <= MEMORY // 4:  # a larger one would push out all others
                    self._kept[key] = body
        return self._sent(body, media_type)

    def page(self, depends: Hashable, template: str, shown: Callable[[], Shown]) -> Response:
        """A page of a template. `shown` is asked only where the page has to be rendered."""
        response = self.give((template, depends), lambda: render_template(template, **shown()))
        response.headers["Content-Security-Policy"] = PAGE_POLICY
        return response

    def _sent(self, body: bytes, media_type: str) -> Response:
        response = Response(body, mimetype=media_type, headers=self._headers)
        response.set_etag(hashlib.sha256(body).hexdigest()[:16], weak=True)
        response.make_conditional(request)
        return response


def page(template: str, **shown: Any) -> Response:
    """An HTML page that loads nothing from elsewhere, runs no inline script, and stands in nobody's frame."""
    response = Response(render_template(template, **shown), mimetype=HTML)
    response.headers["Content-Security-Policy"] = PAGE_POLICY
    return response


def coloured(text: str) -> Markup:
    """JSON text as HTML, its names, texts and other values told apart."""
    parts = _JSON.split(text)
    return Markup("").join(
        Markup('<span class="{}">{}</span>').format(_kind(part, after), part) if index % 2 else escape(part)
        for index, (part, after) in enumerate(zip(parts, [*parts[1:], ""], strict=True))
    )


def _kind(part: str, after: str) -> str:
    """What a part of JSON text is, by its first letter and what comes after it: static/json.js has the same rule."""
    if part.startswith('"'):
        return "name" if after.startswith(":") else "text"
    return "value"


def marked(text: str) -> Markup:
    """Text with `code` between backticks, as HTML."""
    parts = [escape(part) for part in text.split("`")]
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if index % 2 else part for index, part in enumerate(parts)
    )
