"""One request end to end: read this first.

    Inbound -> authenticate -> admit -> route -> lifecycle -> method -> view -> query -> format
            -> cache <-> (execute -> shape -> expand) -> record -> Answer
    a link: open -> admit -> follow -> format -> …

Each arrow is a value; each stage is one file in `stages`, knows none of the others, and is timed into `Server-Timing`.
In charge of their order alone. It must not know a web framework: every door hands in an Inbound and sends an Answer.
Bad requests, 404 and cache hits end before anything reaches for a database connection.
"""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from time import monotonic, perf_counter, time

from app.callers.audit import AuditFailed
from app.callers.credentials import REFRESH, NotAccepted
from app.callers.link import PATH as LINKS
from app.callers.link import Link, NoLink
from app.exchange import ANYBODY, PROBLEM_JSON, Answer, Caller, Inbound, quoted
from app.finishing import Headers, finish
from app.formats import json_text, negotiate
from app.gateway import Gateway
from app.keeping import Keeping, too_late
from app.kept.entry import Entry
from app.kept.store import Overdue
from app.observations import Cost, Failed, Served
from app.plan import query as queries
from app.plan.access import View
from app.plan.forms import form_of
from app.plan.model import Resource, Version
from app.problems import ProblemError, document
from app.settings import Settings
from app.stages import cache, execute, follow, lifecycle, record, route
from app.stages.authenticate import authenticate
from app.usage.asked import who

Timings = Sequence[tuple[str, float]]

ALLOWED = "GET, HEAD, OPTIONS"
UNMEASURED = {
    204,
    304,
}  # RFC 9110, 8.6: a Content-Length would be wrong for the one, and a claim about the body for the other


def respond(gateway: Gateway, inbound: Inbound) -> Answer:
    """Answer a request to a resource's path, whatever it is. Never raises."""
    turn = _Turn(gateway, inbound)
    started = perf_counter()
    problem = ""
    try:
        answer = turn.answer()
    except ProblemError as error:
        problem = error.problem.code
        turn.reason = getattr(error, "reason", "")
        answer = problem_answer(error, inbound)
    except Exception:  # noqa: BLE001  # the last resort: the text goes to the operator, a code to the client
        gateway.observatory.tell(Failed(inbound.request_id, traceback.format_exc()))
        problem = "internal-error"
        answer = problem_answer(ProblemError(problem), inbound)
    took = perf_counter() - started
    turn.charge()
    answer = turn.recorded(answer, problem, took)
    turn.count(answer)
    path = record.path_of(inbound, turn.resource)
    gateway.observatory.tell(
        Served(
            inbound.request_id,
            inbound.method,
            path,
            answer.status,
            took,
            tuple(turn.timings),
            problem,
            turn.status,
            turn.age(),
            turn.route,
            who(turn.caller),
            turn.costs(),
            inbound.headers.get("traceparent", ""),
        )
    )
    return completed(answer, inbound, turn.standing, (*turn.lifecycle, *marks(turn.gateway)), turn.timings, took)


def completed(
    answer: Answer, inbound: Inbound, standing: Headers, lifecycle: Headers, timings: Timings, took: float
) -> Answer:
    """The answer with what every answer to a resource's path tells: the caller's limits, the version's end, times in seconds."""
    headers = (
        *answer.headers,
        *lifecycle,
        *measured(answer.status, answer.body),
        *answer.passing,
        *standing,
        *timed(inbound.request_id, timings, took),
    )
    body = b"" if inbound.method == "HEAD" else answer.body
    return Answer(answer.status, body, answer.media_type, headers)


def problem_answer(error: ProblemError, inbound: Inbound) -> Answer:
    """The problem document of an error. Problems are not kept by anybody."""
    body = json_text.encode(document(error, inbound.base_url, inbound.request_id))
    return Answer(error.problem.status, body, PROBLEM_JSON, (("Cache-Control", "no-store"), *error.headers))


def marks(gateway: Gateway) -> Headers:
    """What tells that an answer is invented."""
    return (("Bascule-Sandbox", "true"),) if gateway.sandboxed else ()


def measured(status: int, body: bytes) -> Headers:
    """How long the body is, where that may be said."""
    return () if status in UNMEASURED else (("Content-Length", str(len(body))),)


def timed(request_id: str, timings: Timings, took: float) -> Headers:
    """What is told of this very request: its identifier, and where its time went."""
    spent = ", ".join([f"{name};dur={seconds * 1000:.2f}" for name, seconds in (*timings, ("total", took))])
    return ("X-Request-Id", request_id), ("Server-Timing", spent)


