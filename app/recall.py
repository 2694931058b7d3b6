"""Recall: answers that take nothing but this worker's memory, for a door that must never wait.

In charge of telling what can be answered so, and of answering it with the very functions of `pipeline`: whatever is not certain here
is left to the ordinary way, untouched. It must not know HTTP's bytes, nor a web framework.

A request is recognised first: who asks, and for which kept answer. What was recognised holds for MOMENT, as a caller's credential
does. To answer takes one look at what is kept and one draw from the caller's limits; the audit and the observatory hear of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from time import monotonic, perf_counter, time
from typing import NamedTuple

from app.callers.audit import Event, Seals
from app.exchange import Answer, Caller, Inbound
from app.finishing import Finish, Headers, aged, finish
from app.formats import negotiate
from app.gateway import Gateway
from app.keeping import key
from app.kept.entry import Entry
from app.kept.memory import Kept
from app.observations import Served
from app.pipeline import measured, refreshes, timed
from app.plan import query as queries
from app.plan.model import Resource
from app.problems import ProblemError
from app.stages import cache, lifecycle, record, route
from app.stages.authenticate import MOMENT, known_caller

__all__ = ["MOMENT", "Known", "Recall"]


@dataclass(slots=True)
class Known:
    """A request that was recognised: who asks for what. The parts behind `sources` are those of its last answer."""

    inbound: Inbound
    caller: Caller
    resource: Resource
    key: bytes
    fresh: float
    lifecycle: Headers
    parameters: queries.Pairs
    path: str  # as it may be written down
    sources: tuple[str, ...]
    finish: Finish | None = None
    status: int = 200
    media_type: str = ""
    lasting: Headers = ()
    body: bytes = b""


class Recalled(NamedTuple):
    """An answer in parts. `lasting` is the same object for as long as it says the same; `passing` comes behind it."""

    status: int
    media_type: str
    lasting: Headers
    passing: Headers
    body: bytes


class Recall:
    """What a gateway can answer without waiting for anything."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway

    def know(self, inbound: Inbound) -> Known | None:
        """Who asks for what, as far as that is known without waiting; None: the ordinary way has to answer."""
        try:
            return self._known(inbound)
        except ProblemError:
            return None

    def _known(self, inbound: Inbound) -> Known | None:
        """Raises ProblemError for a request that will not be served, or that leads nowhere."""
        gateway, settings = self.gateway, self.gateway.settings
        caller = known_caller(gateway.credentials, inbound)
        if caller is None or refreshes(caller, inbound) or len(inbound.query) > settings.max_query_bytes:
            return None
        found = route.route(gateway.plan, inbound.path)
        whole = found.resource
        if found.canonical or whole.cache is None or whole.access.audited:
            return None
        told: Headers = ()
        if found.version.status != "current":
            told = lifecycle.headers(
                found.version,
                inbound.base_url,
                lifecycle.successor(gateway.plan, found.version, found.resource.name, found.segment),
            )
            lifecycle.refuse_gone(found.version, datetime.now(UTC).date(), ())
        view = gateway.views.view(found.version, caller)
        resource = view.resource(whole.name)
        parameters = queries.pairs(inbound.query, settings.max_parameters)
        ask = queries.list_query if found.segment is None else queries.item_query
        query = ask(view.version, resource, parameters)
        if not query.format:
            negotiate.negotiate(inbound.headers.get("accept"))
        return Known(
            inbound,
            caller,
            whole,
            key(gateway, view.version, query, found.segment),
            whole.cache.fresh,
            told,
            parameters,
            record.path_of(inbound, whole),
            queries.asked(view.version, query),
        )

    def answer(self, known: Known, inbound: Inbound) -> Answer | None:
        """The answer, as the ordinary way gives it; None, and nothing was drawn or told, if it cannot be given now."""
        found = self.recalled(known, inbound.request_id)
        if found is None:
            return None
        body = b"" if inbound.method == "HEAD" else found.body
        return Answer(found.status, body, found.media_type, (*found.lasting, *found.passing))

    def recalled(self, known: Known, request_id: str) -> Recalled | None:
        """The same in parts, and with its body also where HEAD asks for it."""
        gateway, started = self.gateway, perf_counter()
        kept = gateway.cache.hit(known.key)
        if kept is None or kept.entry.status != 200:
            return None
        standing = self._admitted(known)
        if standing is None:
            return None
        finish = known.finish
        if finish is None or finish.kept is not kept:
            finish = self._finished(known, kept)
        status = cache.hit_status(kept, known.fresh, monotonic())
        took = perf_counter() - started
        self._note(known, request_id, kept, status, took)
        passing = (*aged(kept.entry, known.fresh, status), *standing, *timed(request_id, (), took))
        return Recalled(known.status, known.media_type, known.lasting, passing, known.body)

    def _admitted(self, known: Known) -> Headers | None:
        """Take one request of what the caller has: the headers that tell of it. None, and nothing taken, where that may wait."""
        limits = self.gateway.limits
        if limits is None:
            return ()
        if limits.waits:
            return None
        try:
            if limits.costly:
                limits.look(known.caller, monotonic(), known.sources)
            return limits.admit(known.caller, monotonic())
        except ProblemError:
            return None

    def _finished(self, known: Known, kept: Kept) -> Finish:
        """How the entry is sent; once for each entry, as long as the request is the same."""
        shared, memory = known.caller.unrestricted, self.gateway.cache.store.memory
        made = finish(known.inbound, kept.entry, fresh=known.fresh, shared=shared, kept=kept, key=known.key)
        sent = made.answer(memory, "")
        known.finish, known.status, known.media_type, known.body = made, sent.status, sent.media_type, sent.body
        known.lasting = (*sent.headers, *known.lifecycle, *measured(sent.status, sent.body))
        return made

    def _note(self, known: Known, request_id: str, kept: Kept, status: str, took: float) -> None:
        gateway, inbound, entry = self.gateway, known.inbound, kept.entry
        if gateway.audit is not None:
            gateway.audit.note(
                _event,
                time() - took,
                known,
                request_id,
                known.status,
                len(known.body),
                took,
                status,
                entry,
                gateway.audit.seals,
            )
        gateway.observatory.tell(Served(request_id, inbound.method, known.path, known.status, took))


def _event(
    at: float, known: Known, request_id: str, status: int, size: int, took: float, said: str, entry: Entry, seals: Seals
) -> Event:
    """The event of an answer that was recalled. The audit's own thread makes it."""
    inbound = replace(known.inbound, request_id=request_id)
    event = record.event(
        at, inbound, known.caller, known.resource, known.parameters, Answer(status), "", (), took, said,
        entry.rows, entry.keys, seals,
    )  # fmt: skip
    return event._replace(bytes=size)
