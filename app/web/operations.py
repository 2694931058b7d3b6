"""The probes: whether the process lives, and whether it is worth sending it requests.

In charge of `/livez`, which touches no source and fails only where the process should be replaced, and of `/readyz`, which a
dead source alone does not fail: what is cached, and what other sources hold, can still be served.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify

from app.gateway import Gateway

NAME = "operations"


def blueprint(gateway: Gateway) -> Blueprint:
    """The probes of a gateway."""
    probes = Blueprint(NAME, __name__)

    @probes.get("/livez")
    def livez() -> Response:
        return alive(gateway)

    @probes.get("/readyz")
    def readyz() -> Response:
        """How each source is, and what it failed with since this process began; 503 when none of them can be read."""
        ready, sources = gateway.ready()
        body: dict[str, Any] = {"status": "ready" if ready else "not ready", "sources": dict(sources)}
        failures = gateway.tally.failures()
        return _state(200 if ready else 503, {**body, "failures": failures} if failures else body)

    return probes


def alive(gateway: Gateway) -> Response:
    """The process answers; 503 where so many of its threads hang at a source that it should be replaced."""
    hung = gateway.exhausted()
    return _state(503 if hung else 200, {"status": "exhausted" if hung else "alive"})


def _state(status: int, body: dict[str, Any]) -> Response:
    response = jsonify(body)
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    return response
