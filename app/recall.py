"""Recall: answers that take nothing but this worker's memory, for a door that must never wait.

In charge of telling what can be answered so, and of answering it with the very functions of `pipeline`: whatever is not certain here
is left to the ordinary way, untouched. It must not know HTTP's bytes, nor a web framework.

A request is recognised first: who asks, and for which kept answer. What was recognised holds for MOMENT, as a caller's credential
does. To answer takes one look at what is kept and one draw from the caller's limits; the audit and the observatory hear of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic, perf_counter, time

from app.exchange import Answer, Caller, Inbound
from app.finishing import Finish, Headers, finish
from app.formats import negotiate
from app.gateway import Gateway
from app.keeping import key
from app.kept.memory import Kept
from app.observations import Served
from app.pipeline import completed, refreshes
from app.plan import query as queries
from app.plan.model import Resource
from app.problems import ProblemError
from app.stages import cache, lifecycle, record, route
from app.stages.authenticate import MOMENT, known_caller

__all__ = ["MOMENT", "Known", "Recall"]


@dataclass(slots=True)
class Known:
    """A request that was recognised: who asks for what. `finish` is how it was answered last."""

    caller: Caller
    resource: Resource
    key: bytes
    fresh: float
    lifecycle: Headers
    parameters: queries.Pairs
    path: str  # as it may be written down
    sources: tuple[str, ...]
    kept: Kept | None = None
    finish: Finish | None = None


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
        gateway, started = self.gateway, perf_counter()
        kept = gateway.cache.hit(known.key)
        if kept is None or kept.entry.status != 200:
            return None
        standing = self._admitted(known)
        if standing is None:
            return None
        memory = gateway.cache.store.memory
        status = cache.hit_status(kept, known.fresh, monotonic())
        answer = self._finish(known, inbound, kept).answer(memory, status)
        took = perf_counter() - started
        self._note(known, inbound, answer, kept, status, took)
        return completed(answer, inbound, standing, known.lifecycle, (), took)

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

    def _finish(self, known: Known, inbound: Inbound, kept: Kept) -> Finish:
        """How the entry is sent; once for each entry, as long as the request is the same."""
        if known.finish is None or known.kept is not kept:
            shared = known.caller.unrestricted
            known.finish = finish(inbound, kept.entry, fresh=known.fresh, shared=shared, kept=kept, key=known.key)
            known.kept = kept
        return known.finish

    def _note(self, known: Known, inbound: Inbound, answer: Answer, kept: Kept, status: str, took: float) -> None:
        gateway = self.gateway
        if gateway.audit is not None:
            gateway.audit.note(
                record.event,
                time() - took,
                inbound,
                known.caller,
                known.resource,
                known.parameters,
                answer,
                "",
                (),
                took,
                status,
                kept.entry.rows,
                kept.entry.keys,
                gateway.audit.seals,
            )
        gateway.observatory.tell(Served(inbound.request_id, inbound.method, known.path, answer.status, took))