class _Turn:
    """One request on its way.

    `timings`, `lifecycle` and `standing` are what the answer's headers tell of it, even of a failed one; the rest is what the
    audit is told.
    """

    def __init__(self, gateway: Gateway, inbound: Inbound) -> None:
        self.gateway = gateway
        self.inbound = inbound
        self.caller: Caller = ANYBODY
        self.timings: list[tuple[str, float]] = []
        self.lifecycle: Headers = ()
        self.standing: Headers = ()
        self.resource: Resource | None = None
        self.parameters: queries.Pairs = ()
        self.reach: execute.Reach | None = None
        self.entry: Entry | None = None
        self.read: tuple[Version, queries.Query] | None = None
        self.status = ""
        self.reason = ""
        self.route = ""

    def answer(self) -> Answer:
        """The answer. Raises ProblemError."""
        inbound, gateway = self.inbound, self.gateway
        if inbound.path.startswith(LINKS):
            return self._followed(inbound.path.removeprefix(LINKS))
        self._admit(self._authenticated())
        self.gateway = gateway = gateway.serving(self.caller)
        found = route.route(gateway.plan, inbound.path)
        self.resource, self.route = found.resource, found.route
        if found.version.status != "current":
            self.lifecycle = lifecycle.told(
                gateway.plan, found.version, found.resource.name, found.segment, inbound.base_url
            )
            lifecycle.refuse_gone(found.version, datetime.now(UTC).date(), ())
        if inbound.method not in {"GET", "HEAD"}:
            return _method(inbound.method)
        if found.canonical:
            return self._moved(found.canonical)
        started = perf_counter()
        view = gateway.views.view(found.version, self.caller)
        resource = view.resource(found.resource.name)
        query = queries.understood(view.version, resource, self._pairs(), item=found.segment is not None)
        self.timings.append(("query", perf_counter() - started))
        if not query.format:
            negotiate.negotiate(inbound.headers.get("accept"))
        self._allowed(view.version, query)
        return self._served(view, query, found.segment, found.resource.fresh)

    def age(self) -> float:
        """How old the answer's data is, in seconds."""
        return 0.0 if self.entry is None else self.entry.age()

    def charge(self) -> None:
        """Note what the request has cost at its sources."""
        limits, reach = self.gateway.limits, self.reach
        if limits is not None and limits.costly and reach is not None:
            now = monotonic()
            for cost in reach.costs():
                limits.charge(self.caller, cost.source, cost.rows, cost.milliseconds, now)

    def costs(self) -> tuple[Cost, ...]:
        """What the request has cost at its sources; invented rows cost them nothing."""
        return () if self.reach is None or self.gateway.sandboxed else self.reach.costs()

    def count(self, answer: Answer) -> None:
        """Count a read that was answered, for who asks what a change would hit."""
        usage = self.gateway.usage
        if usage is not None and self.read is not None and answer.status in {200, 304}:
            usage.note(who(self.caller), form_of(*self.read))

    def recorded(self, answer: Answer, problem: str, took: float) -> Answer:
        """The answer, written down; a problem in its place where it must be and cannot."""
        audit, entry = self.gateway.audit, self.entry
        if audit is None:
            return answer
        told = (entry.rows, entry.keys, audit.seals) if entry is not None and answer.status in {200, 304} else ()
        sources = ("sandbox",) if self.gateway.sandboxed else () if self.reach is None else self.reach.asked
        event = (
            time() - took,
            self.inbound,
            self.caller,
            self.resource,
            self.parameters,
            answer,
            self.reason or problem,
            sources,
            took,
            self.status,
            *told,
        )
        if self.resource is None or not self.resource.access.audited:
            audit.note(record.event, *event)
            return answer
        try:
            audit.write(record.event(*event))
        except AuditFailed:
            return problem_answer(ProblemError("audit-unavailable"), self.inbound)
        return answer

    def _authenticated(self) -> Caller:
        """Who asks. Raises ProblemError: `unauthorized`, or `too-many-requests` for who goes on trying credentials."""
        gateway, inbound = self.gateway, self.inbound
        try:
            return authenticate(gateway.credentials, inbound)
        except NotAccepted:
            self._count_stranger()
            raise

    def _admit(self, caller: Caller) -> None:
        """Take one request of what the caller has. Raises ProblemError `too-many-requests`."""
        self.caller = caller
        if self.gateway.limits is not None:
            self.standing = self.gateway.limits.admit(caller, monotonic())

    def _count_stranger(self) -> None:
        """Note a credential that was not accepted. Raises ProblemError `too-many-requests` for who goes on trying."""
        if self.gateway.limits is not None:
            self.gateway.limits.count_stranger(self.inbound.client, monotonic())

    def _followed(self, text: str) -> Answer:
        """The answer to who holds a link. Raises ProblemError."""
        gateway, inbound = self.gateway, self.inbound
        if inbound.method not in {"GET", "HEAD"}:
            return _method(inbound.method)
        link = self._link(text)
        self._admit(link.caller)
        self.gateway = gateway = gateway.serving(self.caller)
        view, self.resource, segment = follow.seen(link, gateway.plan, gateway.views, datetime.now(UTC).date())
        self.route = route.LINK
        query = follow.query(link, view, self.resource, self._pairs())
        if not query.format:
            negotiate.negotiate(inbound.headers.get("accept"))
        self._allowed(view.version, query)
        try:
            return self._served(view, query, segment, None)
        except ProblemError as error:
            raise follow.nothing(error) from None

    def _link(self, text: str) -> Link:
        """The link of that text. Raises NoLink; ProblemError `too-many-requests` for who goes on trying."""
        if self.gateway.links is None:
            raise NoLink("there are no links")
        try:
            return self.gateway.links(text)
        except NoLink:
            self._count_stranger()
            raise

    def _allowed(self, version: Version, query: queries.Query) -> None:
        """Raise ProblemError where the request may not be served: it cannot be written down, or it has cost too much."""
        gateway, resource = self.gateway, query.resource
        if resource.access.audited and gateway.audit is None:
            raise ProblemError("audit-unavailable")
        if gateway.limits is not None and gateway.limits.costly:
            gateway.limits.look(self.caller, monotonic(), queries.asked(version, query))

    def _moved(self, path: str) -> Answer:
        query = f"?{self.inbound.query}" if self.inbound.query else ""
        return Answer(308, b"", "", (("Location", f"{self.inbound.base_url}{quoted(path + query)}"),))

    def _pairs(self) -> queries.Pairs:
        """The parameters of the query. Raises ProblemError."""
        self.parameters = pairs_of(self.gateway.settings, self.inbound)
        return self.parameters

    def _served(self, view: View, query: queries.Query, segment: str | None, fresh: float | None) -> Answer:
        """The finished answer to a query that may be served; `fresh` is how long others may keep it. Raises ProblemError."""
        gateway, inbound, resource = self.gateway, self.inbound, query.resource
        self.read = view.version, query
        keeping = Keeping(gateway, view.version, query, segment, inbound.request_id)
        self.reach = reach = keeping.reach(self.timings)
        kept, key = None, b""
        if resource.cache is None:
            self.entry, self.status = keeping.read(reach), "bascule; fwd=bypass"
        else:
            wanted = keeping.wanted(reach)
            served = self._fetched(wanted)
            kept, key, self.status = served.kept, wanted.key, served.status
            self.entry = kept.entry
        if self.entry.status == 404:
            raise ProblemError("not-found", f"{resource.name} has no item with this key")
        audited = resource.access.audited  # then each use is written down: nobody else may keep it without asking
        shared = self.caller.unrestricted and not audited
        sent = finish(inbound, self.entry, fresh=None if audited else fresh, shared=shared, kept=kept, key=key)
        return sent.answer(gateway.cache.store.memory, self.status)

    def _fetched(self, wanted: cache.Wanted) -> cache.Served:
        """What the cache serves. Raises ProblemError."""
        try:
            return self.gateway.cache.fetch(wanted, anew=refreshes(self.caller, self.inbound))
        except Overdue:
            raise too_late(self.gateway) from None


def pairs_of(settings: Settings, inbound: Inbound) -> queries.Pairs:
    """The parameters of a request's query. Raises ProblemError, also where there is more than is read."""
    if len(inbound.query) > settings.max_query_bytes:
        length = len(inbound.query)
        raise ProblemError("query-too-long", f"{length} bytes; at most {settings.max_query_bytes} are read")
    return queries.pairs(inbound.query, settings.max_parameters)


def refreshes(caller: Caller, inbound: Inbound) -> bool:
    """Whether a caller asks for what is read now, and may: a crowd that could would stand before the source again."""
    return REFRESH in caller.scopes and "no-cache" in (inbound.headers.get("cache-control") or "")


def _method(method: str) -> Answer:
    if method == "OPTIONS":
        return Answer(204, b"", "", (("Allow", ALLOWED),))
    raise ProblemError("method-not-allowed", f"{method} is not served here", headers=(("Allow", ALLOWED),))
