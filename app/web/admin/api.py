"""The admin API: keys, links, tokens and kept answers, for those who manage them, and how it all stands.

In charge of its operations, one row of a table each: what routes, the document and the tests read. It must not know how a
credential is made or checked, nor on which port it is served.

Every operation takes a credential with the scope `bascule:admin`, also where the contract serves everybody. Who has that scope may
give out any other: it is for the operator's own people and programs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from typing import Any, Final

from flask import Flask, Response, request
from marshmallow import Schema
from werkzeug.exceptions import HTTPException

from app.callers import plain
from app.callers.desk import Desk
from app.callers.key_manager import BadGrant, EndedKey, Grant, UnknownKey, unnamed
from app.callers.link import PATH as LINKS
from app.callers.link_manager import BadLink, UnknownLink, Wish
from app.exchange import JSON, Answer
from app.gateway import Gateway
from app.kept.tags import BadPurge, Wanted, Wrong, tags_to_purge, written
from app.observations import ADMIN_PORT, log
from app.problems import Detail, ProblemError
from app.web import scrape
from app.web.admin import bodies
from app.web.admin import bodies_console as reports
from app.web.admin.console import Console
from app.web.admin.document import Described, document
from app.web.console.pages import add_console, sessions_of
from app.web.exchanges import LATER, Exchange, exchanged, json_answer
from app.web.factory import problem_of
from app.web.operations import alive
from app.web.patience import Unanswered
from app.web.sessions import with_session
from app.web.surface import Surface

PORT: Final = ADMIN_PORT  # what stands before the paths of this port in the audit and in logs

SECONDS: Final = {"GET": 1.0, "POST": 6.0}
"""What the state has for an operation that can say nothing without it. An order has a little more than the state takes to fail."""

Said = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation: what clients know of it, and what it does with what they say (body or query) and the id in its path."""

    described: Described
    do: Callable[[Admin, Exchange, Said, str], Answer]


