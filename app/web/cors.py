"""CORS: which pages of other sites may read answers, by a list of their origins (the Fetch standard, section 3.2).

In charge of the headers that let a browser hand an answer to a script, and of the answer to its question beforehand. It
must not know which paths there are.

An origin is allowed that is listed, letter by letter as browsers send it. There is no `*`, and `null` (a file, a sandboxed
frame: anybody) cannot be listed. Credentials in the sense of the standard, cookies, are never allowed: the gateway has none;
a script sends its key in a header of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from app.settings import PREFIX, BadSetting
from app.web.addresses import listed

ALLOWED = ("Authorization", "X-Api-Key", "Content-Type", "If-None-Match", "X-Request-Id", "Accept")
EXPOSED = (
    "ETag", "Link", "RateLimit", "RateLimit-Policy", "Data-As-Of", "Age", "Cache-Status", "X-Request-Id", "Retry-After",
    "Deprecation", "Sunset", "Server-Timing", "Bascule-Sandbox",
)  # fmt: skip
MAX_AGE = 7200  # seconds that a browser may remember the answer: the most that Chromium does

ORIGIN = re.compile(r"(https?)://([a-z0-9._-]+|\[[0-9a-f:]+\])(:[0-9]{1,5})?")
DEFAULT_PORTS = {"http": ":80", "https": ":443"}

Headers = tuple[tuple[str, str], ...]


def origins(text: str) -> Mapping[str, Headers]:
    """The listed origins, each with the headers that its answers carry. Raises BadSetting for what no browser sends."""
    exposed = ("Access-Control-Expose-Headers", ", ".join(EXPOSED))
    return {origin: (("Access-Control-Allow-Origin", origin), exposed) for origin in map(_origin, listed(text))}


def preflight(methods: Sequence[str]) -> Headers:
    """What a browser is told that asks, with `OPTIONS`, whether a script's request may be sent."""
    return (
        ("Access-Control-Allow-Methods", ", ".join(methods)),
        ("Access-Control-Allow-Headers", ", ".join(ALLOWED)),
        ("Access-Control-Max-Age", str(MAX_AGE)),
    )


def varied(headers: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The headers, with `Origin` among what the answer varies by: caches must not hand one site's answer to another."""
    found = list(headers)
    for place, (name, value) in enumerate(found):
        if name == "Vary":
            found[place] = (name, f"{value}, Origin")
            return found
    return [*found, ("Vary", "Origin")]


def _origin(text: str) -> str:
    found = ORIGIN.fullmatch(text)
    if found is None or found[3] == DEFAULT_PORTS[found[1]]:
        raise BadSetting(
            f"{PREFIX}CORS_ORIGINS: {text!r} is no origin as browsers send it: scheme and host in lower case, a port that is "
            "not the scheme's own, and nothing behind, as https://portal.example.com"
        )
    return text
