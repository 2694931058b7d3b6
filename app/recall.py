"""Recall: answers that take nothing but this worker's memory, for a door that must never wait.

In charge of telling what can be answered so, and of answering it with the very functions of `pipeline`: whatever is not certain here
is left to the ordinary way, untouched. It must not know HTTP's bytes, nor a web framework.

A request is recognised first: who asks, and for which kept answer. What was recognised holds for MOMENT, as a caller's credential
does. To answer takes one look at what is kept and one draw from the caller's limits; the audit and the observatory hear of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from time import monotonic, perf_counter, time
from typing import Final, NamedTuple
from weakref import ref

from app.callers.audit import Event, Seals
from app.exchange import Answer, Caller, Inbound
from app.finishing import Headers, aged, finish
from app.formats import negotiate
from app.gateway import Gateway
from app.keeping import key
from app.kept.entry import Entry
from app.kept.memory import Kept
from app.observations import Served
from app.pipeline import marks, measured, pairs_of, refreshes, timed
from app.plan import query as queries
from app.plan.access import View
from app.plan.forms import form_of
from app.plan.model import Resource, Version
from app.problems import ProblemError
from app.stages import cache, lifecycle, record, route
from app.stages.authenticate import MOMENT, known_caller

__all__ = ["MOMENT", "Known", "Recall"]

MOST_TARGETS: Final = 4096
MOST_FORMS: Final = 16  # of a target's answer


Asked = tuple[str | None, str | None, bool]
"""What the form of an answer depends on: `Accept-Encoding`, `If-None-Match`, and whether it is the same for everybody."""


@dataclass(slots=True)
class Made:
    """An answer as it was sent last, but for what passes and the bytes of its body: those are the memory's to count, and to drop."""

    of: ref[Kept]
    status: int
    media_type: str
    lasting: Headers
    coding: str

    def body(self, kept: Kept) -> bytes:
        """Its body. `kept` is what it was made of."""
        return kept.coded[self.coding] if self.status == 200 else b""


