"""Negotiate: which format the caller accepts (RFC 9110, 12.5.1). One is served today; the table has room for more."""

from __future__ import annotations

from app.formats import json_text
from app.formats.weights import weighed
from app.problems import ProblemError

SERVED = (json_text.MEDIA_TYPE,)
_ALWAYS = {"", "*/*", "application/*", json_text.MEDIA_TYPE}


def negotiate(accept: str | None) -> str:
    """The media type to send. Raises ProblemError `not-acceptable`."""
    if accept is None or accept in _ALWAYS:
        return json_text.MEDIA_TYPE
    ranges = [weighed(part) for part in accept.split(",") if part.strip()] or [("*/*", 1.0)]
    for served in SERVED:
        kind = served.partition("/")[0]
        # The most specific range decides: an exclusion by name (q=0) holds against */*.
        for wanted in (served, f"{kind}/*", "*/*"):
            weights = [weight for name, weight in ranges if name == wanted]
            if weights:
                if max(weights) > 0:
                    return served
                break
    raise ProblemError("not-acceptable", f"served: {', '.join(SERVED)}")
