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
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic, perf_counter, time
from typing import TYPE_CHECKING

from adapters.port import CircuitOpen, Source, SourceError, TimedOut
from app.callers.audit import AuditFailed, AuditLog
from app.callers.credentials import NotAccepted
from app.callers.limits import Limits
from app.callers.link import PATH as LINKS
from app.callers.link import Link, NoLink
from app.exchange import ANYBODY, PROBLEM_JSON, Answer, Caller, Inbound, quoted
from app.formats import json_text, negotiate
from app.observations import Failed, Observatory, Served, Tally
from app.plan import query as queries
from app.plan.access import Views, sights
from app.plan.cursor import Cursors
from app.plan.model import Plan, Resource, Version
from app.problems import ProblemError, document
from app.reading import Reading
from app.settings import Settings
from app.stages import cache, conditional, execute, follow, lifecycle, record, route
from app.stages.authenticate import Credentials, authenticate

if TYPE_CHECKING:
    from app.callers.desk import Desk

READY = 1.0  # seconds that a source may take to say that it is there
ALLOWED = "GET, HEAD, OPTIONS"
VARY = "Accept"
VARY_BY_CALLER = "Accept, Authorization, X-Api-Key"
LONGEST_ECHO = 2048  # characters of a query or key in a header: proxies refuse answers whose headers exceed some 4 kB
UNMEASURED = {
    204,
    304,
}  # RFC 9110, 8.6: a Content-Length would be wrong for the one, and a claim about the body for the other

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Gateway:
    """Everything a request is answered with.

    `deadlines` are seconds that a request may spend at each source, `budgets` the rows that it may bring from one. `links` opens the
    text of a link, `desk` gives out keys, links and tokens; without them there are none.
    """

    plan: Plan
    settings: Settings
    observatory: Observatory
    sources: Mapping[str, Source]
    deadlines: Mapping[str, float]
    cursors: Cursors
    cache: cache.Cache
    on_close: tuple[Callable[[], None], ...] = ()
    budgets: Mapping[str, int] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    credentials: Credentials = field(default_factory=Credentials)
    views: Views = field(default_factory=Views)
    limits: Limits | None = None
    audit: AuditLog | None = None
    private_documents: bool = False  # what is said of versions takes a credential
    links: Callable[[str], Link] | None = None
    desk: Desk | None = None

    def exhausted(self) -> bool:
        """Whether this process should be replaced: too many of its threads hang at a source and do not come back."""
        return any(source.health().exhausted for source in self.sources.values())

    def hangs(self) -> bool:
        """Whether, after `close`, some thread still hangs at a source."""
        states = [source.health() for source in self.sources.values()]
        return any(state.connections or state.abandoned for state in states)

    def ready(self) -> tuple[bool, Mapping[str, str]]:
        """Whether it is worth sending requests here, and how each source is: one that answers suffices."""
        states = {name: _state(source) for name, source in self.sources.items()}
        return not states or "ok" in states.values(), states

    def close(self) -> None:
        """Give back every connection."""
        for source in self.sources.values():
            source.close()
        for close in self.on_close:
            close()


def _state(source: Source) -> str:
    known = source.health().state
    if known in {"quiet", "refused"}:
        return known
    try:
        source.ping(monotonic() + READY)
    except CircuitOpen:
        return "open"
    except SourceError as error:
        return type(error).__name__.lower()
    return "ok"


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
    measured = () if answer.status in UNMEASURED else (("Content-Length", str(len(answer.body))),)
    headers = (
        *answer.headers,
        *turn.standing,
        *turn.lifecycle,
        *measured,
        ("X-Request-Id", inbound.request_id),
        ("Server-Timing", _server_timing(turn.timings, took)),
    )
    path = record.path_of(inbound, turn.resource)
    gateway.observatory.tell(
        Served(inbound.request_id, inbound.method, path, answer.status, took, tuple(turn.timings), problem)
    )
    body = b"" if inbound.method == "HEAD" else answer.body
    return Answer(answer.status, body, answer.media_type, headers)


def problem_answer(error: ProblemError, inbound: Inbound) -> Answer:
    """The problem document of an error. Problems are not kept by anybody."""
    body = json_text.encode(document(error, inbound.base_url, inbound.request_id))
    return Answer(error.problem.status, body, PROBLEM_JSON, (("Cache-Control", "no-store"), *error.headers))


