"""Ports: which application answers, by the port that a connection came in at.

In charge of keeping the admin API off the public port, and everything else off the admin port. It must not know what either
answers.

The port is that of the listening socket (`SERVER_PORT`, which gunicorn reads from the socket). What a request says of itself
(`Host`, `X-Forwarded-…`, the target) chooses nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Ports:
    """A WSGI application: `admin` behind `port`, `public` behind any other."""

    def __init__(self, public: Application, admin: Application, port: int) -> None:
        self._public = public
        self._admin = admin
        self._port = str(port)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer, as WSGI asks."""
        application = self._admin if environ["SERVER_PORT"] == self._port else self._public
        return application(environ, start_response)