class Admin(Console):
    """What the operations do, those of the console among them. Each raises ProblemError."""

    def __init__(self, gateway: Gateway, desk: Desk) -> None:
        super().__init__(gateway, desk)
        assert gateway.purges is not None
        self.purges = gateway.purges
        self.sessions = sessions_of(gateway)
        operations = [
            each.described for each in OPERATIONS if desk.tokens is not None or each.do is not Admin.end_token
        ]
        self.document = document(operations, version("bascule"))

    def do(self, operation: Operation, exchange: Exchange, said: Said, identifier: str) -> Answer:
        """What an operation answers; if that takes the state, no later than people wait. Raises ProblemError or StateError."""
        do, described = partial(operation.do, self, exchange, said, identifier), operation.described
        if described.stateless:
            return do()
        try:
            return self._patience.asked(do, SECONDS[described.method])
        except Unanswered as late:
            if described.method == "GET":
                raise
            log.error("%s: whether it was done is not known: %s", described.identifier, late)
            raise ProblemError("state-unavailable", _MAYBE, headers=LATER) from None

    # Keys.

    def list_keys(self, exchange: Exchange, said: Said, identifier: str) -> Answer:
        """All keys."""
        del exchange, said, identifier
        now = time.time()
        return json_answer({"data": [plain.key(record, now) for record in self.desk.keys.list()]})

    def create_key(self, exchange: Exchange, said: Said, identifier: str) -> Answer:
        """A new key, and its text this once."""
        del identifier
        grant = Grant(
            said["owner"],
            tuple(dict.fromkeys(said["scopes"])),
            {name: tuple(values) for name, values in said["claims"].items()},
            tuple(said["networks"]),
            said["rate"],
            said["note"],
            said["lifetime"],
        )
        text, record = self.desk.keys.create(grant)
        return self._new_key(exchange, text, record.id, grant)

    def show_key(self, exchange: Exchange, said: Said, identifier: str) -> Answer:
        """One key."""
        del said
        record = self.desk.keys.find(identifier)
        exchange.touches(record.id)
        return json_answer(plain.key(record, time.time()))

    def rotate_key(self, exchange: Exchange, said: Said, identifier: str) -> Answer:
        """A new key in the place of another, and its text this once."""
        text, record = self.desk.keys.rotate(identifier, said["overlap"])
        return self._new_key(exchange, text, record.id, None)

    def revoke_key(self, exchange: Exchange, said: Said, identifier: str) -> Answer:
        """The end of a key."""
        del said
        record = self.desk.keys.revoke(identifier)
        exchange.touches(record.id)
        return json_answer(plain.key(record, time.time()))

    def _new_key(self, exchange: Exchange, text: str, identifier: str, grant: Grant | None) -> Answer:
        exchange.touches(identifier)
        shown = plain.key(self.desk.keys.find(identifier), time.time())
        notes = [] if grant is None else list(unnamed(grant, self.desk.contract))
        return json_answer({"key": text, **shown, "notes": notes}, 201, (("Location", f"/keys/{identifier}"),))

    # Links.

    def list_links(self, exchange: Exchange, said: Said, identifier: str) -> Answer:
        """Links, the newest first."""
        del exchange, identifier
        now, limit = time.time(), said["limit"]
        found = self.desk.links.page(said["path"], said["after"], limit + 1)
        further = found[limit - 1].id if len(found) > limit else None
        return json_answer({"data": [plain.link(record, now) for record in found[:limit]], "next": further})

    def create_link(self, exchange: Exchange, said: Said, identifier: str) -> Answer:
        """A new link, and its address this once."""
        del identifier
        claims = {name: tuple(values) for name, values in said["claims"].items()}
        wish = Wish(said["path"], tuple(said["fields_"]), said["lifetime"], claims, said["exempt"], said["note"])
        text, record = self.desk.links.create(self.gateway.plan, wish)
        exchange.touches(record.id)
        address = f"{self.gateway.settings.base_url}{LINKS}{text}"
        body = {"link": address, **plain.link(record, time.time())}
        return json_answer(body, 201, (("Location", f"/links/{record.id}"),))

    def show_link(self, exchange: Exchange, said: Said, identifier: str) -> Answer:
        """One link."""
        del said
        record = self.desk.links.find(identifier)
        exchange.touches(record.id)
        return json_answer(plain.link(record, time.time()))

    def revoke_link(self, exchange: Exchange, said: Said, identifier: str) -> Answer:
        """The end of a link."""
        del said
        record = self.desk.links.revoke(identifier)
        exchange.touches(record.id)
        return json_answer(plain.link(record, time.time()))

    # Kept answers.

    def purge_cache(self, exchange: Exchange, said: Said, identifier: str) -> Answer:
        """The end of kept answers, on all workers."""
        del identifier
        plan, audit = self.gateway.plan, self.gateway.audit
        named = (tuple(said[word]) for word in ("sources", "tables", "resources", "items"))
        tags = tags_to_purge(plan, Wanted(said["everything"], *named))
        last = self.purges.purge(tags, exchange.caller.identity)
        if audit is not None:
            exchange.touches(*(written(plan, tag, audit.seals.pseudonym) for tag in tags))
        return json_answer({"purged": tags, "id": last})

    def show_cache(self, exchange: Exchange, said: Said, identifier: str) -> Answer:
        """What became of requests, and what reached the sources."""
        del exchange, said, identifier
        counts, host = self.gateway.metrics, self.gateway.cache.store.host
        assert counts is not None
        assert host is not None
        requests, statements = counts.requests(), counts.statements()
        share = 1000 * sum(statements.values()) / requests["requests"] if requests["requests"] else 0.0
        memory = {"bytes": host.size, "used": host.used, "evicted": host.evicted}
        found = {"requests": requests, "age": counts.age(), "statements": statements}
        return json_answer({**found, "statements_per_1000_requests": share, "host": memory})

    def list_purges(self, exchange: Exchange, said: Said, identifier: str) -> Answer:
        """Purges, the newest first."""
        del exchange, identifier
        return json_answer({"data": [plain.purge(record) for record in self.purges.newest(said["limit"])]})

    # Drift.

    def show_drift(self, exchange: Exchange, said: Said, identifier: str) -> Answer:
        """What the last look at each source has found."""
        del exchange, said, identifier
        state, basis = self.gateway.state, self.gateway.basis
        return json_answer({"data": [plain.look(record) for record in (state.looks(basis) if state else ())]})

    # The rest.

    def end_token(self, exchange: Exchange, said: Said, identifier: str) -> Answer:
        """The end of a token."""
        del exchange, identifier
        tokens = self.desk.tokens
        if tokens is None:
            raise ProblemError("not-found", "This gateway gives out no tokens.")
        return json_answer({"revoked": tokens.revoke(said["token"])})

    def describe(self, exchange: Exchange, said: Said, identifier: str) -> Answer:
        """The document."""
        del exchange, said, identifier
        return json_answer(self.document)


