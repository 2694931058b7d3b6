"""Exchanges with the gateway itself: what is asked of it beside resources, which are the pipeline's.

In charge of what every such answer has in common: an identifier, who is asked for, how often strangers may try, a problem where
something is wrong, an observation, and a line of the audit, without which it is not given. It must not know what is asked.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from time import monotonic, perf_counter, time
from typing import Any

from flask import Response, request

from app.callers.audit import NO_KEYS, AuditFailed, Keys, keys_of
from app.callers.credentials import ADMIN, NotAccepted
from app.callers.watch import RETRY_AFTER
from app.exchange import JSON, Answer, Caller, Inbound
from app.formats import json_text
from app.gateway import Gateway
from app.observations import Failed, Served, log
from app.pipeline import problem_answer
from app.problems import ProblemError
from app.stages import record
from app.stages.authenticate import Credentials, authenticate
from app.state import StateError
from app.web import bridge

Headers = tuple[tuple[str, str], ...]
NO_STORE: Headers = (("Cache-Control", "no-store"), ("Pragma", "no-cache"))  # RFC 6749, 5.1, asks for both

LATER: Headers = (("Retry-After", str(RETRY_AFTER)),)
_NOBODY = Caller()


@dataclass(slots=True)
class Exchange:
    """One request on its way. What is known of it is what the audit is told, also of one that fails."""

    gateway: Gateway
    inbound: Inbound
    caller: Caller = _NOBODY
    reason: str = ""
    touched: Keys = NO_KEYS
    headers: Headers = field(default=())

    def touches(self, *identifiers: str) -> None:
        """Note what was given out, changed or shown, by its id."""
        self.touched = keys_of(identifiers)

    def admit_admin(self, *others: str) -> None:
        """Let a caller pass who may manage credentials, also where the contract serves everybody. Raises ProblemError.

        `others` are scopes of which one suffices as well.
        """
        self._admit(replace(self.gateway.credentials, needed=True))
        if not {ADMIN, *others} & self.caller.scopes:
            raise ProblemError("insufficient-scope", f"This takes the scope {(*others, ADMIN)[0]}.")

    def admit_caller(self) -> None:
        """Let any caller pass, everybody where the contract serves everybody. Raises ProblemError."""
        self._admit(self.gateway.credentials)

    def _admit(self, credentials: Credentials) -> None:
        gateway = self.gateway
        try:
            self.caller = authenticate(credentials, self.inbound)
        except NotAccepted as refusal:
            self.count_stranger(refusal.reason)
            raise
        if gateway.limits is not None:
            self.headers = gateway.limits.admit(self.caller, monotonic())

    def count_stranger(self, reason: str) -> None:
        """Note a credential that was not accepted. Raises ProblemError where its address has tried too many."""
        self.reason = reason
        if self.gateway.limits is not None:
            self.gateway.limits.count_stranger(self.inbound.client, monotonic())


def json_answer(body: Mapping[str, Any], status: int = 200, headers: Headers = ()) -> Answer:
    """An answer that nobody keeps."""
    return Answer(status, json_text.encode(body), JSON, (*NO_STORE, *headers))


def exchanged(
    gateway: Gateway, answer: Callable[[Exchange], Answer], port: str = "", *, silent: bool = False
) -> Response:
    """What a view returns: the answer to the request at hand, or the problem that it raises.

    `port` stands before the path in what is written down, where the path of a request does not tell which door it came in at.
    `silent`: an answer that is no problem leaves no line in the audit.
    """
    inbound = bridge.inbound(request.environ, gateway.settings.base_url)
    inbound = replace(inbound, path=port + inbound.path)
    made, started = Exchange(gateway, inbound), perf_counter()
    found, problem = _answered(made, answer)
    took = perf_counter() - started
    if problem or not silent:
        found = _recorded(made, found, problem, took)
    path = record.path_of(inbound, None)
    told = Served(
        inbound.request_id, inbound.method, path, found.status, took, (), problem, caller=made.caller.identity
    )
    gateway.observatory.tell(told)
    measured = ("Content-Length", str(len(found.body)))
    headers = (*found.headers, *made.headers, measured, ("X-Request-Id", inbound.request_id))
    body = b"" if inbound.method == "HEAD" else found.body
    return bridge.response(Answer(found.status, body, found.media_type, headers))


def _answered(made: Exchange, answer: Callable[[Exchange], Answer]) -> tuple[Answer, str]:
    """The answer, and the code of the problem that it is, if it is one."""
    try:
        return answer(made), ""
    except ProblemError as error:
        problem = error
    except StateError as failure:
        log.error("the state cannot be read or written: %s", failure)
        problem = ProblemError("state-unavailable", headers=LATER)
    except Exception:  # noqa: BLE001  # the last resort: the text goes to the operator, a code to the client
        made.gateway.observatory.tell(Failed(made.inbound.request_id, traceback.format_exc()))
        problem = ProblemError("internal-error")
    return problem_answer(problem, made.inbound), problem.problem.code


def _recorded(made: Exchange, answer: Answer, problem: str, took: float) -> Answer:
    """The answer, once it is written down; what cannot be is withheld."""
    audit = made.gateway.audit
    if audit is None:
        return answer
    reason = made.reason or problem
    try:
        audit.write(
            record.event(
                time() - took, made.inbound, made.caller, None, (), answer, reason, (), took, keys=made.touched
            )
        )
    except AuditFailed:
        return problem_answer(ProblemError("audit-unavailable"), made.inbound)
    return answer