@dataclass(slots=True)
class Target:
    """What an address leads to for callers with the same rights: `version` is their view. It holds as long as the plan does."""

    version: Version
    resource: Resource
    key: bytes
    fresh: float
    lifecycle: Headers
    parameters: queries.Pairs
    path: str  # as it may be written down
    route: str
    sources: tuple[str, ...]
    form: str  # as it is counted
    made: dict[Asked, Made] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Known:
    """A request that was recognised: who asks for what."""

    inbound: Inbound
    caller: Caller
    target: Target
    asked: Asked


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
        self._targets: dict[tuple[int, str, str, str, str | None], Target] = {}

    def know(self, inbound: Inbound) -> Known | None:
        """Who asks for what, as far as that is known without waiting; None: the ordinary way has to answer."""
        try:
            return self._known(inbound)
        except ProblemError:
            return None

    def _known(self, inbound: Inbound) -> Known | None:
        """Raises ProblemError for a request that will not be served, or that leads nowhere."""
        gateway = self.gateway
        if inbound.method not in {"GET", "HEAD"}:
            return None
        caller = known_caller(gateway.credentials, inbound)
        if caller is None or refreshes(caller, inbound) or gateway.serving(caller) is not gateway:
            return None
        found = route.route(gateway.plan, inbound.path)
        if found.canonical or found.resource.cache is None or found.resource.access.audited:
            return None
        if found.version.status != "current":
            lifecycle.refuse_gone(found.version, datetime.now(UTC).date(), ())
        view, accept = gateway.views.view(found.version, caller), inbound.headers.get("accept")
        place = (id(view.version), inbound.path, inbound.query, inbound.base_url, accept)
        target = self._targets.get(place)
        if target is None:
            target = self._target(inbound, found, view, accept)
            if len(self._targets) >= MOST_TARGETS:
                self._targets.clear()
            self._targets[place] = target
        coding, etag = inbound.headers.get("accept-encoding"), inbound.headers.get("if-none-match")
        return Known(inbound, caller, target, (coding, etag, caller.unrestricted))

    def _target(self, inbound: Inbound, found: route.Route, view: View, accept: str | None) -> Target:
        """Raises ProblemError."""
        gateway, whole = self.gateway, found.resource
        assert whole.cache is not None
        told = lifecycle.told(gateway.plan, found.version, whole.name, found.segment, inbound.base_url)
        parameters = pairs_of(gateway.settings, inbound)
        query = queries.understood(view.version, view.resource(whole.name), parameters, item=found.segment is not None)
        if not query.format:
            negotiate.negotiate(accept)
        address = key(gateway, view.version, query, found.segment)
        path, sources = record.path_of(inbound, whole), queries.asked(view.version, query)
        form = form_of(view.version, query)
        return Target(
            view.version, whole, address, whole.cache.fresh, told, parameters, path, found.route, sources, form
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
        gateway, target, started = self.gateway, known.target, perf_counter()
        kept = gateway.cache.hit(target.key)
        if kept is None or kept.entry.status != 200:
            return None
        made = target.made.get(known.asked)
        if made is None or made.of() is not kept:
            made = self._made(known, kept)
        standing = None if made is None else self._admitted(known)
        if made is None or standing is None:
            return None
        body = made.body(kept)
        status = cache.hit_status(kept, target.fresh, monotonic())
        took = perf_counter() - started
        self._note(known, request_id, made.status, body, kept.entry, status, took)
        passing = (*aged(kept.entry, target.fresh, status), *standing, *timed(request_id, (), took))
        return Recalled(made.status, made.media_type, made.lasting, passing, body)

    def _admitted(self, known: Known) -> Headers | None:
        """Take one request of what the caller has: the headers that tell of it. None, and nothing taken, where that may wait."""
        limits = self.gateway.limits
        if limits is None:
            return ()
        if limits.waits:
            return None
        try:
            if limits.costly:
                limits.look(known.caller, monotonic(), known.target.sources)
            return limits.admit(known.caller, monotonic())
        except ProblemError:
            return None

    def _made(self, known: Known, kept: Kept) -> Made | None:
        """The answer with this entry; once for each entry, for all who ask like this. None where its body has yet to be coded."""
        inbound, target, shared = known.inbound, known.target, known.caller.unrestricted
        end = finish(inbound, kept.entry, fresh=target.fresh, shared=shared, kept=kept, key=target.key)
        if not end.is_ready():
            return None
        sent = end.answer(self.gateway.cache.store.memory, "")
        lasting = (*sent.headers, *target.lifecycle, *marks(self.gateway), *measured(sent.status, sent.body))
        if len(target.made) >= MOST_FORMS:
            target.made.clear()
        made = target.made[known.asked] = Made(ref(kept), sent.status, sent.media_type, lasting, end.coding)
        return made

    def _note(
        self, known: Known, request_id: str, number: int, body: bytes, entry: Entry, status: str, took: float
    ) -> None:
        gateway, audit = self.gateway, self.gateway.audit
        if audit is not None:
            audit.note(_event, time() - took, known, request_id, number, body, entry, took, status, audit.seals)
        if gateway.usage is not None:
            gateway.usage.note(known.caller.identity, known.target.form)
        inbound, target = known.inbound, known.target
        trace = inbound.headers.get("traceparent", "")
        told = Served(
            request_id, inbound.method, target.path, number, took, (), "", status, entry.age(),
            target.route, known.caller.identity, (), trace,
        )  # fmt: skip
        gateway.observatory.tell(told)


def _event(
    at: float,
    known: Known,
    request_id: str,
    status: int,
    body: bytes,
    entry: Entry,
    took: float,
    said: str,
    seals: Seals,
) -> Event:
    """The event of an answer that was recalled. The audit's own thread makes it."""
    inbound, target, answer = replace(known.inbound, request_id=request_id), known.target, Answer(status, body)
    return record.event(
        at, inbound, known.caller, target.resource, target.parameters, answer, "", (), took, said,
        entry.rows, entry.keys, seals,
    )  # fmt: skip