def _operation(
    do: Callable[[Admin, Exchange, Said, str], Answer],
    method: str,
    path: str,
    summary: str,
    answer: type[Schema] | None,
    **more: Any,
) -> Operation:
    first, *words = do.__name__.split("_")
    identifier = first + "".join(word.capitalize() for word in words)
    return Operation(Described(method, path, identifier, summary, answer, **more), do)


_MAYBE: Final = (
    "It has not answered in time; what you ordered may have been done, or be done yet. Look before you order it again."
)
_KEY: Final = "/keys/{identifier}"
_LINK: Final = "/links/{identifier}"

OPERATIONS: Final = (
    _operation(Admin.list_keys, "GET", "/keys", "List the keys, the oldest first, dead ones too", bodies.KeyList),
    _operation(Admin.create_key, "POST", "/keys", "Make a key", bodies.NewKey, body=bodies.KeyWish, status=201),
    _operation(Admin.show_key, "GET", _KEY, "Get a key", bodies.Key),
    _operation(
        Admin.rotate_key, "POST", f"{_KEY}/rotate", "Make a key in the place of another", bodies.NewKey,
        body=bodies.Rotation, status=201,
    ),
    _operation(Admin.revoke_key, "POST", f"{_KEY}/revoke", "End a key, at once and for good", bodies.Key),
    _operation(
        Admin.list_links, "GET", "/links", "List links, the newest first, dead ones too", bodies.LinkList,
        query=bodies.LinkQuery,
    ),
    _operation(
        Admin.create_link, "POST", "/links", "Make a link to one item", bodies.NewLink, body=bodies.LinkWish, status=201
    ),
    _operation(Admin.show_link, "GET", _LINK, "Get a link", bodies.Link),
    _operation(Admin.revoke_link, "POST", f"{_LINK}/revoke", "End a link, at once and for good", bodies.Link),
    _operation(Admin.end_token, "POST", "/tokens/revoke", "End an access token", bodies.Revoked, body=bodies.Token),
    _operation(
        Admin.show_cache, "GET", "/cache", "What became of requests since the start or the last reload", bodies.Cache,
        stateless=True, silent=True,
    ),
    _operation(
        Admin.purge_cache, "POST", "/cache/purge", "End kept answers, on all workers within a second", bodies.Purged,
        body=bodies.PurgeWish,
    ),
    _operation(
        Admin.list_purges, "GET", "/cache/purges", "List what was purged, the newest first, each name once", bodies.PurgeList,
        query=bodies.PurgeQuery,
    ),
    _operation(Admin.show_drift, "GET", "/drift", "What the last look at each source has found", bodies.DriftList),
    _operation(
        Admin.show_overview, "GET", "/overview", "How it stands, without asking any source", reports.Overview,
        stateless=True, silent=True,
    ),
    _operation(
        Admin.show_history, "GET", "/history", "Requests, latencies and statements over time", reports.Chart,
        query=reports.ChartQuery, stateless=True, silent=True,
    ),
    _operation(
        Admin.show_costs, "GET", "/costs", "What callers and resources have cost the sources", reports.Costs,
        query=reports.CostQuery, stateless=True,
    ),
    _operation(
        Admin.show_callers, "GET", "/callers", "Who called, with what each is granted", reports.Callers,
        query=reports.CostQuery, stateless=True,
    ),
    _operation(Admin.show_issues, "GET", "/issues", "Data that was served and does not decode", reports.Issues),
    _operation(Admin.show_map, "GET", "/map", "Who stands on what: sources, tables, resources, callers", reports.Map, stateless=True),
    _operation(Admin.describe, "GET", "/openapi.json", "This document", None, free=True, stateless=True),
)  # fmt: skip


