"""The probes: whether the process lives, and whether it is worth sending it requests.

In charge of `/livez`, which touches no source and fails only where the process should be replaced, and of `/readyz`, which a
dead source alone does not fail: what is cached, and what other sources hold, can still be served. How each source is, is told
to who has a credential, where the contract asks for one.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Any, Final

from flask import Blueprint, Response, jsonify, request

from app.callers.credentials import NotAccepted
from app.callers.plain import moment
from app.gateway import Gateway
from app.problems import ProblemError
from app.stages.authenticate import authenticate
from app.state import LookRecord, State, StateError
from app.threads import begun
from app.web.bridge import inbound

NAME = "operations"
PATIENCE: Final = 0.25  # seconds: whoever probes often has one for all


def blueprint(gateway: Gateway) -> Blueprint:
    """The probes of a gateway."""
    probes = Blueprint(NAME, __name__)
    drift = Drift(gateway)

    @probes.get("/livez")
    def livez() -> Response:
        return alive(gateway)

    @probes.get("/readyz")
    def readyz() -> Response:
        """How each source is, what it failed with since this process began, how far it has drifted; 503 if none can be read."""
        ready, sources = gateway.ready()
        body: dict[str, Any] = {"status": "ready" if ready else "not ready"}
        if is_known(gateway):
            more = {"failures": gateway.tally.failures(), "drift": drift()}
            body |= {"sources": dict(sources)} | {word: said for word, said in more.items() if said}
        return _state(200 if ready else 503, body)

    return probes


def alive(gateway: Gateway) -> Response:
    """The process answers; 503 where so many of its threads hang at a source that it should be replaced."""
    hung = gateway.exhausted()
    return _state(503 if hung else 200, {"status": "exhausted" if hung else "alive"})


def is_known(gateway: Gateway) -> bool:
    """Whether who asks may hear of the sources: everybody where the contract serves everybody, else who has a credential.

    A probe is not refused for what is wrong with one, but who tries some is counted.
    """
    if not gateway.credentials.needed:
        return True
    asked = inbound(request.environ, gateway.settings.base_url)
    try:
        authenticate(gateway.credentials, asked)
    except NotAccepted:
        if gateway.limits is not None:
            with contextlib.suppress(ProblemError):
                gateway.limits.count_stranger(asked.client, monotonic())
        return False
    except (ProblemError, StateError):
        return False
    return True


class Drift:
    """What the last look at each source has found, in numbers; what it is, is for the log and `bascule check --live`.

    Nothing before the first look, and while the state cannot be read: that is no reason to send requests elsewhere. The state is
    asked in a thread of its own: one that does not answer has a probe wait for PATIENCE, and be told what was known before.
    """

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._known: Sequence[LookRecord] = ()
        self._starting = threading.Lock()
        self._asking: threading.Thread | None = None

    def __call__(self) -> Mapping[str, Any]:
        """The numbers by source. Never raises."""
        return {each.source: _looked(each) for each in self.looks() if each.checked_at is not None or each.failure}

    def looks(self) -> Sequence[LookRecord]:
        """How it stands with the looks at each source. Never raises."""
        if self._gateway.state is None:
            return ()
        with self._starting:
            if self._asking is None or not self._asking.is_alive():
                self._asking = begun("probe", self._ask, self._gateway.state)
            asking = self._asking
        if asking is not None:
            asking.join(PATIENCE)
        return self._known

    def _ask(self, state: State) -> None:
        try:
            looks = state.looks(self._gateway.basis)
        except StateError:
            looks = []
        self._known = looks


def _looked(record: LookRecord) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    if record.checked_at is not None:
        found = {"checked_at": moment(record.checked_at)}
        found |= {"breaking": record.breaking, "risky": record.risky, "safe": record.safe}
    return found | ({"failure": record.failure.lower(), "again_at": moment(record.due_at)} if record.failure else {})


def _state(status: int, body: dict[str, Any]) -> Response:
    response = jsonify(body)
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    return response