def _server_timing(timings: list[tuple[str, float]], took: float) -> str:
    return ", ".join([f"{name};dur={seconds * 1000:.2f}" for name, seconds in (*timings, ("total", took))])


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
        self.entry: cache.Entry | None = None
        self.status = ""
        self.reason = ""

    def answer(self) -> Answer:
        """The answer. Raises ProblemError."""
        inbound, gateway = self.inbound, self.gateway
        if inbound.path.startswith(LINKS):
            return self._followed(inbound.path.removeprefix(LINKS))
        self._admit(self._authenticated())
        found = route.route(gateway.plan, inbound.path)
        self.resource = found.resource
        if found.version.status != "current":
            self.lifecycle = lifecycle.headers(found.version, inbound.base_url, self._successor_path(found))
            lifecycle.refuse_gone(found.version, datetime.now(UTC).date(), ())
        if inbound.method not in {"GET", "HEAD"}:
            return _method(inbound.method)
        if found.canonical:
            return self._moved(found.canonical)
        started = perf_counter()
        view = gateway.views.view(found.version, self.caller)
        query = self._query(view.version, view.resource(found.resource.name), found.segment)
        self.timings.append(("query", perf_counter() - started))
        if not query.format:
            negotiate.negotiate(inbound.headers.get("accept"))
        self._allowed(view.version, query)
        self.entry, self.status = self._entry(view.version, query, found.segment)
        return self._send(found.resource.fresh, self.entry)

    def charge(self) -> None:
        """Note what the request has cost at its sources."""
        limits, reach = self.gateway.limits, self.reach
        if limits is not None and limits.costly and reach is not None:
            now = monotonic()
            for source, rows, milliseconds in reach.spent():
                limits.charge(self.caller, source, rows, milliseconds, now)

    def recorded(self, answer: Answer, problem: str, took: float) -> Answer:
        """The answer, written down; a problem in its place where it must be and cannot."""
        audit, entry = self.gateway.audit, self.entry
        if audit is None:
            return answer
        told = (entry.rows, entry.keys, audit.seals) if entry is not None and answer.status in {200, 304} else ()
        sources = () if self.reach is None else self.reach.asked
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
        view, self.resource, segment = follow.seen(link, gateway.plan, gateway.views, datetime.now(UTC).date())
        query = follow.query(link, view, self.resource, self._pairs())
        if not query.format:
            negotiate.negotiate(inbound.headers.get("accept"))
        self._allowed(view.version, query)
        try:
            self.entry, self.status = self._entry(view.version, query, segment)
        except ProblemError as error:
            raise follow.nothing(error) from None
        return self._send(None, self.entry)

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
            found = queries.sources(version, resource, query.expand) if query.expand else ()
            asked = tuple(sorted(found)) or (resource.source,)
            gateway.limits.look(self.caller, monotonic(), asked)

    def _successor_path(self, found: route.Route) -> str:
        """The same resource in the successor (its list, where the key is too long); without one of that name, nothing."""
        successor = self.gateway.plan.versions.get(found.version.successor or "")
        if successor is None or found.resource.name not in successor.resources:
            return ""
        tail = f"/{quoted(found.segment)}" if found.segment and len(found.segment) <= LONGEST_ECHO else ""
        return f"{successor.resources[found.resource.name].path}{tail}"

    def _moved(self, path: str) -> Answer:
        query = f"?{self.inbound.query}" if self.inbound.query else ""
        return Answer(308, b"", "", (("Location", f"{self.inbound.base_url}{quoted(path + query)}"),))

    def _query(self, version: Version, resource: Resource, segment: str | None) -> queries.Query:
        if segment is None:
            return queries.list_query(version, resource, self._pairs())
        return queries.item_query(version, resource, self._pairs())

    def _pairs(self) -> queries.Pairs:
        """The parameters of the query. Raises ProblemError."""
        settings = self.gateway.settings
        if len(self.inbound.query) > settings.max_query_bytes:
            length = len(self.inbound.query)
            raise ProblemError("query-too-long", f"{length} bytes; at most {settings.max_query_bytes} are read")
        self.parameters = queries.pairs(self.inbound.query, settings.max_parameters)
        return self.parameters

    def _entry(self, version: Version, query: queries.Query, segment: str | None) -> tuple[cache.Entry, str]:
        """The finished answer, and what `Cache-Status` says of it (RFC 9211)."""
        gateway = self.gateway
        self.reach = reach = execute.Reach(
            gateway.sources,
            gateway.deadlines,
            gateway.observatory,
            self.inbound.request_id,
            gateway.settings.retry_after,
            self.timings,
            gateway.budgets,
        )
        reading = Reading(
            version, query, reach, gateway.cursors, gateway.settings.max_expanded_rows, noted=gateway.audit is not None
        )
        fresh = query.resource.fresh
        read = reading.page if segment is None else lambda: reading.item(segment)
        if fresh is None:
            return read(), "bascule; fwd=bypass"
        key = cache.key_of(sights(version, query.resource, query.expand), query.text, segment or "")
        wait = sum(gateway.deadlines[name] for name in queries.sources(version, query.resource, query.expand))
        try:
            entry, outcome = gateway.cache.fetch(key, fresh, wait, read)
        except cache.Overdue:
            failure = TimedOut("the read that this request waited for has not come in time")
            raise execute.problem_of(failure, gateway.settings.retry_after) from None
        return entry, cache.status(outcome, entry, fresh)

    def _send(self, fresh: float | None, entry: cache.Entry) -> Answer:
        age = max(0.0, monotonic() - entry.read)
        shared = self.caller.unrestricted
        headers = [
            ("ETag", entry.etag),
            ("Cache-Control", cache.control(fresh, whole=entry.whole, shared=shared)),
            ("Vary", VARY if shared else VARY_BY_CALLER),
            ("Cache-Status", self.status),
            ("Data-As-Of", entry.as_of),
        ]
        if fresh is not None:
            headers.append(("Age", str(int(age))))
        if entry.next:
            headers += self._next_link(entry.next)
        if conditional.not_modified(self.inbound.headers.get("if-none-match"), entry.etag):
            return Answer(304, b"", "", tuple(headers))
        return Answer(200, entry.body, json_text.MEDIA_TYPE, tuple(headers))

    def _next_link(self, cursor: str) -> Headers:
        """The address of the next page, unless the query is too long for a header: the body has the cursor in any case."""
        kept = [part for part in self.inbound.query.split("&") if part and not queries.names(part, "cursor")]
        query = quoted("&".join([*kept, f"cursor={cursor}"]))
        if len(query) > LONGEST_ECHO:
            return ()
        return (("Link", f'<{self.inbound.base_url}{quoted(self.inbound.path)}?{query}>; rel="next"'),)


def _method(method: str) -> Answer:
    if method == "OPTIONS":
        return Answer(204, b"", "", (("Allow", ALLOWED),))
    raise ProblemError("method-not-allowed", f"{method} is not served here", headers=(("Allow", ALLOWED),))