def create_admin(gateway: Gateway, desk: Desk) -> Flask:
    """The application of the admin port. It answers to any host name, and to no page of another site."""
    settings = replace(gateway.settings, hosts="", cors_origins="")
    app = Flask(__name__, static_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=settings.max_body_bytes, PROVIDE_AUTOMATIC_OPTIONS=False)
    app.url_map.strict_slashes = False
    admin = Admin(gateway, desk)
    for each in OPERATIONS:
        rule = each.described.path.replace("{identifier}", "<identifier>")
        app.add_url_rule(rule, each.described.identifier, _view(admin, each), methods=[each.described.method])
    app.add_url_rule("/livez", "livez", partial(alive, gateway))
    app.add_url_rule(scrape.PATH, "metrics", scrape.view(gateway, desk, PORT))
    add_console(app, gateway, desk, PORT)
    app.register_error_handler(HTTPException, partial(_refused, gateway))
    app.wsgi_app = Surface(replace(gateway, settings=settings), app.wsgi_app, lambda _: (), PORT)  # type: ignore[method-assign]  # Flask's documented place for middleware
    return app


def _view(admin: Admin, operation: Operation) -> Callable[..., Response]:
    described = operation.described

    def view(identifier: str = "") -> Response:
        def answer(exchange: Exchange) -> Answer:
            if not described.free:
                exchange.inbound = with_session(exchange.inbound, admin.sessions, secure=request.is_secure)
                exchange.admit_admin()
            try:
                return admin.do(operation, exchange, _said(described), identifier)
            except (UnknownKey, UnknownLink) as unknown:
                raise ProblemError("not-found", str(unknown)) from None
            except (BadGrant, EndedKey) as bad:
                raise ProblemError("invalid-value", str(bad)) from None
            except BadLink as bad:
                raise ProblemError("invalid-value", str(bad), (Detail(str(bad), bad.word),)) from None
            except BadPurge as bad:
                raise ProblemError("invalid-value", str(bad), tuple(map(_detail, bad.wrong))) from None

        return exchanged(admin.gateway, answer, PORT, silent=described.silent)

    return view


def _detail(wrong: Wrong) -> Detail:
    """A mistake with its place: `items.0`."""
    place = f"{wrong.word}.{wrong.at}" if wrong.word else ""
    return Detail(wrong.text, place, "invalid-value", wrong.hint)


def _said(described: Described) -> Said:
    """What the request says, in its body or its query. Raises ProblemError."""
    if described.query is not None:
        return bodies.read(described.query, request.args.to_dict())
    if request.args:
        raise ProblemError("unknown-parameter", "this operation takes no parameters")
    if described.body is None:
        return {}
    data = request.get_data()
    if data and request.mimetype != JSON:
        raise ProblemError("malformed-request", f"The body must be {JSON}.")
    return bodies.read(described.body, bodies.parsed(data))


def _refused(gateway: Gateway, error: HTTPException) -> Response:
    """What Flask refuses by itself: a path or a method that there is not, a body that is too large."""

    def answer(_: Exchange) -> Answer:
        raise problem_of(error)

    return exchanged(gateway, answer, PORT)
